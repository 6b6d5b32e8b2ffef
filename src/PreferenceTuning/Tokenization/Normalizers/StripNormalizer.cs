namespace PreferenceTuning.Tokenization;

/// <summary>Removes white space at the ends of a stretch.</summary>
internal sealed class StripNormalizer(bool left, bool right) : INormalizer
{
    public AlignedText Normalize(AlignedText text)
    {
        // All white space is in the BMP, so units are characters here.
        var start = 0;
        var end = text.Length;
        while (left && start < end && char.IsWhiteSpace(text.Text[start]))
        {
            start++;
        }

        while (right && end > start && char.IsWhiteSpace(text.Text[end - 1]))
        {
            end--;
        }

        return text.Slice(start, end);
    }
}
