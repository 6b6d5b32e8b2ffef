using System.Globalization;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Quality;

/// <summary>Says in sentences what the numbers mean, and on whom they rest.</summary>
internal static class QualitySentences
{
    private const int NamedItems = 20;

    public static IReadOnlyList<QualityFinding> Of(QualityReport report, IReadOnlyList<QualityJudgement> judgements, QualityOptions options)
    {
        if (report.Judgements == 0)
        {
            return [Finding(
                FindingKind.NoJudgements, FindingSeverity.Problem, Text($"There is no judgement with an answer; {report.Skipped} were skipped."),
                [.. report.Annotators.Select(a => a.Name)])];
        }

        IEnumerable<QualityFinding?> all =
        [
            Agreement(report, judgements, options), Overlap(report, options), Speed(report, options), SpeedOutliers(report, options), NoTime(report, judgements),
            Gold(report, options), Straight(report, options), Position(report, judgements, options), Sided(report, options),
            Swap(report), Cycles(judgements, options), Skipped(report, judgements, options), Repeats(judgements),
        ];
        return [.. all.OfType<QualityFinding>().OrderByDescending(f => f.Severity)];
    }

    public static QualityFinding Of(ConversionNote note) => Finding(
        FindingKind.Reading, FindingSeverity.Note, Text($"{note.Message} ({note.Count} times; {string.Join(", ", note.Examples)})"));

    private static QualityFinding Agreement(QualityReport report, IReadOnlyList<QualityJudgement> judgements, QualityOptions options)
    {
        AnnotatorQuality[] answering = [.. report.Annotators.Where(a => a.Judgements > 0)];
        if (answering.Length == 1)
        {
            return Finding(
                FindingKind.Agreement, FindingSeverity.Problem,
                Text($"{(report.Judgements == 1 ? "The only judgement comes" : Text($"All {report.Judgements} judgements come"))} from one annotator, so that agreement cannot be measured and nothing tells opinion from error."),
                [answering[0].Name]);
        }

        if (!report.Alpha.IsDefined)
        {
            return Finding(
                FindingKind.Agreement, FindingSeverity.Problem, Text($"Agreement is undefined: {report.Alpha.UndefinedReason}."));
        }

        var alpha = report.Alpha.Value.Value;
        var (severity, meaning) = alpha >= options.ReliableAlpha ? (FindingSeverity.Note, "reliable")
            : alpha >= options.TentativeAlpha ? (FindingSeverity.Warning, "good for tentative conclusions only")
            : (FindingSeverity.Problem, "too low to draw conclusions from single labels");
        return Finding(
            FindingKind.Agreement, severity,
            Text($"Krippendorff's alpha ({options.MeasurementLevel}) is {report.Alpha} over {report.OverlapItems} {(report.OverlapItems == 1 ? "item" : "items")} that several people judged; ") +
            Text(
                $"two answers to one item agree in {Percent(report.PercentAgreement)}. By Krippendorff's rule of thumb this is {meaning}.") +
            (options.MeasurementLevel == MeasurementLevel.Nominal && AreNumbers(judgements)
                ? " The answers are numbers, but nominal takes 4 and 5 to be as far apart as 1 and 5: the level ordinal or interval measures them."
                : ""),
            [], LeastAgreed(report));
    }

