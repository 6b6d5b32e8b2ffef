using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Opossum.Annotators;
using Opossum.Measures;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Data;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Models;
using PreferenceTuning.Optimization;
using PreferenceTuning.Trainers;

namespace Opossum.Pipeline;

/// <summary>What came of training the reward model.</summary>
/// <param name="Model">Normalised: base answers have mean 0 and deviation 1.</param>
/// <param name="Numbers">What was measured.</param>
internal sealed record RewardOutcome(RewardModel Model, RewardNumbers Numbers);

/// <summary>What training a reward model measured.</summary>
/// <param name="Margins">Score of the better answer minus that of the worse one, for each held-out pair, before normalisation.</param>
/// <param name="Losses">Training loss of each step, nats.</param>
/// <param name="Mean">Mean score of base answers before normalisation.</param>
/// <param name="Deviation">Standard deviation of the same.</param>
/// <param name="TrainingAccuracy">Share of the pairs of the last epoch that were ordered as people did, each before the step that learned
/// from it.</param>
/// <param name="LongerIsBetter">Share of the held-out pairs whose better answer has more letters, equal lengths half: what is right without
/// reading.</param>
internal sealed record RewardNumbers(
    IReadOnlyList<double> Margins, IReadOnlyList<double> Losses, double Mean, double Deviation, double TrainingAccuracy, double LongerIsBetter)
{
    /// <summary>How well people's order was learned, for the console.</summary>
    public string InWords()
    {
        var right = Share.Of(Margins.Count(margin => margin > 0), Margins.Count);
        return string.Create(CultureInfo.InvariantCulture,
            $"held-out pairs ordered as people did: {right.Count} of {right.Total} ({right.Value:P0}, 95 % interval {right.Low:P0} to {right.High:P0}{(right.Low <= 0.5 && right.High >= 0.5 ? ", a coin is in it" : "")}); " +
            $"always taking the longer answer: {LongerIsBetter:P0}; training pairs of the last epoch: {TrainingAccuracy:P0}");
    }
}

/// <summary>
/// Trains a reward model on judgements: pairs with Bradley-Terry, rankings with Plackett-Luce (the same loss; a pair is a ranking of two).
/// A pick of the best is trained on as pairs, and a pair that says how probable its order is (<c>chosen_probability</c>) with that soft label.
/// </summary>
internal static class RewardPhase
{
    private const int CheckpointEvery = 200;

    /// <summary>Steps that training on these judgements takes.</summary>
    public static int Steps(JobSettings settings, IReadOnlyList<Judgement> judgements, long seed) =>
        Steps(settings, Rankings(Comparisons.Split(Comparisons.Usable(judgements), settings.HeldOutShare, seed).Training).Count());

    private static int Steps(JobSettings settings, int groups) => Math.Max(1, settings.RewardEpochs * groups / settings.RewardBatch);

    /// <summary>Trains and measures. When training is cancelled, what is done is saved.</summary>
    public static RewardOutcome Run(
        PolicyModel original, Codec codec, UnfinishedWork unfinished, JobSettings settings, IReadOnlyList<Judgement> judgements,
        IReadOnlyList<string> normalisationPrompts, long seed, IPhaseProgress progress, CancellationToken cancellationToken)
    {
        var (training, heldOut) = Comparisons.Split(Comparisons.Usable(judgements), settings.HeldOutShare, seed);
        var model = RewardModel.FromDecoder(original.Decoder, seed);
        RankedExample[] groups = [.. Rankings(training).Select(ranking => Group(codec, ranking))];
        var (losses, accuracy) = Train(model, groups, unfinished, settings, seed, progress, cancellationToken);
        ChosenRejected[] unseen = [.. heldOut.SelectMany(Comparisons.Pairs)];
        double[] margins = [.. Margins(model, codec, unseen)];
        var (mean, deviation) = Normalise(model, original, codec, settings, normalisationPrompts, (ulong)seed, cancellationToken);
        return new RewardOutcome(model, new RewardNumbers(margins, losses, mean, deviation, accuracy, LongerIsBetter(unseen)));
    }

    /// <summary>Scores of answers to prompts.</summary>
    public static double[] Scores(RewardModel model, Codec codec, IReadOnlyList<(string Prompt, string Answer)> answers) =>
        [.. RewardScoring.Scores(model, [.. answers.Select(one => codec.Judged(one.Prompt, one.Answer))])];

