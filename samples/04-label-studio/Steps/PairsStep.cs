using System.Globalization;
using System.Text;
using LabelStudioSample.Terminal;
using Opossum.Report;
using PreferenceTuning.Feedback.Aggregation;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;
using PreferenceTuning.Feedback.Provenance;
using PreferenceTuning.Feedback.Quality;
using PreferenceTuning.Parquet;

namespace LabelStudioSample.Steps;

/// <summary>From judgements to a data set of preference pairs that shows its work.</summary>
internal static class PairsStep
{
    // An accuracy of 0 or 1, which few items can give, would let one person outvote any number.
    private const double LeastAccuracy = 0.05;

    private static readonly string[] Splits = ["train", "test"];

    /// <summary>
    /// Writes <c>train</c> and <c>test</c> as JSON Lines and as Parquet, the dataset card <c>README.md</c>, <c>croissant.json</c>, and
    /// every judgement under pseudonyms as <c>judgements.jsonl</c>; then prints the command that trains on them.
    /// </summary>
    public static async Task RunAsync(PairsOptions options, TextWriter output, CancellationToken cancel)
    {
        options = options.Resolved();
        var source = await SourceStep.ReadAsync(options.Source, cancel).ConfigureAwait(false);
        var judgements = options.Ratings.Count == 0 ? source.Judgements : RatedOrder.Of(source.Judgements, options.Ratings);
        var steps = new List<ProcessingStep> { new("read", source.Input.Name, After: judgements.Count) };
        steps.AddRange(source.Reading.Report.Notes.Select(note => new ProcessingStep(
            note.Kind switch { ConversionNoteKind.LeftOut => "read, left out", ConversionNoteKind.Lost => "read, not kept", _ => "read, noticed" }, Said(note))));
        if (options.Source.Choices.Count > 0)
            steps.Add(new("choices read as", string.Join("; ", options.Source.Choices.Select(choice => $"{choice.Key} = {choice.Value}"))));
        if (options.Ratings.Count > 0)
            steps.Add(new("put in order by ratings", $"of {string.Join(", ", options.Ratings)}, equal ratings tied, the difference as margin", judgements.Count, judgements.Count(judgement => judgement.Ranking is not null)));
        var kept = Drop(judgements, options, steps);
        var gold = kept.Where(judgement => judgement.Gold).Select(judgement => judgement.ItemKey).ToHashSet(StringComparer.Ordinal);
        var usable = kept.Where(judgement => !gold.Contains(judgement.ItemKey)).ToList();
        steps.Add(new("items with a known answer left out", "they measure annotators and are not trained on", kept.Count, usable.Count));
        var report = QualityReport.Of(kept);
        var merged = Merge(Reliable(usable, options.Method, steps), report, options.Method);
        foreach (var note in merged.Report.Notes)
            steps.Add(new(note.Kind == ConversionNoteKind.LeftOut ? "not comparable" : "noticed", Said(note)));
        steps.Add(new("merged", Description(options.Method), usable.Count, merged.Verdicts.Count));
        if (merged.Verdicts.All(verdict => verdict.IsTie))
            throw new InvalidOperationException($"No pair comes of {source.Input.Name}: {string.Join("; ", steps.Select(Said))}. {source.Hint ?? RatedOrder.Hint(judgements)}".TrimEnd());
        if (source.Hint is not null)
            output.WriteLine($"Hint: {source.Hint}");
        var files = Write(merged.Verdicts, options, steps);
        var named = judgements.Count(judgement => judgement.Extra.Any(Addresses));
        if (named > 0)
            steps.Add(new("addresses left out of judgements.jsonl", "what the source says beside a judgement (reviews, comments) where it holds an e-mail address", named, named));
        JudgementJsonLines.WriteFile(Path.Combine(options.Output, "judgements.jsonl"), Pseudonyms(judgements));
        var provenance = Describe(options, source, report, judgements) with { Files = files, Steps = steps };
        AtomicFile.Write(
            Path.Combine(options.Output, "README.md"), stream => stream.Write(Encoding.UTF8.GetBytes(DatasetCard.Render(provenance))));
        AtomicFile.Write(
            Path.Combine(options.Output, "croissant.json"), stream => stream.Write(Encoding.UTF8.GetBytes(Croissant.Render(provenance))));
        Tell(options, steps, output);
    }

