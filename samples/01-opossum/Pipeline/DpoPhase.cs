using System.Globalization;
using System.Text.Json.Nodes;
using Opossum.Annotators;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Data;
using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Optimization;
using PreferenceTuning.Trainers;

namespace Opossum.Pipeline;

/// <summary>
/// Tunes a policy on the same judgements without a reward model. DPO has no controller, so it is stopped when the KL that it is
/// meant to reach is measured.
/// </summary>
internal sealed class DpoPhase(Codec codec, JobSettings settings, IReadOnlyList<string> prompts, Measuring measuring, long seed)
{
    private const int CheckpointEvery = 50;
    private const int MeasureEvery = 5;
    private const int MeasuredPrompts = 48;

    /// <summary>Most steps that will be done on so many pairs.</summary>
    public int Steps(int pairs) => Math.Max(1, settings.DpoEpochs * pairs / settings.DpoBatch);

    /// <summary>Runs until the KL is reached or the epochs are over. When cancelled, what is done is saved first.</summary>
    public void Run(
        TuningRound round, IReadOnlyList<ChosenRejected> pairs, TuningLog log, IPhaseProgress progress, CancellationToken cancellationToken)
    {
        var examples = DpoTrainer.WithReference(
            round.Original, [.. pairs.Select(pair => Example(codec, pair))], cancellationToken: cancellationToken);
        var steps = Steps(examples.Count);
        using var optimizer = new AdamW(round.Policy.Parameters);
        var trainer = new DpoTrainer(
            round.Policy, reference: null, (policy, reference) => PreferenceLosses.Sigmoid(policy, reference, settings.DpoBeta), optimizer,
            step => settings.DpoLearningRate * LearningRateSchedules.Linear(step, 5, steps));
        var sampler = new SeededSampler(examples.Count, (ulong)(seed + round.Round));
        if (round.Unfinished.Newest() is { } found)
        {
            TrainingState.Restore(found, optimizer);
            trainer.Resume(found.State.GetProperty("step").GetInt64());
            sampler.Next((int)trainer.StepCount * settings.DpoBatch);
            steps = found.State.GetProperty("done").GetBoolean() ? (int)trainer.StepCount : steps;
        }

        string[] asked = [.. prompts.Take(MeasuredPrompts)];
        var done = false;
        TrainingLoop.Run(
            trainer.StepCount, steps, _ => Step(), Save, CheckpointEvery, enough: _ => done, cancellationToken: cancellationToken);

        DpoMetrics Step()
        {
            var metrics = trainer.Step([.. sampler.Next(settings.DpoBatch).Select(row => examples[row])]);
            done = trainer.StepCount == steps;
            if (trainer.StepCount % MeasureEvery == 0 || done)
            {
                // Not cancelled: the step is done, and a resumed run would not measure it again.
                var kl = measuring.Kl(round.Policy, round.Original, asked, (ulong)(5000 + trainer.StepCount), CancellationToken.None);
                done |= kl >= settings.KlTarget;
                log.Write(round.Round, trainer.StepCount, metrics, kl, settings.KlTarget);
                progress.Report((int)trainer.StepCount, steps, string.Create(CultureInfo.InvariantCulture,
                    $"loss {metrics.Loss:0.000}, right {metrics.Accuracy:0.00}, KL {kl:0.00} nats"));
            }

            return metrics;
        }

        void Save(long step) => round.Unfinished.Save(step, optimizer, new JsonObject { ["step"] = step, ["done"] = done });
    }

    /// <summary>Share of pairs whose chosen answer has the higher implicit reward.</summary>
    public static double Accuracy(Codec codec, PolicyModel policy, PolicyModel original, IReadOnlyList<ChosenRejected> pairs)
    {
        PairExample[] examples = [.. pairs.Select(pair => Example(codec, pair))];
        var tuned = DpoTrainer.WithReference(policy, examples);
        var before = DpoTrainer.WithReference(original, examples);
        var right = tuned.Zip(before).Count(both =>
            both.First.Reference!.Chosen - both.Second.Reference!.Chosen > both.First.Reference.Rejected - both.Second.Reference.Rejected);
        return right / (double)Math.Max(1, examples.Length);
    }

    private static PairExample Example(Codec codec, ChosenRejected pair) =>
        new(codec.Prompt(pair.Prompt), codec.Answer(pair.Chosen), codec.Answer(pair.Rejected));
}
