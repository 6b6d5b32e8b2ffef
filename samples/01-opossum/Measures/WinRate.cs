using Opossum.World;
using PreferenceTuning.Feedback.Statistics;

namespace Opossum.Measures;

/// <summary>A rate with its 95 % bootstrap interval over prompts.</summary>
internal sealed record Rate(double Value, double Low, double High, int Prompts, int Comparisons);

/// <summary>How often one model's answer is preferred to another's, ties counting half.</summary>
internal static class WinRate
{
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
        if (scores.Count < 2 || scores.Any(prompt => prompt.Count == 0))
        {
            throw new ArgumentException(
                "There must be at least two prompts to resample, and at least one comparison for each.", nameof(scores));
        }

        var sums = scores.Select(prompt => prompt.Sum()).ToArray();
        var rate = ClusterBootstrap.Percentile(scores.Count, Mean, new BootstrapOptions { Seed = seed });
        return new Rate(rate.Required, rate.Low!.Value, rate.High!.Value, scores.Count, scores.Sum(prompt => prompt.Count));

        double? Mean(ReadOnlySpan<int> drawn)
        {
            var (sum, count) = (0.0, 0);
            foreach (var prompt in drawn)
            {
                (sum, count) = (sum + sums[prompt], count + scores[prompt].Count);
            }

            return sum / count;
        }
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
