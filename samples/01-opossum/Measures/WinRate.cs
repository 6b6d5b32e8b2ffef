using Opossum.World;

namespace Opossum.Measures;

/// <summary>A rate with its 95 % bootstrap interval over prompts.</summary>
internal sealed record Rate(double Value, double Low, double High, int Prompts, int Comparisons);

/// <summary>How often one model's answer is preferred to another's, ties counting half.</summary>
internal static class WinRate
{
    /// <summary>Number of resamples of the interval.</summary>
    public const int Resamples = 2000;

    /// <summary>1 for a win of the first, 0 for a loss, 0.5 for a tie.</summary>
    public static double Score(Preference preference) => preference switch
    {
        Preference.First => 1,
        Preference.Second => 0,
        _ => 0.5,
    };

    /// <summary>
    /// The mean over all comparisons. The interval resamples prompts, not comparisons: answers to one prompt resemble each other, and
    /// counting them as independent would make it too narrow.
    /// </summary>
    /// <param name="scores">For each prompt the scores of its comparisons; at least one each.</param>
    /// <param name="seed">Seed of the resampling.</param>
    public static Rate Of(IReadOnlyList<IReadOnlyList<double>> scores, long seed)
    {
        if (scores.Count == 0 || scores.Any(prompt => prompt.Count == 0))
        {
            throw new ArgumentException("There must be at least one prompt, and at least one comparison for each.", nameof(scores));
        }

        var sums = scores.Select(prompt => prompt.Sum()).ToArray();
        var random = SplitMix64.For(seed, "bootstrap");
        var resampled = new double[Resamples];
        for (var sample = 0; sample < Resamples; sample++)
        {
            var (sum, count) = (0.0, 0);
            for (var draw = 0; draw < scores.Count; draw++)
            {
                var prompt = random.Next(scores.Count);
                (sum, count) = (sum + sums[prompt], count + scores[prompt].Count);
            }

            resampled[sample] = sum / count;
        }

        Array.Sort(resampled);
        var total = scores.Sum(prompt => prompt.Count);
        return new Rate(sums.Sum() / total, Quantile(resampled, 0.025), Quantile(resampled, 0.975), scores.Count, total);
    }

    /// <summary>Linear interpolation between order statistics (Hyndman and Fan 1996, type 7).</summary>
    public static double Quantile(IReadOnlyList<double> sorted, double probability)
    {
        var position = probability * (sorted.Count - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
