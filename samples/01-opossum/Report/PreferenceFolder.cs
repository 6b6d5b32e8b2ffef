using System.Text;
using Opossum.Annotators;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;
using PreferenceTuning.Feedback.Provenance;

namespace Opossum.Report;

/// <summary>
/// The preference data as others can use them: <c>judgements.jsonl</c> (everything that was said, nothing left out), <c>train.jsonl</c> and
/// <c>test.jsonl</c> (pairs of prompt, chosen, rejected), and <c>README.md</c>, the dataset card that shows the work.
/// </summary>
internal static class PreferenceFolder
{
    private static readonly (string, string)[] PairColumns = [("prompt", "sc:Text"), ("chosen", "sc:Text"), ("rejected", "sc:Text")];

    /// <summary>Writes the four files.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="run">How the data came about.</param>
    /// <param name="judgements">Everything, skips and gold items included.</param>
    /// <param name="training">What was trained on.</param>
    /// <param name="heldOut">What was held out.</param>
    public static void Write(
        string folder, RunResult run, IReadOnlyList<Judgement> judgements, IReadOnlyList<Judgement> training, IReadOnlyList<Judgement> heldOut)
    {
        Directory.CreateDirectory(folder);
        JudgementJsonLines.WriteFile(Path.Combine(folder, "judgements.jsonl"), judgements);
        var files = new[] { WritePairs(folder, "train", training), WritePairs(folder, "test", heldOut) };
        var usable = training.Count + heldOut.Count;
        var provenance = Describe(run, judgements) with
        {
            Files = files,
            Steps =
            [
                new ProcessingStep("judging", "every judgement is kept in judgements.jsonl", After: judgements.Count(row => !row.Gold)),
                new ProcessingStep(
                    "selection", "skips, ties of everything and answers to gold items are not trained on", judgements.Count(row => !row.Gold), usable),
                new ProcessingStep("split", "by prompt, so that no prompt is on both sides", usable, training.Count),
                new ProcessingStep(
                    "pairs", "every two candidates of which one was ranked above the other; tied candidates give no pair", usable, files.Sum(file => file.Records)),
            ],
        };
        AtomicFile.Write(Path.Combine(folder, "README.md"), stream => stream.Write(Encoding.UTF8.GetBytes(DatasetCard.Render(provenance))));
    }

    private static DataFile WritePairs(string folder, string split, IReadOnlyList<Judgement> judgements)
    {
        var path = Path.Combine(folder, split + ".jsonl");
        var pairs = judgements.SelectMany(Comparisons.Pairs).Select(pair => new TrlPreference(pair.Prompt, pair.Chosen, pair.Rejected)).ToList();
        TrlPreferenceWriter.WriteFile(path, pairs);
        return DataFile.Of(path, split + ".jsonl", split, pairs.Count, PairColumns);
    }

    private static Provenance Describe(RunResult run, IReadOnlyList<Judgement> judgements)
    {
        var facts = PreferenceTuning.Feedback.Provenance.JudgementFacts.Count(judgements);
        var simulated = run.Settings.JudgementFile is null;
        var known = new Provenance
        {
            Name = simulated
                ? $"{(run.Settings.Model is null ? "What is an opossum? " : "")}Preferences for {run.Settings.Wanted}"
                : "Preferences read from a file of judgements",
            Description = Description(run.Settings),
            Facts = facts,
            Instructions = run.Judgements.Instructions?.Text,
            InstructionVersion = run.Judgements.Instructions?.Version,
            Agreement = Agreement(run.Judgements.Report),
        };
        return simulated ? Simulated(known, run, facts) : Read(known, run, facts);
    }

    // Of a file that others made, only what it says and what was done with it here is known.
    private static Provenance Read(Provenance known, RunResult run, PreferenceTuning.Feedback.Provenance.JudgementFacts facts) => known with
    {
        Sources = run.Judgements.Source is { } source ? [source] : [],
        Purpose = "This is what the sample 01-opossum of PreferenceTuning used of a file of judgements; why those were made is not known.",
        PromptOrigin = "Those of the file that was read.",
        Limitations = "The answers were not checked for facts. Who judged is known as far as the file says." + Nameless(facts) + Left(run),
        RawData = "judgements.jsonl holds the judgements of the file, gold items and skips included, but for those that are left out for their length.",
    };

