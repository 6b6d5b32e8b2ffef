using Opossum.Measures;
using Opossum.World;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Statistics;

namespace Opossum.Annotators;

/// <summary>How one annotator worked.</summary>
internal sealed record AnnotatorRecord
{
    public required string Annotator { get; init; }

    /// <summary>Items looked at, gold items and skips included.</summary>
    public required int Items { get; init; }

    public required int Ties { get; init; }

    public required int Skipped { get; init; }

    /// <summary>Gold items answered as they should be.</summary>
    public required Share Gold { get; init; }

    /// <summary>Of the decided pairs, how often the first shown won; far from a half means that the order decided.</summary>
    public required Share FirstShown { get; init; }

    /// <summary>Median seconds for an item, or null where no time above 0 was recorded.</summary>
    public required double? MedianSeconds { get; init; }

    /// <summary>Words to be read a minute, the median over items, or null where no time was recorded.</summary>
    public required double? WordsPerMinute { get; init; }

    /// <summary>Items done faster than anybody reads.</summary>
    public required int Unread { get; init; }

    /// <summary>Working time, hours.</summary>
    public required double Hours { get; init; }
}

/// <summary>What a set of judgements says about itself. Nothing is dropped here; it only counts.</summary>
internal sealed record JudgementReport
{
    /// <summary>Faster than this nobody reads, words a minute.</summary>
    public static double ReadableWordsPerMinute { get; } = new SpeedOptions().LargestWordsPerMinute;

    public required IReadOnlyList<AnnotatorRecord> Annotators { get; init; }

    public required int Judgements { get; init; }

    public required int Pairs { get; init; }

    public required int Rankings { get; init; }

    /// <summary>Judgements that name the best of three or more and nothing else.</summary>
    public required int Picks { get; init; }

    public required int Ties { get; init; }

    public required int Skipped { get; init; }

    /// <summary>Rows with known answers; they are not judgements and are not trained on.</summary>
    public required int GoldItems { get; init; }

    /// <summary>Items that two or more annotators judged.</summary>
    public required int SharedItems { get; init; }

    /// <summary>Of two annotators who judged the same two candidates, how often they said the same (better, worse or tie).</summary>
    public required Share Agreement { get; init; }

    /// <summary>Krippendorff's alpha, nominal, over the same comparisons, with an interval over prompts; or why there is none.</summary>
    public required Statistic Alpha { get; init; }

    /// <summary>Counts a set of judgements.</summary>
    public static JudgementReport Of(IReadOnlyList<Judgement> judgements)
    {
        var gold = judgements.Where(row => row.Gold).DistinctBy(row => row.ItemKey).ToDictionary(
            row => row.ItemKey, StringComparer.Ordinal);
        var given = judgements.Where(row => !row.Gold).ToList();
        var outcomes = PairOutcomes.Of(given.Where(row => !gold.ContainsKey(row.ItemKey)));
        return new JudgementReport
        {
            Annotators = [.. given.GroupBy(row => row.Annotator ?? "not named", StringComparer.Ordinal)
                .OrderBy(rows => rows.Key, StringComparer.Ordinal).Select(rows => RecordOf(rows.Key, [.. rows], gold))],
            Judgements = given.Count,
            Pairs = given.Count(row => row.Kind == JudgementKind.Pairwise),
            Rankings = given.Count(row => row.Kind == JudgementKind.Ranking && !IsPick(row)),
            Picks = given.Count(IsPick),
            Ties = given.Count(row => row.IsTie),
            Skipped = given.Count(row => row.Skipped),
            GoldItems = gold.Count,
            SharedItems = given.Where(row => !gold.ContainsKey(row.ItemKey)).GroupBy(row => row.ItemKey, StringComparer.Ordinal)
                .Count(rows => rows.Select(row => row.Annotator).Distinct().Count() > 1),
            Agreement = outcomes.Agreement,
            Alpha = outcomes.Alpha,
        };
    }

    /// <summary>Words to be read a minute in one judgement, or null where no time was recorded.</summary>
    public static double? Speed(Judgement row) =>
        row.Seconds is > 0 ? 60 * SimulatedAnnotator.ReadingWords(row.Prompt, row.Candidates) / row.Seconds : null;

    private static bool IsPick(Judgement row) => row is { IsPickOfBest: true, Candidates.Count: > 2 };

    private static AnnotatorRecord RecordOf(string annotator, List<Judgement> rows, Dictionary<string, Judgement> gold)
    {
        var tested = rows.Where(row => !row.Skipped && gold.ContainsKey(row.ItemKey)).ToList();
        var decided = rows.Where(row => row is { Preferred: not null, Shown: not null, Candidates.Count: 2 }).ToList();
        var speeds = rows.Select(Speed).OfType<double>().Order().ToList();
        var seconds = rows.Select(row => row.Seconds).OfType<double>().Where(time => time > 0).Order().ToList();
        return new AnnotatorRecord
        {
            Annotator = annotator,
            Items = rows.Count,
            Ties = rows.Count(row => row.IsTie),
            Skipped = rows.Count(row => row.Skipped),
            Gold = Share.Of(tested.Count(row => row.Preferred is { } best && best == gold[row.ItemKey].Preferred), tested.Count),
            FirstShown = Share.Of(decided.Count(row => row.Preferred == row.Shown![0]), decided.Count),
            MedianSeconds = seconds.Count == 0 ? null : WinRate.Quantile(seconds, 0.5),
            WordsPerMinute = speeds.Count == 0 ? null : WinRate.Quantile(speeds, 0.5),
            Unread = speeds.Count(speed => speed > ReadableWordsPerMinute),
            Hours = seconds.Sum() / 3600,
        };
    }
}
