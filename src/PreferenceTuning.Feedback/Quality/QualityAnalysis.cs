using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Quality;

/// <summary>Maps judgements to the inputs of the statistics, once, and gathers the results.</summary>
internal sealed class QualityAnalysis
{
    private readonly QualityOptions _options;
    private readonly QualityJudgement[] _answered;
    private readonly NamedLabels _named;
    private readonly int[] _promptOfItem;
    private readonly int[] _gold;
    private readonly int _prompts;

    public QualityAnalysis(IReadOnlyList<QualityJudgement> judgements, QualityOptions options)
    {
        (_options, All) = (options, judgements);
        _answered = [.. judgements.Where(j => j.Label is not null)];

        // Two answers of one person to one item do not show that people agree: the last one counts for agreement.
        var last = _answered.GroupBy(j => (j.Item, j.Annotator)).Select(group => group.Last());
        _named = NamedLabels.FromRows(last.Select(j => (j.Item, j.Annotator, j.Label!)), AllLabels(judgements));
        var items = Index(_named.Items);
        var labels = Index(_named.Labels);
        var prompts = new Dictionary<string, int>(StringComparer.Ordinal);
        _promptOfItem = new int[_named.Items.Count];
        _gold = [.. Enumerable.Repeat(-1, _named.Items.Count)];
        foreach (var j in _answered)
        {
            if (!prompts.TryGetValue(j.Prompt, out var prompt))
            {
                prompts[j.Prompt] = prompt = prompts.Count;
            }

            _promptOfItem[items[j.Item]] = prompt;
            _gold[items[j.Item]] = j.GoldLabel is null ? _gold[items[j.Item]] : labels[j.GoldLabel];
        }

        _prompts = prompts.Count;
    }

    public IReadOnlyList<QualityJudgement> All { get; }

    public QualityReport Report()
    {
        var table = _named.Table;
        var strengths = Strengths();
        var gold = GoldAccuracy.ByAnnotator(table, _gold, _options.Confidence);
        var report = new QualityReport
        {
            Judgements = _answered.Length,
            Skipped = All.Count - _answered.Length,
            Prompts = _prompts,
            OverlapItems = Enumerable.Range(0, table.ItemCount).Count(i => Distinct(table.AnnotatorsOf(i)) > 1),
            PercentAgreement = PercentAgreement.Compute(table, _options.Confidence),
            Alpha = Alpha(),
            Speed = ReadingSpeed.Analyze(Timed(_answered), _options.Speed),
            GoldAccuracy = GoldAccuracy.Overall(gold, _options.Confidence),
            Position = Position(_answered),
            Swap = Swap(),
            Candidates = strengths.Names,
            Strengths = strengths.Fit,
            Annotators = Annotators(gold),
            Items = Items(),
            Findings = [],
        };
        return report with { Findings = QualitySentences.Of(report, All, _options) };
    }

    public Statistic Alpha()
    {
        var values = _options.LabelValues is null ? null : _named.Labels.Select(ValueOf).ToArray();
        return KrippendorffAlpha.Compute(
            ValueTable.FromAnswers(_named.Table, values), _options.MeasurementLevel, _options.Confidence, _promptOfItem);
    }

    private double ValueOf(string label) => _options.LabelValues!.TryGetValue(label, out var value)
        ? value
        : throw new ArgumentException($"'LabelValues' has no number for the label '{label}'.");

    private List<AnnotatorQuality> Annotators(IReadOnlyList<GoldScore> gold)
    {
        var table = _named.Table;
        var agreement = AgreementWithOthers();
        var model = table.AnnotatorCount > 1 && table.LabelCount > 1
            ? DawidSkene.Fit(table, new() { MaxRounds = 100, Tolerance = 1e-6 * table.AnswerCount })
            : null;
        var noModel = Statistic.Undefined("the model needs two annotators who share items and two labels");
        var (clicks, shares) = Clicks();
        var skipped = All.Where(j => j.Label is null).CountBy(j => j.Annotator).ToDictionary(StringComparer.Ordinal);
        var byName = _answered.ToLookup(j => j.Annotator, StringComparer.Ordinal);
        var answering = _named.Annotators.Select((name, k) =>
        {
            var own = byName[name].ToArray();
            var speed = ReadingSpeed.Analyze(Timed(own), _options.Speed);
            return new AnnotatorQuality(
                name, own.Length, skipped.GetValueOrDefault(name), agreement[k],
                model is null || !agreement[k].IsDefined ? noModel : Statistic.Of(model.Accuracy(k)),
                gold[k], speed.MedianSeconds, speed.MedianWordsPerMinute, speed.TooFast, Position(own),
                StraightLining.Analyze(own.Select(j => clicks[Click(j)]).ToArray(), shares));
        });
        var onlySkipping = skipped.Where(one => !byName.Contains(one.Key)).Select(one => Silent(one.Key, one.Value));
        return [.. answering.Concat(onlySkipping).OrderBy(a => a.Name, StringComparer.Ordinal)];
    }

