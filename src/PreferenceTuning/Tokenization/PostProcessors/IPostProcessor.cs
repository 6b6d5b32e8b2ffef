namespace PreferenceTuning.Tokenization;

/// <summary>
/// Works on the one or two encoded texts (or the parts an earlier post-processor made of them): adds special tokens, trims
/// offsets, sets type ids. The parts are joined at the end.
/// </summary>
internal interface IPostProcessor
{
    List<List<EncodedToken>> Process(List<List<EncodedToken>> parts, bool addSpecialTokens);

    /// <summary>How many tokens are added to one text, or to a pair.</summary>
    int AddedCount(bool isPair);
}
