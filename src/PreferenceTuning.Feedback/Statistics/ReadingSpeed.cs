namespace PreferenceTuning.Feedback.Statistics;

/// <summary>One timed judgement.</summary>
/// <param name="Annotator">Index of the annotator.</param>
/// <param name="Seconds">Time from showing to submitting.</param>
/// <param name="Words">Words shown, see <see cref="WordCount"/>; null where unknown.</param>
/// <param name="Correct">Whether it met the gold label; null without one.</param>
public readonly record struct TimedJudgement(int Annotator, double Seconds, double? Words = null, bool? Correct = null);

/// <summary>When a judgement is called too fast to have been read.</summary>
public sealed record SpeedOptions
{
    /// <summary>
    /// Words a minute above which nobody has read the text; 500. Adults read 238 words a minute silently (Brysbaert 2019, Journal of
    /// Memory and Language 109); 450 is skimming, 600 scanning for a word (Carver 1990, Reading Rate).
    /// </summary>
    public double LargestWordsPerMinute { get; init; } = 500;

    /// <summary>Robust z of an annotator's median log seconds below which the annotator stands out; -3.</summary>
    public double OutlierZ { get; init; } = -3;

    /// <summary>Coverage of the intervals; 0.95.</summary>
    public double Confidence { get; init; } = 0.95;
}

/// <summary>Speed of one annotator.</summary>
/// <param name="Annotator">Index of the annotator.</param>
/// <param name="Judgements">Number of timed judgements.</param>
/// <param name="MedianSeconds">Median time.</param>
/// <param name="MedianWordsPerMinute">Median of words shown over time; undefined where words are unknown.</param>
/// <param name="TooFast">Share of judgements faster than anyone reads, Wilson interval.</param>
/// <param name="RobustZ">Robust z of the median log seconds among all annotators; undefined with fewer than three annotators.</param>
public sealed record AnnotatorSpeed(
    int Annotator, int Judgements, double MedianSeconds, Statistic MedianWordsPerMinute, Statistic TooFast, Statistic RobustZ);

/// <summary>Speed of all.</summary>
/// <param name="Annotators">By annotator, those without a time above 0 left out.</param>
/// <param name="MedianSeconds">Median time of all judgements with its interval; undefined without a time above 0.</param>
/// <param name="MedianWordsPerMinute">Median speed with its interval; undefined where words are unknown.</param>
/// <param name="TooFast">Share of judgements faster than anyone reads.</param>
/// <param name="TotalSeconds">Sum of all times.</param>
/// <param name="TimeAndCorrectness">
/// Spearman correlation of seconds with correctness on gold items: positive where haste costs accuracy.
/// </param>
public sealed record SpeedResult(
    IReadOnlyList<AnnotatorSpeed> Annotators, Statistic MedianSeconds, Statistic MedianWordsPerMinute, Statistic TooFast, double TotalSeconds,
    TestResult TimeAndCorrectness)
{
    /// <summary>Judgements with a time of 0 s, which are left out of everything else here.</summary>
    public int NotMeasurable { get; init; }
}

/// <summary>
/// Whether judgements were made faster than the texts can be read. DICES-350 (Aroyo et al. 2023) removed 19 of 123 raters for
/// suspiciously little time or rating everything the same; here nothing is removed, only reported.
/// </summary>
public static class ReadingSpeed
{
    /// <summary>Words a minute; undefined where no time or no words are known, and for a time of 0, which nobody measured.</summary>
    public static Statistic WordsPerMinute(double seconds, double? words) =>
        words is not { } shown ? Statistic.Undefined("the words shown are unknown")
        : !double.IsFinite(seconds) || seconds < 0 ? Statistic.Undefined("the time is unknown")
        : seconds == 0 ? Statistic.Undefined("a time of 0 s is not measurable")
        : Statistic.Of(60 * shown / seconds);

    /// <summary>Speeds by annotator and overall.</summary>
    /// <param name="judgements">The timed judgements; times finite and not negative. Times of 0 are counted and left out.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    public static SpeedResult Analyze(IReadOnlyList<TimedJudgement> judgements, SpeedOptions? options = null)
    {
        var chosen = options ?? new();
        for (var i = 0; i < judgements.Count; i++)
        {
            Check.Count(judgements[i].Seconds, nameof(judgements));
        }

        var all = judgements.Count;
        judgements = [.. judgements.Where(j => j.Seconds > 0)];
        var groups = judgements.GroupBy(j => j.Annotator).OrderBy(g => g.Key).Select(g => g.ToArray()).ToArray();
        var scores = groups.Length < 3
            ? null
            : Robust.ZScores(groups.Select(g => Quantiles.Median(g.Select(LogSeconds).ToArray())).ToArray()).Scores;
        return new(
            [.. groups.Select((g, index) => new AnnotatorSpeed(
                g[0].Annotator, g.Length, Quantiles.Median(g.Select(j => j.Seconds).ToArray()), MedianSpeed(g, chosen), TooFast(g, chosen),
                scores?[index] ?? Statistic.Undefined("an outlier needs at least three annotators")))],
            judgements.Count == 0
                ? Statistic.Undefined(all == 0 ? "no judgement has a time" : "all times are 0 s, which is not measurable")
                : Quantiles.MedianWithInterval(judgements.Select(j => j.Seconds).ToArray(), chosen.Confidence),
            MedianSpeed(judgements, chosen),
            TooFast(judgements, chosen),
            judgements.Sum(j => j.Seconds),
            Correctness(judgements))
        {
            NotMeasurable = all - judgements.Count,
        };
    }

    private static double LogSeconds(TimedJudgement judgement) => Math.Log(judgement.Seconds);

    private static Statistic MedianSpeed(IEnumerable<TimedJudgement> judgements, SpeedOptions options)
    {
        var speeds = Speeds(judgements);
        return speeds.Length == 0
            ? Statistic.Undefined("no judgement has both a time and a number of words")
            : Quantiles.MedianWithInterval(speeds, options.Confidence);
    }

    private static Statistic TooFast(IEnumerable<TimedJudgement> judgements, SpeedOptions options)
    {
        var speeds = Speeds(judgements);
        return speeds.Length == 0
            ? Statistic.Undefined("no judgement has both a time and a number of words")
            : Proportion.Wilson(speeds.Count(s => s > options.LargestWordsPerMinute), speeds.Length, options.Confidence);
    }

    private static double[] Speeds(IEnumerable<TimedJudgement> judgements) =>
        [.. judgements.Select(j => WordsPerMinute(j.Seconds, j.Words)).Where(s => s.IsDefined).Select(s => s.Required)];

    private static TestResult Correctness(IReadOnlyList<TimedJudgement> judgements)
    {
        var gold = judgements.Where(j => j.Correct is not null).ToArray();
        return gold.Length < 3
            ? TestResult.Undefined("fewer than three timed judgements have a gold label")
            : RankCorrelation.Spearman(
                Array.ConvertAll(gold, j => j.Seconds), Array.ConvertAll(gold, j => j.Correct == true ? 1.0 : 0));
    }
}
