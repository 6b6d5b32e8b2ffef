namespace Opossum.Measures;

/// <summary>One bin of a calibration plot: pairs for which the model was about equally sure.</summary>
/// <param name="Confidence">Mean probability that the model gave to its own choice.</param>
/// <param name="Agreement">How often people chose the same.</param>
internal sealed record CalibrationBin(double Confidence, Share Agreement);

/// <summary>How good a reward model is on pairs that it was not trained on.</summary>
/// <param name="Pairs">Number of pairs.</param>
/// <param name="Accuracy">Share of pairs in which the chosen answer scores higher; equal scores count half.</param>
/// <param name="LogLoss">Mean -ln sigma(margin), nats; 0.693 is a coin.</param>
/// <param name="ExpectedError">Mean distance between confidence and agreement, weighted by pairs.</param>
/// <param name="Bins">Only those with pairs in them.</param>
internal sealed record Calibration(int Pairs, double Accuracy, double LogLoss, double ExpectedError, IReadOnlyList<CalibrationBin> Bins)
{
    /// <summary>Number of bins between "no idea" (0.5) and "certain" (1).</summary>
    public const int BinCount = 10;

    /// <summary>The accuracy with its interval; equal scores count half, rounded.</summary>
    public Share Right => Share.Of((int)Math.Round(Accuracy * Pairs), Pairs);

    /// <summary>From margins: score of the chosen minus score of the rejected answer, in nats (Bradley-Terry log-odds).</summary>
    public static Calibration Of(IReadOnlyList<double> margins)
    {
        if (margins.Count == 0)
        {
            throw new ArgumentException(
                "There are no held-out pairs; collect more judgements or hold out a larger share.", nameof(margins));
        }

        var bad = margins.ToList().FindIndex(margin => !double.IsFinite(margin));
        if (bad >= 0)
        {
            throw new ArgumentException(
                $"The margin of pair {bad} is {margins[bad]}; the reward model does not give numbers.", nameof(margins));
        }

        var bins = margins.GroupBy(BinOf).OrderBy(bin => bin.Key).Select(bin => new CalibrationBin(
            bin.Average(Confidence), Share.Of(bin.Count(margin => margin > 0), bin.Count()))).ToList();
        return new Calibration(
            margins.Count,
            margins.Average(margin => margin > 0 ? 1.0 : margin == 0 ? 0.5 : 0.0),
            margins.Average(margin => Math.Max(-margin, 0) + Math.Log(1 + Math.Exp(-Math.Abs(margin)))),
            bins.Sum(bin => bin.Agreement.Total * Math.Abs(bin.Confidence - bin.Agreement.Value)) / margins.Count,
            bins);
    }

    private static double Confidence(double margin) => 1 / (1 + Math.Exp(-Math.Abs(margin)));

    private static int BinOf(double margin) => Math.Min(BinCount - 1, (int)((Confidence(margin) - 0.5) * 2 * BinCount));
}