    private static bool AreNumbers(IReadOnlyList<QualityJudgement> judgements) => judgements.Select(j => j.Label).OfType<string>().Distinct(StringComparer.Ordinal)
        .All(label => double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out _));

    private static List<string> LeastAgreed(QualityReport report) =>
        [.. report.Items.Where(i => i.Agreement.IsDefined && i.Agreement.Value < 1).OrderBy(i => i.Agreement.Value).Take(NamedItems).Select(i => i.Item)];

    private static QualityFinding? Overlap(QualityReport report, QualityOptions options) =>
        report.Annotators.Count(a => a.Judgements > 0) < 2 || report.OverlapItems >= options.LeastOverlap * report.Items.Count ? null : Finding(
            FindingKind.Overlap, FindingSeverity.Warning,
            Text($"Only {report.OverlapItems} of {report.Items.Count} items were judged by more than one person; every figure of agreement rests on them."));

    private static QualityFinding? Speed(QualityReport report, QualityOptions options)
    {
        if (report.Speed.TooFast.Value is not { } share || share == 0)
        {
            return null;
        }

        var named = report.Annotators.Where(a => a.TooFast.Low > options.TooFastShare).ToArray();
        var severity = share > 0.5 ? FindingSeverity.Problem : named.Length > 0 ? FindingSeverity.Warning : FindingSeverity.Note;
        return Finding(
            FindingKind.Speed, severity,
            Text($"{Percent(report.Speed.TooFast)} of the judgements with a known time were made at more than ") +
            Text($"{options.Speed.LargestWordsPerMinute:0} words a minute, which nobody reads; the median is {report.Speed.MedianWordsPerMinute.Value:#,0} words a minute ") +
            Text($"and {report.Speed.MedianSeconds.Value:0.##} seconds, and all of them together took {Duration(report.Speed.TotalSeconds)}.") +
            (named.Length == 0 ? "" : $" It rests on {Names(named)}."),
            [.. named.Select(a => a.Name)]);
    }

    private static QualityFinding? SpeedOutliers(QualityReport report, QualityOptions options)
    {
        var medians = report.Annotators.Where(a => a.MedianSeconds.IsDefined).ToArray();
        if (medians.Length < 3)
        {
            return null;
        }

        var scores = Robust.ZScores(Array.ConvertAll(medians, a => Math.Log(Math.Max(0.001, a.MedianSeconds.Required)))).Scores;
        var named = medians.Where((_, i) => scores[i].IsDefined && scores[i].Value < options.Speed.OutlierZ).ToArray();
        return named.Length == 0 ? null : Finding(
            FindingKind.Speed, FindingSeverity.Warning,
            Text($"{Names(named)} took far less time than the others (median {string.Join(", ", named.Select(a => Text($"{a.MedianSeconds.Value:0.#} s")))}; ") +
            Text($"all: {report.Speed.MedianSeconds.Value:0.#} s)."),
            [.. named.Select(a => a.Name)]);
    }

    private static QualityFinding? NoTime(QualityReport report, IReadOnlyList<QualityJudgement> judgements)
    {
        if (report.Speed.NotMeasurable == 0)
        {
            return null;
        }

        var timed = judgements.Count(j => j is { Label: not null, Seconds: not null });
        var named = judgements.Where(j => j is { Label: not null, Seconds: 0 }).CountBy(j => j.Annotator).OrderByDescending(one => one.Value).Take(NamedItems).ToArray();
        return Finding(
            FindingKind.Speed, FindingSeverity.Warning,
            Text($"{report.Speed.NotMeasurable} of {timed} times are 0 s, which is not measurable: they were not recorded or the answers were imported. They are left out of all figures ") +
            Text($"about speed ({string.Join(", ", named.Select(one => Text($"{one.Key}: {one.Value}")))})."),
            [.. named.Select(one => one.Key)]);
    }

    private static QualityFinding? Gold(QualityReport report, QualityOptions options)
    {
        if (!report.GoldAccuracy.IsDefined)
        {
            return null;
        }

        var named = report.Annotators.Where(a => a.Gold.Accuracy.High < options.LeastGoldAccuracy).ToArray();
        return Finding(
            FindingKind.Gold, named.Length > 0 ? FindingSeverity.Warning : FindingSeverity.Note,
            Text($"Gold items were answered correctly in {Percent(report.GoldAccuracy)}.") + (named.Length == 0 ? "" :
                Text($" Below {100 * options.LeastGoldAccuracy:0} % beyond chance: ") +
                string.Join(", ", named.Select(a => Text($"{a.Name} ({a.Gold.Correct} of {a.Gold.Asked})"))) + "."),
            [.. named.Select(a => a.Name)]);
    }

    private static QualityFinding? Straight(QualityReport report, QualityOptions options)
    {
        var named = Significant(report.Annotators, a => a.Runs.RunP, options.Level);
        return named.Length == 0 ? null : Finding(
            FindingKind.StraightLining, FindingSeverity.Warning,
            $"The same side or answer was chosen in runs that are hardly chance ({Adjusted(report, a => a.Runs.RunP, options.Level)}): " +
            string.Join(", ", named.Select(a => Text($"{a.Name} ({a.Runs.LongestRun} in a row of {a.Runs.Answers})"))) + ".",
            [.. named.Select(a => a.Name)]);
    }

    private static QualityFinding? Position(QualityReport report, IReadOnlyList<QualityJudgement> judgements, QualityOptions options)
    {
        if (!report.Position.ExactP.IsDefined)
        {
            return null;
        }

        var found = report.Position.ExactP.Value < options.Level;
        var randomised = judgements.Any(j => j.Swapped == true) && judgements.Any(j => j.Swapped == false);
        return Finding(
            FindingKind.Position, found ? FindingSeverity.Warning : FindingSeverity.Note,
            Text($"What stood first was chosen in {Percent(report.Position.FirstShare)} of the decided judgements (exact {PValue(report.Position.ExactP)}): ") +
            (found ? "people choose by side, or one side was better."
                : IsOdd(report.Position, options) ? Text($"less even than chance usually makes it, but this report speaks of a preference for a side only below p = {options.Level:0.####}.")
                : "no sign of a preference for a side.") +
            (randomised ? "" : " The sides do not seem to have been randomised, so that side and candidate cannot be told apart."));
    }

    private static bool IsOdd(PositionBiasResult position, QualityOptions options) =>
        position.FirstShare.Low > 0.5 || position.FirstShare.High < 0.5 || position.ExactP.Value < 1 - options.Confidence;

    private static QualityFinding? Sided(QualityReport report, QualityOptions options)
    {
        var named = Significant(report.Annotators, a => a.Position.ExactP, options.Level);
        return named.Length == 0 || report.Annotators.Count(a => a.Judgements > 0) == 1 ? null : Finding(
            FindingKind.Position, FindingSeverity.Warning,
            $"These annotators favour a side ({Adjusted(report, a => a.Position.ExactP, options.Level)}): " + string.Join(
                ", ", named.Select(a => $"{a.Name} ({Percent(a.Position.FirstShare)} first)")) + ".",
            [.. named.Select(a => a.Name)]);
    }

    private static QualityFinding? Swap(QualityReport report) => report.Swap.BothOrders == 0 ? null : Finding(
        FindingKind.Swap, report.Swap.Consistent.High < 0.8 ? FindingSeverity.Warning : FindingSeverity.Note,
        Text($"{report.Swap.BothOrders} pairs were judged by one person in both orders; {Percent(report.Swap.Consistent)} kept their winner, ") +
        Text($"in {Percent(report.Swap.FollowsFirst)} whatever stood first won both times."));

    private static QualityFinding? Cycles(IReadOnlyList<QualityJudgement> judgements, QualityOptions options)
    {
        var found = PreferenceCycles.Find(judgements);
        if (found.Count == 0)
        {
            return null;
        }

        var share = PreferenceCycles.CircularShare(judgements, options.Confidence);
        return Finding(
            FindingKind.Cycles, FindingSeverity.Note,
            Text($"{found.Count} times one annotator preferred in a circle within a prompt (A over B over C over A), e.g. ") +
            Text($"{found[0].Annotator} on {string.Join(", ", found[0].Candidates)}.") +
            (share.IsDefined ? $" Of all triads that one person compared completely, {Percent(share)} are circles; dice give 25 %." : ""),
            [.. found.Select(c => c.Annotator).Distinct()], [.. found.SelectMany(c => c.Items).Distinct().Take(NamedItems)]);
    }

    private static QualityFinding? Skipped(QualityReport report, IReadOnlyList<QualityJudgement> judgements, QualityOptions options)
    {
        var share = Proportion.Wilson(report.Skipped, report.Skipped + report.Judgements, options.Confidence);
        if (share.Required < options.SkippedShare)
        {
            return null;
        }

        var named = report.Annotators
            .Where(a => Proportion.Wilson(a.Skipped, a.Skipped + a.Judgements, options.Confidence).Low > options.SkippedShare).ToArray();
        var items = judgements.Where(j => j.Label is null).CountBy(j => j.Item).OrderByDescending(item => item.Value).Take(NamedItems);
        return Finding(
            FindingKind.Skipped, FindingSeverity.Warning,
            Text($"{report.Skipped} of {report.Skipped + report.Judgements} judgements were skipped, {Percent(share)}.") +
            (named.Length == 0 ? "" : " It rests on " + string.Join(
                ", ", named.Select(a => Text($"{a.Name} ({a.Skipped} of {a.Skipped + a.Judgements})"))) + "."),
            [.. named.Select(a => a.Name)], [.. items.Select(item => item.Key)]);
    }

    private static QualityFinding? Repeats(IReadOnlyList<QualityJudgement> judgements)
    {
        // The same order twice: a pair in both orders is a check, not a repetition.
        var repeated = judgements.Where(j => j.Label is not null)
            .GroupBy(j => (j.Annotator, j.Item, j.Swapped)).Where(g => g.Count() > 1).ToArray();
        return repeated.Length == 0 ? null : Finding(
            FindingKind.Repeats, FindingSeverity.Note,
            Text($"{repeated.Length} times an annotator judged the same item in the same order more than once; the last answer counts for agreement."),
            [.. repeated.Select(g => g.Key.Annotator).Distinct()], [.. repeated.Select(g => g.Key.Item).Distinct().Take(NamedItems)]);
    }

    /// <summary>The annotators whose test stands out after adjustment for their number.</summary>
    private static AnnotatorQuality[] Significant(
        IReadOnlyList<AnnotatorQuality> annotators, Func<AnnotatorQuality, Statistic> p, double level)
    {
        var tested = annotators.Where(a => p(a).IsDefined).ToArray();
        var adjusted = MultipleTesting.BenjaminiHochberg(Array.ConvertAll(tested, a => p(a).Required));
        return [.. tested.Where((_, i) => adjusted[i] < level)];
    }

    private static string Adjusted(QualityReport report, Func<AnnotatorQuality, Statistic> p, double level)
    {
        var tested = report.Annotators.Count(a => p(a).IsDefined);
        return Text($"p below {level:0.####}") + (tested == 1 ? "" : Text($" after Benjamini and Hochberg's adjustment for {tested} annotators"));
    }

    private static QualityFinding Finding(
        FindingKind kind, FindingSeverity severity, string sentence, IReadOnlyList<string>? annotators = null, IReadOnlyList<string>? items = null) =>
        new(kind, severity, sentence, annotators ?? [], items ?? []);

    private static string Names(IReadOnlyList<AnnotatorQuality> annotators) => string.Join(", ", annotators.Select(a => a.Name));

    private static string Percent(Statistic share) => !share.IsDefined ? $"an undefined share ({share.UndefinedReason})"
        : share.Confidence is null ? Text($"{100 * share.Value:0.#} %")
        : Text($"{100 * share.Value:0.#} % ({100 * share.Confidence:0.#} % interval {100 * share.Low:0.#} to {100 * share.High:0.#})");

    private static string PValue(Statistic p) => p.Value < 0.0001 ? "p < 0.0001" : Text($"p = {p.Value:0.0000}");

    private static string Duration(double seconds) => seconds < 120 ? Text($"{seconds:0} seconds")
        : seconds < 7200 ? Text($"{seconds / 60:0} minutes") : Text($"{seconds / 3600:0.#} hours");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
