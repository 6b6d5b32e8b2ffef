using Opossum.Measures;
using PreferenceTuning.Models;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Trainers;
using static TorchSharp.torch;

namespace Opossum.Pipeline;

/// <summary>What a finished run is measured by.</summary>
internal sealed record Measurement
{
    public required Evaluation Evaluation { get; init; }

    /// <summary>Nats per response, of the tuned model's own answers to held-out prompts.</summary>
    public required double KlPerResponse { get; init; }

    public required double PerplexityRatio { get; init; }

    public required double PerplexityRatioAll { get; init; }

    public required IReadOnlyList<AnswerSet> Answers { get; init; }
}

/// <summary>Compares a tuned model with the one it came from, on prompts and texts that nothing was tuned on.</summary>
internal sealed class Measuring(Codec codec, JobSettings settings, Scene scene, long seed)
{
    // Different numbers, so that no two sets of answers are drawn alike.
    private const ulong BaseSeed = 101;
    private const ulong ControlSeed = 202;
    private const ulong TunedSeed = 303;

    public Measurement Run(PolicyModel original, PolicyModel tuned, CancellationToken cancellationToken)
    {
        var prompts = scene.HeldOutPrompts;
        var before = Texts(original, BaseSeed, cancellationToken);
        var again = Texts(original, ControlSeed, cancellationToken);
        using var rollouts = Rollouts(tuned, prompts, TunedSeed, cancellationToken);
        var after = Enumerable.Range(0, rollouts.Count).Select(row => codec.Text(rollouts.ResponseTokens(row)))
            .Chunk(settings.AnswersPerPrompt).ToArray();
        AnswerSet[] answers = [.. prompts.Select((prompt, i) => new AnswerSet(prompt, before[i], again[i], after[i]))];
        return new Measurement
        {
            Evaluation = Evaluation.Of(answers, scene.Judge, seed),
            KlPerResponse = Kl(rollouts, original),
            PerplexityRatio = Perplexity(tuned, scene.PreferredTexts) / Perplexity(original, scene.PreferredTexts),
            PerplexityRatioAll = Perplexity(tuned, scene.AllTexts) / Perplexity(original, scene.AllTexts),
            Answers = answers,
        };
    }

    /// <summary>KL of a model from the original on its own answers to some prompts, nats per response (k1).</summary>
    public double Kl(
        PolicyModel tuned, PolicyModel original, IReadOnlyList<string> prompts, ulong drawSeed, CancellationToken cancellationToken)
    {
        using var rollouts = Rollouts(tuned, prompts, drawSeed, cancellationToken);
        return Kl(rollouts, original);
    }

    private static double Kl(RolloutBatch rollouts, PolicyModel original)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        double sum = 0;
        foreach (var rows in Enumerable.Range(0, rollouts.Count).Chunk(64))
        {
            using var micro = NewDisposeScope();
            var part = rollouts.Rows(rows);
            var reference = original.LogProbs(part.SequenceIds(), part.SequenceMask(), part.ResponseMask).LogProbs;
            sum += (part.OldLogProbs - reference).masked_fill(part.ResponseMask.logical_not(), 0).sum().item<float>();
        }

        return sum / rollouts.Count;
    }

    private RolloutBatch Rollouts(PolicyModel model, IReadOnlyList<string> prompts, ulong drawSeed, CancellationToken cancellationToken) =>
        new RolloutEngine(model, Answering.Options(codec, settings, settings.AnswersPerPrompt))
            .Generate(PromptBatch.Create([.. prompts.Select(codec.Prompt)], (ulong)seed + drawSeed), cancellationToken);

    private string[][] Texts(PolicyModel model, ulong drawSeed, CancellationToken cancellationToken) =>
        [.. Answering.Answer(
            model, codec, settings, scene.HeldOutPrompts, settings.AnswersPerPrompt, (ulong)seed + drawSeed, cancellationToken)
            .Select(answers => answers.Select(answer => answer.Text).ToArray())];

    private double Perplexity(PolicyModel model, IReadOnlyList<HeldOutText> texts) => Math.Exp(SftTrainer.Evaluate(
        model, [.. texts.Select(text => new SupervisedExample(codec.Sequence(text.Prompt, text.Answer), codec.Prompt(text.Prompt).Length))]));
}