    private static IReadOnlyList<Judgement> Drop(IReadOnlyList<Judgement> judgements, PairsOptions options, List<ProcessingStep> steps)
    {
        if (options.Drop.Count == 0)
            return judgements;
        var record = Dropping.Annotators(JudgementMapping.Of(judgements).Judgements, options.Drop, options.Reason!).Record;
        var kept = judgements.Where(
            judgement => judgement.Gold || judgement.Annotator is null || !options.Drop.Contains(judgement.Annotator)).ToList();
        steps.Add(new(FormattableString.Invariant($"annotators left out: {options.Drop.Count}"), record.ToString(), judgements.Count, kept.Count));
        return kept;
    }

    // How reliable somebody is cannot be known of judgements that do not say who made them.
    private static List<Judgement> Reliable(List<Judgement> usable, MergeMethod method, List<ProcessingStep> steps)
    {
        var named = usable.Where(judgement => method == MergeMethod.Majority || judgement.Annotator is not null).ToList();
        if (named.Count < usable.Count)
            steps.Add(new("judgements without an annotator left out", "the weight of their votes is not known", usable.Count, named.Count));
        return named;
    }

    private static AggregationResult Merge(List<Judgement> usable, QualityReport report, MergeMethod method) =>
        method == MergeMethod.Majority
        ? PreferenceAggregation.Majority(usable)
        : PreferenceAggregation.Weighted(
            usable, report.Annotators.Where(one => usable.Any(judgement => judgement.Annotator == one.Name && !judgement.Skipped))
                .ToDictionary(one => one.Name, Accuracy, StringComparer.Ordinal));

    private static double Accuracy(AnnotatorQuality one) => one.ModelAccuracy.IsDefined
        ? Math.Clamp(one.ModelAccuracy.Required, LeastAccuracy, 1 - LeastAccuracy)
        : throw new InvalidOperationException(
            $"Nothing says how reliable annotator '{one.Name}' is ({one.ModelAccuracy.UndefinedReason}); use --method majority.");

    private static string Description(MergeMethod method) => method == MergeMethod.Majority
        ? "one vote for each judgement, ties half for each; chosen_probability is the share of votes for the chosen answer"
        : "votes weighted by each annotator's accuracy in the model of Dawid and Skene, kept within 0.05 to 0.95; chosen_probability is the posterior of the chosen answer";