    private static (List<double> Losses, double Accuracy) Train(
        RewardModel model, RankedExample[] groups, UnfinishedWork unfinished, JobSettings settings, long seed,
        IPhaseProgress progress, CancellationToken cancellationToken)
    {
        var steps = Steps(settings, groups.Length);
        using var optimizer = new AdamW(model.Parameters, new AdamWOptions { WeightDecay = 0.05 });
        var trainer = new RewardTrainer(
            model, RankingLosses.PlackettLuce(centering: 0.01), optimizer,
            step => settings.RewardLearningRate * LearningRateSchedules.Cosine(step, steps / 10, steps));
        var sampler = new SeededSampler(groups.Length, (ulong)seed);
        var (losses, accuracies) = (new List<double>(), new List<double>());
        if (unfinished.Newest() is { } found)
        {
            TrainingState.Restore(found, optimizer);
            trainer.Resume(found.Step);
            losses.AddRange(found.State.GetProperty("losses").Deserialize<double[]>()!);
            accuracies.AddRange(found.State.GetProperty("accuracies").Deserialize<double[]>()!);
            sampler.Next((int)found.Step * settings.RewardBatch);
        }

        TrainingLoop.Run(trainer.StepCount, steps, _ => Step(), Save, CheckpointEvery, cancellationToken: cancellationToken);
        return (losses, accuracies.TakeLast(Math.Max(1, steps / settings.RewardEpochs)).Average());

        RewardMetrics Step()
        {
            var metrics = trainer.Step([.. sampler.Next(settings.RewardBatch).Select(row => groups[row])]);
            losses.Add(metrics.Loss);
            accuracies.Add(metrics.Accuracy);
            progress.Report(losses.Count, steps, string.Create(
                CultureInfo.InvariantCulture, $"loss {metrics.Loss:0.000}, right {metrics.Accuracy:0.00}"));
            return metrics;
        }

        void Save(long step) => unfinished.Save(step, optimizer, new JsonObject
        {
            ["losses"] = JsonSerializer.SerializeToNode(losses),
            ["accuracies"] = JsonSerializer.SerializeToNode(accuracies),
        });
    }

    private static IEnumerable<RankedTexts> Rankings(IReadOnlyList<Judgement> judgements) => judgements.SelectMany(Comparisons.Rankings);

    private static RankedExample Group(Codec codec, RankedTexts texts) => new(
        [.. texts.Groups.SelectMany(group => group).Select(answer => codec.Judged(texts.Prompt, answer))],
        [.. texts.Groups.SelectMany((group, rank) => group.Select(_ => rank))],
        BetterProbability: texts.BetterProbability);

    private static IEnumerable<double> Margins(RewardModel model, Codec codec, IReadOnlyList<ChosenRejected> pairs)
    {
        var chosen = Scores(model, codec, [.. pairs.Select(pair => (pair.Prompt, pair.Chosen))]);
        var rejected = Scores(model, codec, [.. pairs.Select(pair => (pair.Prompt, pair.Rejected))]);
        return chosen.Zip(rejected, (better, worse) => better - worse);
    }

    private static double LongerIsBetter(ChosenRejected[] pairs) => pairs.Length == 0
        ? 0.5
        : pairs.Average(pair => pair.Chosen.Length > pair.Rejected.Length ? 1.0 : pair.Chosen.Length == pair.Rejected.Length ? 0.5 : 0);

    private static (double Mean, double Deviation) Normalise(
        RewardModel model, PolicyModel baseModel, Codec codec, JobSettings settings, IReadOnlyList<string> prompts, ulong seed, CancellationToken cancellationToken)
    {
        var asked = Enumerable.Range(0, settings.NormalisationAnswers).Select(i => prompts[i % prompts.Count]).ToArray();
        var answers = Answering.Answer(baseModel, codec, settings, asked, 1, seed + 77, cancellationToken);
        var scores = Scores(model, codec, [.. asked.Zip(answers, (prompt, answer) => (prompt, answer[0].Text))]);
        var mean = scores.Average();
        var deviation = Math.Sqrt(scores.Average(score => (score - mean) * (score - mean)));
        model.Normalize(mean, deviation);
        return (mean, deviation);
    }
}
