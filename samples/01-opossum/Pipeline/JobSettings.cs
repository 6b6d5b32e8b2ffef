using Opossum.World;

namespace Opossum.Pipeline;

/// <summary>The sizes and rates of the main job. The defaults fit two cores and five minutes.</summary>
internal sealed record JobSettings
{
    /// <summary>Documents of the training corpus.</summary>
    public int Documents { get; init; } = 12_000;

    /// <summary>Passes over the corpus.</summary>
    public int BaseEpochs { get; init; } = 3;

    public int VocabularySize { get; init; } = 2_000;

    public int HiddenSize { get; init; } = 128;

    public int Layers { get; init; } = 4;

    public int Heads { get; init; } = 4;

    public int ContextLength { get; init; } = 96;

    /// <summary>Documents in one optimizer step of the base model.</summary>
    public int BaseBatch { get; init; } = 32;

    public double BaseLearningRate { get; init; } = 3e-3;

    /// <summary>Most tokens of an answer.</summary>
    public int MaxNewTokens { get; init; } = 48;

    /// <summary>Items that annotators judge, each with two to four candidates.</summary>
    public int Items { get; init; } = 900;

    /// <summary>Answers written for each item, of which the first two to four are candidates.</summary>
    public int DrawnAnswers { get; init; } = 4;

    /// <summary>Items with a known answer among them.</summary>
    public int GoldItems { get; init; } = 24;

    /// <summary>Share of the prompts whose judgements test the reward model.</summary>
    public double HeldOutShare { get; init; } = 0.15;

    public int RewardEpochs { get; init; } = 3;

    public int RewardBatch { get; init; } = 32;

    public double RewardLearningRate { get; init; } = 4e-4;

    /// <summary>Answers of the base model over which scores are normalised to mean 0 and deviation 1.</summary>
    public int NormalisationAnswers { get; init; } = 256;

    public int PpoIterations { get; init; } = 90;

    /// <summary>Answers in one iteration.</summary>
    public int PpoEpisodes { get; init; } = 96;

    public double PpoLearningRate { get; init; } = 2e-4;

    public int PpoEpochs { get; init; } = 3;

    public int PpoMiniBatches { get; init; } = 1;

    /// <summary>
    /// Decay of the advantage estimator (GAE's lambda). With a value function that knows little, a token t before the end gets this to the
    /// power t of what the whole answer earned: at 0.95 half of it after 14 tokens, a sixtieth after 80.
    /// </summary>
    public double PpoLambda { get; init; } = 0.95;

    /// <summary>Where the controller holds the KL, nats per response.</summary>
    public double KlTarget { get; init; } = 2.6;

    /// <summary>The penalty that the controller starts from, score per nat.</summary>
    public double KlCoefficient { get; init; } = 0.2;

    /// <summary>Episodes in which the controller can change the penalty by a factor of e at its clip.</summary>
    public double KlHorizon { get; init; } = 800;

    /// <summary>
    /// What an answer without an end costs, in deviations of the base model's scores. Excerpts have none and pay nothing.
    /// </summary>
    public double MissingEndPenalty { get; init; } = 1.5;

    /// <summary>
    /// Scores count within plus and minus this, in deviations of the base model's scores; null for no limit. Where the base model rarely
    /// does what is preferred, an answer that does lies some deviations out, and saying the same thing twice would earn still more.
    /// </summary>
    public double? ScoreLimit { get; init; }

    /// <summary>Most passes over the pairs: tuning stops where the KL reaches the target.</summary>
    public int DpoEpochs { get; init; } = 8;

    public int DpoBatch { get; init; } = 32;

    public double DpoLearningRate { get; init; } = 1.5e-4;

    public double DpoBeta { get; init; } = 0.3;

    /// <summary>Held-out prompts on which the result is measured.</summary>
    public int EvaluationPrompts { get; init; } = 160;

    /// <summary>Answers of each model to each of them.</summary>
    public int AnswersPerPrompt { get; init; } = 2;

    /// <summary>Texts of a pretrained model that say what is readable, and as many that measure perplexity.</summary>
    public int OwnTexts { get; init; } = 960;

    /// <summary>
    /// For a pretrained model of a few hundred thousand weights that tells stories. A story is longer than an answer here, so nothing is
    /// charged for a missing end. To go from one story in twenty to nearly all costs more nats than to go from one in five.
    /// </summary>
    public static JobSettings Pretrained { get; } = new()
    {
        MaxNewTokens = 80, Items = 1200, DrawnAnswers = 8, GoldItems = 0, RewardEpochs = 3, RewardLearningRate = 4e-4, PpoIterations = 40, PpoEpisodes = 192,
        PpoLearningRate = 1.5e-4, PpoLambda = 1, ScoreLimit = 2, KlTarget = 6, KlCoefficient = 0.3, KlHorizon = 800,
        DpoEpochs = 8, EvaluationPrompts = 120, DpoLearningRate = 1e-4, DpoBeta = 0.2,
    };

    /// <summary>The settings of a run.</summary>
    /// <param name="pretrained">Whether the model was not made here.</param>
    /// <param name="isShort">Only to see that everything runs.</param>
    /// <param name="prefer">The style that the annotators prefer.</param>
    public static JobSettings For(bool pretrained, bool isShort, Style prefer) => (pretrained, isShort) switch
    {
        // Four answers in five are biology before any tuning: what is left to learn costs less than a nat.
        (false, false) => prefer == Style.Biology ? new JobSettings { KlTarget = 0.65 } : new JobSettings(),
        (false, true) => Short,
        (true, false) => Pretrained,
        (true, true) => Pretrained with
        {
            Items = 160, RewardEpochs = 1, NormalisationAnswers = 32, PpoIterations = 3, PpoEpisodes = 16, EvaluationPrompts = 12, DpoEpochs = 1,
            OwnTexts = 240,
        },
    };

    /// <summary>A setting for a check that everything runs; its numbers mean nothing.</summary>
    public static JobSettings Short { get; } = new()
    {
        Documents = 2_000, BaseEpochs = 1, Items = 120, GoldItems = 9, RewardEpochs = 1, NormalisationAnswers = 64,
        PpoIterations = 6, PpoEpisodes = 32, EvaluationPrompts = 24, DpoEpochs = 1,
    };
}