    /// <summary>Somebody who skipped everything, who would not be seen otherwise.</summary>
    private static AnnotatorQuality Silent(string name, int skipped)
    {
        var nothing = Statistic.Undefined("the annotator skipped everything");
        return new(
            name, 0, skipped, nothing, nothing, new(-1, 0, 0, nothing, nothing), nothing, nothing, nothing, PositionBias.Analyze(0, 0),
            StraightLining.Analyze([], []));
    }

    // The pairs of one item hang together, so that items are the clusters.
    private Statistic[] AgreementWithOthers()
    {
        var table = _named.Table;
        var items = Enumerable.Range(0, table.AnnotatorCount).Select(_ => new List<(double Equal, double Pairs)>()).ToArray();
        for (var i = 0; i < table.ItemCount; i++)
        {
            var who = table.AnnotatorsOf(i);
            var what = table.LabelsOf(i);
            for (var a = 0; a < who.Length && who.Length > 1; a++)
            {
                items[who[a]].Add((what.Count(what[a]) - 1, who.Length - 1));
            }
        }

        return [.. items.Select(own => own.Count == 0
            ? Statistic.Undefined("nobody else judged the same items")
            : Proportion.Clustered(own, _options.Confidence))];
    }

    /// <summary>What was clicked: who does not look clicks one side, whatever stands there.</summary>
    private static string Click(QualityJudgement j) => j.ChosenPosition is { } position ? $"side {position}" : j.Label!;

    private (Dictionary<string, int> Index, double[] Shares) Clicks()
    {
        var counts = _answered.CountBy(Click, StringComparer.Ordinal).ToArray();
        return (Index([.. counts.Select(one => one.Key)]), [.. counts.Select(one => (double)one.Value / _answered.Length)]);
    }

    private List<ItemQuality> Items()
    {
        var votes = MajorityVote.Shares(_named.Table);
        var counts = Statistics.PercentAgreement.ByItem(_named.Table.CountsByItem());
        return [.. _named.Items.Select((name, i) => new ItemQuality(
            name, _named.Table.LabelsOf(i).Length, counts[i], votes.IsTied(i) ? null : _named.Labels[votes.Best(i)]))];
    }

    private SwapConsistencyResult Swap()
    {
        var (people, items) = (Index(_named.Annotators), Index(_named.Items));
        return SwapConsistency.Analyze(
            _answered.Where(j => j.Swapped is not null && j.Winner is not null)
                .Select(j => new OrderedJudgement(people[j.Annotator], items[j.Item], j.Swapped!.Value, j.Winner!.Value)),
            _options.Confidence);
    }

    private (IReadOnlyList<string> Names, StrengthResult? Fit) Strengths()
    {
        var compared = _answered.Where(j => j is { FirstCandidate: not null, SecondCandidate: not null, Winner: not null })
            .Where(j => j.FirstCandidate != j.SecondCandidate).ToArray();
        string[] names = [.. compared.SelectMany(j => new[] { j.FirstCandidate!, j.SecondCandidate! }).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

        // Answers that compete within one prompt only have no common scale; a few hundred candidates are models.
        if (names.Length is < 2 or > 500)
        {
            return ([], null);
        }

        var index = Index(names);
        (int, int) Pair(QualityJudgement j) => j.Winner == 1
            ? (index[j.SecondCandidate!], index[j.FirstCandidate!])
            : (index[j.FirstCandidate!], index[j.SecondCandidate!]);
        var counts = PairwiseCounts.FromComparisons(
            names.Length, compared.Where(j => j.Winner != 2).Select(Pair), compared.Where(j => j.Winner == 2).Select(Pair));
        return (names, TieModels.Davidson(counts, new() { Confidence = _options.Confidence }));
    }

    private PositionBiasResult Position(IReadOnlyCollection<QualityJudgement> judgements) => PositionBias.Analyze(
        judgements.Count(j => j.ChosenPosition == 0), judgements.Count(j => j.ChosenPosition == 1), _options.Confidence);

    private List<TimedJudgement> Timed(IEnumerable<QualityJudgement> judgements)
    {
        var people = Index(_named.Annotators);
        return [.. judgements.Where(j => j.Seconds is not null).Select(j => new TimedJudgement(
            people[j.Annotator], j.Seconds!.Value, j.Words, j.GoldLabel is null ? null : j.Label == j.GoldLabel))];
    }

    private static string[] AllLabels(IReadOnlyList<QualityJudgement> judgements) =>
        [.. judgements.SelectMany(j => new[] { j.Label, j.GoldLabel }).OfType<string>().Distinct(StringComparer.Ordinal)];

    private static Dictionary<string, int> Index(IReadOnlyList<string> names) =>
        names.Select((name, i) => (name, i)).ToDictionary(x => x.name, x => x.i, StringComparer.Ordinal);

    private static int Distinct(ReadOnlySpan<int> annotators)
    {
        var others = 1;
        for (var a = 1; a < annotators.Length; a++)
        {
            others += annotators[..a].Contains(annotators[a]) ? 0 : 1;
        }

        return annotators.Length == 0 ? 0 : others;
    }
}
