using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Opossum.Annotators;
using Opossum.Measures;
using Opossum.Report;
using Opossum.Terminal;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Models;

namespace Opossum.Pipeline;

/// <summary>Turns a finished run into its output folder: models, preference data, metrics, pictures, report, summary.</summary>
internal sealed class ResultFolder(
    RunOptions options, JobSettings settings, Scene scene, GivenJudgements? given, IReadOnlyList<string> dropped, ProgressConsole console)
{
    private static readonly string[] Hashed = ["tuned/model.safetensors", "reward/model.safetensors", "metrics.jsonl"];

    public (RunResult Run, string Page) Write(
        StartModel start, PolicyModel original, PolicyModel tuned, RewardOutcome? reward, IReadOnlyList<Judgement> judgements, TuningLog log,
        Measurement measured, CancellationToken cancellationToken)
    {
        Save("tuned", tuned.SavePretrained, start.Codec);
        if (reward is not null)
        {
            Save("reward", reward.Model.SavePretrained, start.Codec);
        }

        else
        {
            DeleteRewardOfAnotherRun();
        }

        var (training, heldOut) = Comparisons.Split(Comparisons.Usable(judgements), settings.HeldOutShare, options.Seed);
        var run = new RunResult
        {
            Settings = RunFacts(),
            Summary = Summarise(start, original, tuned, reward, heldOut, measured),
            BaseModel = start.Facts,
            Candidates = new CandidateFacts(
                scene.TuningPrompts.Count, scene.HeldOutPrompts.Count,
                judgements.SelectMany(one => one.Candidates.Select(candidate => one.ItemKey + candidate.Id)).Distinct().Count(), 1,
                settings.MaxNewTokens),
            Judgements = Facts(judgements, training, heldOut),
            Reward = reward is null ? null : new RewardFacts(
                Calibration.Of([.. reward.Numbers.Margins]), Curve(reward.Numbers.Losses), reward.Numbers.Mean, reward.Numbers.Deviation)
            {
                TrainingAccuracy = reward.Numbers.TrainingAccuracy, LongerIsBetter = reward.Numbers.LongerIsBetter,
            },
            Tuning = log.Points(),
            Utilities = new BeforeAfter(measured.Evaluation.UtilitiesBefore, measured.Evaluation.UtilitiesAfter),
            Scores = reward is null ? null : Scores(reward.Model, start.Codec, measured),
            Samples = Samples(start.Codec, original, tuned, cancellationToken),
            Files = Hashes(),
        };
        PreferenceFolder.Write(Path.Combine(options.Output, "preferences"), run, judgements, training, heldOut);
        return (run, ReportWriter.Write(run, options.Output)[0]);
    }

    private void Save(string name, Action<string> save, Codec codec)
    {
        var folder = Path.Combine(options.Output, name);
        save(folder);
        codec.Tokenizer.SavePretrained(folder);
    }

    // Beside a model tuned without one, it would seem to belong to it.
    private void DeleteRewardOfAnotherRun()
    {
        var model = Path.Combine(options.Output, "reward", "model.safetensors");
        if (File.Exists(model))
        {
            Directory.Delete(Path.GetDirectoryName(model)!, recursive: true);
        }
    }

    private RunSettings RunFacts() => new()
    {
        CommandLine = options.CommandLine,
        Wanted = options.Wanted,
        Compared = options.Compared,
        Method = options.Method == TuningMethod.Ppo ? "ppo" : "dpo",
        KlOn = options.Kl == KlMode.Adaptive,
        Rounds = options.Rounds,
        JudgementFile = options.Judgements,
        Model = options.Model,
        Short = options.Short,
    };

    private Summary Summarise(
        StartModel start, PolicyModel original, PolicyModel tuned, RewardOutcome? reward, IReadOnlyList<Judgement> heldOut, Measurement measured) => new()
    {
        WinRate = measured.Evaluation.Win.Value,
        WinRateLow = measured.Evaluation.Win.Low,
        WinRateHigh = measured.Evaluation.Win.High,
        BaseRate = measured.Evaluation.Control.Value,
        KlPerResponse = measured.KlPerResponse,
        KlTarget = options.Kl == KlMode.Adaptive ? settings.KlTarget : null,
        PerplexityRatio = measured.PerplexityRatio,
        PerplexityRatioAll = measured.PerplexityRatioAll,
        Distinct2Ratio = measured.Evaluation.Distinct2Ratio,
        PreferredShareBefore = measured.Evaluation.PreferredShareBefore,
        PreferredShareAfter = measured.Evaluation.PreferredShareAfter,
        RewardAccuracy = reward is not null
            ? Calibration.Of([.. reward.Numbers.Margins]).Accuracy
            : DpoPhase.Accuracy(start.Codec, tuned, original, [.. heldOut.SelectMany(Comparisons.Pairs)]),
        SecondsTotal = console.Total,
        Seconds = new Dictionary<string, double>(console.Seconds),
        PeakMegabytes = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6,
        Seed = options.Seed,
    };

    private JudgementFacts Facts(IReadOnlyList<Judgement> judgements, IReadOnlyList<Judgement> training, IReadOnlyList<Judgement> heldOut)
    {
        var report = JudgementReport.Of(judgements);
        var simulated = options.Judgements is null;
        return new JudgementFacts
        {
            Report = report,
            Instructions = simulated ? scene.Instructions : null,
            Profiles = simulated ? AnnotatorProfile.Default : [],
            UsedForTraining = training.Count,
            HeldOut = heldOut.Count,
            Dropped =
            [
                string.Create(CultureInfo.InvariantCulture,
                    $"{report.Judgements - training.Count - heldOut.Count} judgements that are skips, ties of everything or answers to gold questions"),
                .. dropped,
            ],
            Notes = given is null ? [] : JudgementFile.Notes(given.Reading),
            Source = given?.Source,
            HourlyPay = simulated ? 15 : null,
        };
    }

    private static BeforeAfter Scores(RewardModel reward, Codec codec, Measurement measured) => new(
        RewardPhase.Scores(reward, codec, [.. measured.Answers.SelectMany(set => set.Base.Select(answer => (set.Prompt, answer)))]),
        RewardPhase.Scores(reward, codec, [.. measured.Answers.SelectMany(set => set.Tuned.Select(answer => (set.Prompt, answer)))]));

    private IReadOnlyList<SamplePair> Samples(Codec codec, PolicyModel original, PolicyModel tuned, CancellationToken cancellationToken)
    {
        var before = Answering.Answer(original, codec, settings, scene.Shown, 1, (ulong)options.Seed + 404, cancellationToken);
        var after = Answering.Answer(tuned, codec, settings, scene.Shown, 1, (ulong)options.Seed + 505, cancellationToken);
        var tuning = scene.TuningPrompts.ToHashSet(StringComparer.Ordinal);
        return [.. scene.Shown.Select((prompt, i) => new SamplePair(
            prompt, !tuning.Contains(prompt), before[i][0].Text, after[i][0].Text,
            scene.Judge.Judge(prompt, before[i][0].Text).Utility, scene.Judge.Judge(prompt, after[i][0].Text).Utility))];
    }

    private Dictionary<string, string> Hashes() => Hashed
        .Where(name => File.Exists(Path.Combine(options.Output, name)))
        .ToDictionary(
            name => name, name => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(options.Output, name)))));

    private static IReadOnlyList<CurvePoint> Curve(IReadOnlyList<double> losses) =>
        [.. losses.Select((loss, i) => new CurvePoint(i + 1, loss))];
}
