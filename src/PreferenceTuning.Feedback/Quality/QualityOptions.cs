using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Quality;

/// <summary>When the report speaks up. It drops nothing, whatever it finds.</summary>
public sealed record QualityOptions
{
    /// <summary>Coverage of all intervals; 0.95.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>
    /// Level of all tests: of annotators after Benjamini and Hochberg's adjustment for their number, of the side as it is; 0.01.
    /// </summary>
    public double Level { get; init; } = 0.01;

    /// <summary>Level of measurement of the labels for Krippendorff's alpha; nominal.</summary>
    public MeasurementLevel MeasurementLevel { get; init; } = MeasurementLevel.Nominal;

    /// <summary>The number that each label stands for; null for nominal labels.</summary>
    public IReadOnlyDictionary<string, double>? LabelValues { get; init; }

    /// <summary>Alpha from which data are called reliable; 0.8 (Krippendorff 2004, Human Communication Research 30(3)).</summary>
    public double ReliableAlpha { get; init; } = 0.8;

    /// <summary>Alpha below which conclusions are not drawn; 0.667 (the same).</summary>
    public double TentativeAlpha { get; init; } = 0.667;

    /// <summary>Share of items judged by several people below which agreement is called thin; 0.1.</summary>
    public double LeastOverlap { get; init; } = 0.1;

    /// <summary>Share of too fast judgements from which an annotator is named, if the interval's lower end lies above it; 0.1.</summary>
    public double TooFastShare { get; init; } = 0.1;

    /// <summary>Gold accuracy below which an annotator is named, if the interval's upper end lies below it; 0.8.</summary>
    public double LeastGoldAccuracy { get; init; } = 0.8;

    /// <summary>Share of skipped judgements from which it is mentioned; 0.1.</summary>
    public double SkippedShare { get; init; } = 0.1;

    /// <summary>
    /// How texts that are nearly the same are searched; 64 positions in 16 bands of 4, a quarter of the work of a search on its own: at
    /// similarity 0.85 two texts are missed with probability <c>(1 - 0.85^4)^16 = 7e-6</c>, and more are compared in vain.
    /// </summary>
    public DuplicateOptions Duplicates { get; init; } = new() { Permutations = 64, BandRows = 4 };

    /// <summary>Limits of reading speed.</summary>
    public SpeedOptions Speed { get; init; } = new();

    internal QualityOptions Checked()
    {
        if (!(Confidence is > 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Confidence), Confidence, "'Confidence' must lie between 0 and 1.");
        }

        _ = Duplicates.Checked();
        return MeasurementLevel != MeasurementLevel.Nominal && LabelValues is null
            ? throw new ArgumentException($"'LabelValues' is missing: the {MeasurementLevel} level needs a number for each label.")
            : this;
    }
}
