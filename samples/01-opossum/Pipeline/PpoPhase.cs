using System.Globalization;
using System.Text.Json.Nodes;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Models;
using PreferenceTuning.Optimization;
using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Trainers;

namespace Opossum.Pipeline;

/// <summary>One round's tuning: what it works with.</summary>
/// <param name="Round">From 1.</param>
/// <param name="Policy">Trained in place.</param>
/// <param name="Original">The frozen copy that it may not run away from.</param>
/// <param name="Unfinished">Where interrupted work is kept.</param>
internal sealed record TuningRound(int Round, PolicyModel Policy, PolicyModel Original, UnfinishedWork Unfinished);

/// <summary>Tunes a policy with PPO against a reward model, held by a KL penalty to a frozen reference.</summary>
internal sealed class PpoPhase(Codec codec, JobSettings settings, IReadOnlyList<string> prompts, long seed, bool klOn)
{
    private const int CheckpointEvery = 10;

    /// <summary>Where the controller aims, or null without one.</summary>
    public double? KlTarget => klOn ? settings.KlTarget : null;

    /// <summary>Runs all iterations that are still to do. When cancelled, what is done is saved first.</summary>
    public void Run(TuningRound round, RewardModel reward, TuningLog log, IPhaseProgress progress, CancellationToken cancellationToken)
    {
        using var value = ValueModel.Detached(round.Policy, ScoreHead.Zero(round.Policy.Decoder));
        using var optimizer = new AdamW([.. round.Policy.Parameters, .. value.Parameters]);
        var found = round.Unfinished.Newest();
        var kl = Controller(found?.State.GetProperty("klCoefficient").GetDouble() ?? settings.KlCoefficient);
        var trainer = Trainer(round, value, reward, kl, optimizer);
        if (found is not null)
        {
            TrainingState.Restore(found, optimizer);
            trainer.Resume(found.State.GetProperty("iteration").GetInt64(), found.State.GetProperty("episodes").GetInt64());
        }

        TrainingLoop.Run(trainer.Iteration, settings.PpoIterations, Step, Save, CheckpointEvery, cancellationToken: cancellationToken);

        PpoMetrics Step(CancellationToken cancellation)
        {
            var metrics = trainer.Step(Prompts(trainer.Iteration, round.Round), cancellation);
            log.Write(round.Round, trainer.Iteration, metrics, KlTarget);
            progress.Report((int)trainer.Iteration, settings.PpoIterations, Detail(metrics));
            return metrics;
        }

        void Save(long iteration) => round.Unfinished.Save(iteration, optimizer, new JsonObject
        {
            ["iteration"] = iteration,
            ["episodes"] = trainer.Episodes,
            ["klCoefficient"] = kl.Coefficient,
        });
    }

    private KlController Controller(double coefficient) =>
        klOn ? new AdaptiveKlController(coefficient, settings.KlTarget, settings.KlHorizon) : new FixedKlController(0);

    private PpoTrainer Trainer(TuningRound round, ValueModel value, RewardModel reward, KlController kl, AdamW optimizer)
    {
        IRewardFunction scores = codec.Excerpts
            ? new ExcerptScores(reward, codec)
            : MissingEndPenalty.Subtract(new RewardModelFunction(reward), settings.MissingEndPenalty);
        scores = settings.ScoreLimit is { } limit ? new ClippedRewardFunction(scores, limit) : scores;
        var engine = new RolloutEngine(round.Policy, Answering.Options(codec, settings));
        var options = new PpoOptions
        {
            Epochs = settings.PpoEpochs,
            MiniBatches = settings.PpoMiniBatches,
            ValueCoefficient = 0.5,
            MicroBatchTokens = 8192,
            Seed = (ulong)(seed + round.Round),
        };
        return new PpoTrainer(
            round.Policy, round.Original, value, engine, scores, kl, optimizer, Rate, options,
            PpoRecipe.Default with { Lambda = settings.PpoLambda });
    }

    // Falls to a tenth: late iterations hold the KL instead of exploring.
    private double Rate(long iteration) =>
        settings.PpoLearningRate * LearningRateSchedules.Linear(iteration, 0, (long)(settings.PpoIterations * 1.1));

    private PromptBatch Prompts(long iteration, int round)
    {
        var first = iteration * settings.PpoEpisodes;
        var asked = Enumerable.Range(0, settings.PpoEpisodes)
            .Select(i => (IReadOnlyList<int>)codec.Prompt(prompts[(int)((first + i) % prompts.Count)])).ToArray();
        return PromptBatch.Create(asked, (ulong)(seed + (1000L * round)), first);
    }

    private static string Detail(PpoMetrics metrics) => string.Create(CultureInfo.InvariantCulture,
        $"score {metrics.Scores:0.00}, KL {metrics.Kl:0.00} nats at {metrics.KlCoefficient:0.000}, {metrics.ResponseLength:0.0} tokens");
}
