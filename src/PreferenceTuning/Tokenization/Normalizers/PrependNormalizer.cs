namespace PreferenceTuning.Tokenization;

/// <summary>Puts a string in front of every stretch that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : INormalizer
{
    public AlignedText Normalize(AlignedText text) => text.Prepend(prefix);
}
