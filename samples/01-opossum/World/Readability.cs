namespace Opossum.World;

/// <summary>
/// The parts of quality that need no knowledge of the topic. A reader who is shown one word, or the same phrase four times, does not
/// call it a good answer whatever its style: without this, a tuned model could win by shouting its favourite word.
/// </summary>
internal static class Readability
{
    /// <summary>0 for up to two words, 1 from eight to thirty, falling to 0.3 at fifty and beyond.</summary>
    public static double Length(int words) => words <= 30 ? Ramp(words, 2, 8) : 1 - (0.7 * Ramp(words, 30, 50));

    /// <summary>1 while words and word pairs rarely repeat, 0 when the text goes round in circles.</summary>
    public static double Variety(IReadOnlyList<string> words)
    {
        if (words.Count < 2)
        {
            return 0;
        }

        var pairs = Words.Bigrams(words).ToList();
        var distinctPairs = pairs.Distinct().Count() / (double)pairs.Count;
        var distinctWords = words.Distinct(StringComparer.Ordinal).Count() / (double)words.Count;
        return Ramp(distinctPairs, 0.5, 0.9) * Ramp(distinctWords, 0.3, 0.6);
    }

    /// <summary>Ends with a full stop, an exclamation mark or a question mark.</summary>
    public static bool IsFinished(IReadOnlyList<string> words) => words.Count > 1 && words[^1] is "." or "!" or "?";

    /// <summary>0 up to <paramref name="low"/>, 1 from <paramref name="high"/>, straight between.</summary>
    public static double Ramp(double value, double low, double high) => Math.Clamp((value - low) / (high - low), 0, 1);
}
