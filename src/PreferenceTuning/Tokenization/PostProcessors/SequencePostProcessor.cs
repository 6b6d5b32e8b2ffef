namespace PreferenceTuning.Tokenization;

/// <summary>Several post-processors, one after another.</summary>
internal sealed class SequencePostProcessor(IReadOnlyList<IPostProcessor> processors) : IPostProcessor
{
    public List<List<EncodedToken>> Process(List<List<EncodedToken>> parts, bool addSpecialTokens) =>
        processors.Aggregate(parts, (current, processor) => processor.Process(current, addSpecialTokens));

    public int AddedCount(bool isPair) => processors.Sum(processor => processor.AddedCount(isPair));
}
