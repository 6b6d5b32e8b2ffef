namespace PreferenceTuning.Tokenization;

/// <summary>
/// A token on its way out. Start and End are positions in the original text, in code points (trimming counts these); SequenceId is
/// null for a token that a post-processor added.
/// </summary>
internal readonly record struct EncodedToken(int Id, string Text, int Start, int End, int TypeId, int? SequenceId, bool IsAdded)
{
    /// <summary>A token that stands for no text.</summary>
    public static EncodedToken Special(int id, string text, int typeId) => new(id, text, 0, 0, typeId, null, IsAdded: true);
}