    private static string Nameless(PreferenceTuning.Feedback.Provenance.JudgementFacts facts) => facts.Unnamed == 0 ? ""
        : FormattableString.Invariant($" {facts.Unnamed} of {facts.Judgements} judgements do not say who made them; for agreement all such count as one annotator.");

    private static string Description(RunSettings settings) => settings switch
    {
        { JudgementFile: not null } => "What is used of a file of judgements that was not made here; its licence and its origin are those of the file.",
        { Model: not null } => "Continuations of beginnings of stories by a pretrained language model, and which of them annotators preferred.",
        _ => "Answers of a small language model to questions about animals, and which of them annotators preferred.",
    };

    private static string Left(RunResult run) => $" Left out: {string.Join(", ", run.Judgements.Dropped)}."
            + (run.Judgements.Notes.Count == 0 ? "" : $" The reader of the file notes: {string.Join("; ", run.Judgements.Notes)}.");

    private static Provenance Simulated(Provenance known, RunResult run, PreferenceTuning.Feedback.Provenance.JudgementFacts facts) =>
        known with
    {
        Version = "1.0.0",
        Languages = ["en"],
        Purpose = "Made by the sample 01-opossum of PreferenceTuning to show the whole way from prompts to a tuned model.",
        PromptOrigin = FormattableString.Invariant($"{run.Candidates.TuningPrompts} prompts of a seeded list (seed {run.Summary.Seed}), ") +
            $"{(run.Settings.Model is null ? "templates times animals" : "beginnings of stories times names")}; {run.Candidates.HeldOutPrompts} others are not in the data, to test with.",
        Limitations = "The answers are not checked for facts. Nobody judged: the annotators are a simulation with known errors.",
        Uses = "Learning how preference tuning works; tests of tools that read preference data.",
        OutOfScopeUses = $"Anything that needs {(run.Settings.Model is null ? "facts about animals" : "facts")}, or the opinion of people.",
        RawData = "judgements.jsonl holds every judgement, gold items and skips included.",
        License = "mit",
        Creators = ["PreferenceTuning, sample 01-opossum"],
        AnnotationsCreators = ["machine-generated"],
        Platform = "none: the sample asks its simulated annotators",
        AnnotatorSelection = $"{run.Judgements.Profiles.Count} simulated annotators: {string.Join("; ", run.Judgements.Profiles.Select(one => $"{one.Id} {one.Description}"))}.",
        AnnotatorTraining = run.Judgements.Report.Annotators.Any(one => one.Gold.Total > 0)
            ? "None. Gold items with known answers are mixed in unmarked."
            : "None.",
        AnnotatorDemographics = "Not people.",
        MachineAnnotation = "All judgements are simulated; no model's opinion was shown to anybody.",
        Pay = new PayRecord { Currency = "EUR", Amount = 0, Unit = PayUnit.Unpaid, MedianSeconds = facts.MedianSeconds },
        PersonalInformation = "None.",
        Biases = "The preference is the one that the sample was told to simulate." + (run.Settings.Model is null ? "" :
            " Every item holds texts with and without the trait, so the data has the trait more often than the model writes it."),
    };

    private static IReadOnlyList<AgreementFigure> Agreement(JudgementReport report)
    {
        var share = report.Agreement;
        return
        [
            new AgreementFigure(
                "Krippendorff's alpha, nominal", report.Alpha.Value, report.Alpha.Low, report.Alpha.High,
                report.Alpha.UndefinedReason ?? "pairs of candidates judged better, worse or tie; interval by bootstrap over prompts"),
            new AgreementFigure(
                "percent agreement", share.Total == 0 ? null : share.Value, share.Total == 0 ? null : share.Low, share.Total == 0 ? null : share.High,
                FormattableString.Invariant($"{share.Count} of {share.Total} times two annotators said the same about a pair of candidates")),
        ];
    }
}
