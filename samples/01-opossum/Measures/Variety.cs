using Opossum.World;

namespace Opossum.Measures;

/// <summary>How much a set of answers says that is not said already.</summary>
internal static class Variety
{
    /// <summary>Number of distinct neighbouring word pairs over all texts; pairs do not reach across texts.</summary>
    public static int DistinctBigrams(IEnumerable<string> texts) =>
        texts.SelectMany(text => Words.Bigrams(Words.Of(text))).Distinct().Count();

    /// <summary>Distinct bigrams of one set over those of another set of as many answers.</summary>
    public static double DistinctBigramRatio(IReadOnlyCollection<string> tuned, IReadOnlyCollection<string> original)
    {
        if (tuned.Count != original.Count)
        {
            throw new ArgumentException(
                $"There are {tuned.Count} tuned and {original.Count} original answers; distinct bigrams grow with the number, so it must be equal.",
                nameof(tuned));
        }

        var before = DistinctBigrams(original);
        return before == 0
            ? throw new ArgumentException("The original answers have no bigram; the original model is not trained.", nameof(original))
            : DistinctBigrams(tuned) / (double)before;
    }
}
