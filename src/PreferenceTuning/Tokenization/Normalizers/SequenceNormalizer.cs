namespace PreferenceTuning.Tokenization;

/// <summary>Several normalizers, one after another.</summary>
internal sealed class SequenceNormalizer(IReadOnlyList<INormalizer> parts) : INormalizer
{
    public AlignedText Normalize(AlignedText text) => parts.Aggregate(text, (current, part) => part.Normalize(current));
}