    private static List<DataFile> Write(IReadOnlyList<PreferenceVerdict> verdicts, PairsOptions options, List<ProcessingStep> steps)
    {
        var (train, heldOut) = PromptSplit.Split(verdicts, verdict => verdict.Prompt, options.HeldOut, options.Seed);
        steps.Add(new("split", FormattableString.Invariant($"by prompt, seed {options.Seed}, expected share held out {options.HeldOut}; no prompt is on both sides: {train.Count} to train, {heldOut.Count} held out")));
        var files = new List<DataFile>();
        IReadOnlyList<TrlPreference>[] splits = SameForm([VerdictWriter.ToPairs(train).Pairs, VerdictWriter.ToPairs(heldOut).Pairs], steps);
        if (splits[0].Count == 0)
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"{(splits[1].Count == 1 ? "The only pair is" : $"All {splits[1].Count} pairs are")} held out, and none is left to train on; lower --held-out or take another --seed."));
        string Place(int split, string ending) => Path.Combine(options.Output, Splits[split] + ending);
        TrlParquetWriter.WriteSplits([.. splits.Select((pairs, split) => (Place(split, ".parquet"), pairs))]);
        var columns = VerdictWriter.ColumnsOf([.. splits.SelectMany(pairs => pairs)]);
        foreach (var (pairs, split) in splits.Select((pairs, split) => (pairs, split)))
        {
            TrlPreferenceWriter.WriteFile(Place(split, ".jsonl"), pairs);
            // A split of nothing cannot be loaded.
            if (pairs.Count > 0)
                files.Add(DataFile.Of(Place(split, ".parquet"), Splits[split] + ".parquet", Splits[split], pairs.Count, columns));
        }

        steps.Add(new("ties left out", "a tie has no better side", verdicts.Count, splits.Sum(pairs => pairs.Count)));
        steps.Add(
            new("written", "the same pairs as Parquet, which this card describes, and as JSON Lines for people and tools that read text"));
        return files;
    }

    // Texts and conversations cannot stand in one column of one data set.
    private static IReadOnlyList<TrlPreference>[] SameForm(IReadOnlyList<TrlPreference>[] splits, List<ProcessingStep> steps)
    {
        static bool IsConversation(TrlPreference pair) => new[] { pair.Prompt, pair.Chosen, pair.Rejected }.Any(part => part.Messages is not null);
        static Passage Message(Passage part, string role) => part.Messages is null ? Passage.FromMessages([new(role, part.ToPlainText())]) : part;
        var all = splits.SelectMany(pairs => pairs).ToList();
        if (!all.Any(IsConversation) || all.TrueForAll(IsConversation))
            return splits;
        steps.Add(new("texts written as conversations", "some prompts are conversations, and a column has one type", all.Count(pair => !IsConversation(pair)), all.Count(pair => !IsConversation(pair))));
        return [.. splits.Select(IReadOnlyList<TrlPreference> (pairs) => [.. pairs.Select(pair => pair with
        {
            Prompt = Message(pair.Prompt, "user"), Chosen = Message(pair.Chosen, "assistant"), Rejected = Message(pair.Rejected, "assistant"),
        })])];
    }

    private static IEnumerable<Judgement> Pseudonyms(IReadOnlyList<Judgement> judgements)
    {
        var names = judgements.Select(judgement => judgement.Annotator).OfType<string>().Distinct(StringComparer.Ordinal)
            .Select((name, index) => (name, Pseudonym: FormattableString.Invariant($"annotator-{index + 1}")))
            .ToDictionary(one => one.name, one => one.Pseudonym, StringComparer.Ordinal);
        return judgements.Select(
            judgement => (judgement.Annotator is null ? judgement : judgement with { Annotator = names[judgement.Annotator] }) with
            {
                Extra = judgement.Extra.Any(Addresses)
                    ? judgement.Extra.Where(extra => !Addresses(extra)).ToDictionary(StringComparer.Ordinal)
                    : judgement.Extra,
            });
    }

    // Paid editions write who reviewed and commented. What was shown to annotators ("data.") is not theirs.
    private static bool Addresses(KeyValuePair<string, string> extra) =>
        extra.Value.Contains('@', StringComparison.Ordinal) && !extra.Key.StartsWith("data.", StringComparison.Ordinal);

    private static Provenance Describe(
        PairsOptions options, JudgementSource source, QualityReport report, IReadOnlyList<Judgement> judgements)
    {
        AgreementFigure Figure(string name, PreferenceTuning.Feedback.Statistics.Statistic statistic, string basis) =>
            new(name, statistic.Value, statistic.Low, statistic.High, statistic.UndefinedReason ?? basis);
        return new Provenance
        {
            Name = options.Name,
            Facts = PreferenceTuning.Feedback.Provenance.JudgementFacts.Count(judgements),
            Agreement =
            [
                Figure("Krippendorff's alpha, nominal", report.Alpha, "after what was left out; interval leaves out one prompt at a time"),
                Figure("percent agreement", report.PercentAgreement, "after what was left out; pairs of answers to one item"),
                Figure("known answers right", report.GoldAccuracy, "after what was left out"),
            ],
            Description = options.Description,
            RawData = "judgements.jsonl holds every judgement under pseudonyms, skipped ones and known answers included.",
            Platform = source.LabelStudio ? "Label Studio" : null,
            Sources = [.. source.Beside.Select(file => new DataSource(file.Name, file.Sha256))],
        }.From(source.Input, judgements.Count).FromEnvironment(ProcessVariables.All());
    }

    private static void Tell(PairsOptions options, List<ProcessingStep> steps, TextWriter output)
    {
        foreach (var step in steps)
            output.WriteLine(Said(step));
        output.WriteLine(
            $"Data set: {options.Output} (train and test as .jsonl and .parquet, README.md, croissant.json, judgements.jsonl)");
        output.WriteLine("Train on it:");
        output.WriteLine(
            $"  dotnet run -c Release --project samples/01-opossum -- --judgements {Path.Combine(options.Output, "train.jsonl")}");
    }

    private static string Said(ConversionNote note) =>
        string.Create(CultureInfo.InvariantCulture, $"{note.Message} ({note.Count} {(note.Count == 1 ? "time" : "times")})");

    private static string Said(ProcessingStep step) => $"{step.Name}: {step.Detail}" + (
        step.After is { } after ? string.Create(CultureInfo.InvariantCulture, $" ({step.Before ?? after} to {after})") : "");
}
