using Opossum.Annotators;
using Opossum.Measures;
using PreferenceTuning.Feedback.Provenance;

namespace Opossum.Report;

/// <summary>Everything that a run leaves for its report: plain numbers and texts, no tensors.</summary>
internal sealed record RunResult
{
    public required RunSettings Settings { get; init; }

    public required Summary Summary { get; init; }

    public required BaseModelFacts BaseModel { get; init; }

    public required CandidateFacts Candidates { get; init; }

    public required JudgementFacts Judgements { get; init; }

    /// <summary>Null where no reward model is trained (DPO).</summary>
    public RewardFacts? Reward { get; init; }

    /// <summary>One point for each iteration (PPO) or logged step (DPO), in order, over all rounds.</summary>
    public required IReadOnlyList<TuningPoint> Tuning { get; init; }

    /// <summary>What answers to held-out prompts are worth to the simulated truth, before and after.</summary>
    public required BeforeAfter Utilities { get; init; }

    /// <summary>What the reward model gives the same answers, or null where there is none.</summary>
    public BeforeAfter? Scores { get; init; }

    public required IReadOnlyList<SamplePair> Samples { get; init; }

    /// <summary>Name to SHA-256 of the files in the output folder, for the reproduction section.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();
}

/// <summary>How a run was asked for.</summary>
internal sealed record RunSettings
{
    /// <summary>As a user would type it.</summary>
    public required string CommandLine { get; init; }

    /// <summary>What is preferred: "memes", "biology homework", a trait, or whatever a file prefers.</summary>
    public required string Wanted { get; init; }

    /// <summary>What the judge behind the comparisons counts as better: "memes", "biology homework" or "texts with ...".</summary>
    public required string Compared { get; init; }

    /// <summary>"ppo" or "dpo".</summary>
    public required string Method { get; init; }

    /// <summary>False with <c>--kl off</c>.</summary>
    public bool KlOn { get; init; } = true;

    public int Rounds { get; init; } = 1;

    /// <summary>Where judgements were read from, or null where annotators were simulated.</summary>
    public string? JudgementFile { get; init; }

    /// <summary>A pretrained model's folder, or null for the model that the sample trains itself.</summary>
    public string? Model { get; init; }

    /// <summary>A short setting for continuous integration, whose numbers mean little.</summary>
    public bool Short { get; init; }

    /// <summary>Whether the numbers are invented to look at the layout.</summary>
    public bool Preview { get; init; }
}

/// <summary>A point of a curve.</summary>
internal readonly record struct CurvePoint(double Step, double Value);

/// <summary>The model before any preference.</summary>
/// <param name="Description">"GPT-2 architecture, 4 layers x 128".</param>
/// <param name="Parameters">Number of weights.</param>
/// <param name="Vocabulary">Number of tokens.</param>
/// <param name="Documents">Training documents, or 0 for a model that is not ours.</param>
/// <param name="Loss">Training loss by step, nats per token; empty for a model that is not ours, or where an old cache kept none.</param>
/// <param name="FromCache">Whether it was trained in an earlier run.</param>
internal sealed record BaseModelFacts(
    string Description, long Parameters, int Vocabulary, int Documents, IReadOnlyList<CurvePoint> Loss, bool FromCache);

/// <summary>How questions and answers came about.</summary>
/// <param name="TuningPrompts">Prompts that candidates were written for.</param>
/// <param name="HeldOutPrompts">Prompts that nothing was tuned on.</param>
/// <param name="Answers">Candidates in all rounds.</param>
/// <param name="Temperature">Of the sampling.</param>
/// <param name="MaxTokens">Longest answer.</param>
internal sealed record CandidateFacts(int TuningPrompts, int HeldOutPrompts, int Answers, double Temperature, int MaxTokens);

/// <summary>What people (or their stand-ins) said.</summary>
internal sealed record JudgementFacts
{
    public required JudgementReport Report { get; init; }

    /// <summary>What they were told; null where a file of judgements does not say.</summary>
    public Instructions? Instructions { get; init; }

    /// <summary>Who they were meant to be; empty for people.</summary>
    public IReadOnlyList<AnnotatorProfile> Profiles { get; init; } = [];

    /// <summary>Pairs and rankings that were trained on, and that were held out.</summary>
    public required int UsedForTraining { get; init; }

    public required int HeldOut { get; init; }

    /// <summary>What was left out, in sentences, with numbers.</summary>
    public IReadOnlyList<string> Dropped { get; init; } = [];

    /// <summary>What a file said that its reader could not keep, left out or noticed.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The file that the judgements were read from; null where annotators were simulated.</summary>
    public DataSource? Source { get; init; }

    /// <summary>Pay by the hour, EUR; null where not known.</summary>
    public double? HourlyPay { get; init; }
}

/// <summary>The reward model.</summary>
/// <param name="HeldOut">Accuracy and calibration on held-out pairs.</param>
/// <param name="Loss">Training loss by step, nats.</param>
/// <param name="Mean">Mean score on samples of the base model before normalisation.</param>
/// <param name="Deviation">Standard deviation of the same.</param>
internal sealed record RewardFacts(Calibration HeldOut, IReadOnlyList<CurvePoint> Loss, double Mean, double Deviation)
{
    /// <summary>Share of the pairs of the last epoch of training that were ordered as people did; NaN where not measured.</summary>
    public double TrainingAccuracy { get; init; } = double.NaN;

    /// <summary>Share of the held-out pairs whose better answer is the longer one; NaN where not measured.</summary>
    public double LongerIsBetter { get; init; } = double.NaN;
}

/// <summary>Numbers of one iteration of tuning; null where a method has no such number.</summary>
internal sealed record TuningPoint
{
    public required int Round { get; init; }

    /// <summary>Counted over all rounds, from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>Mean score of the answers, in standard deviations of the base model's answers.</summary>
    public double? Reward { get; init; }

    /// <summary>Nats per response.</summary>
    public required double Kl { get; init; }

    public double? KlTarget { get; init; }

    public double? KlCoefficient { get; init; }

    public double? ValueLoss { get; init; }

    /// <summary>Nats per token.</summary>
    public double? Entropy { get; init; }

    /// <summary>Mean length of a response, tokens.</summary>
    public double? Length { get; init; }

    /// <summary>Share of answers that the model ended itself.</summary>
    public double? EndedShare { get; init; }

    /// <summary>The preference loss (DPO), nats.</summary>
    public double? PreferenceLoss { get; init; }

    /// <summary>Share of training pairs that the implicit reward orders as people did (DPO).</summary>
    public double? PairAccuracy { get; init; }
}

/// <summary>The same number for answers of the original and of the tuned model.</summary>
internal sealed record BeforeAfter(IReadOnlyList<double> Before, IReadOnlyList<double> After);

/// <summary>One question with an answer of each model.</summary>
/// <param name="Prompt">The question.</param>
/// <param name="HeldOut">Whether nothing was tuned on it.</param>
/// <param name="Before">The original model's answer.</param>
/// <param name="After">The tuned model's answer.</param>
/// <param name="UtilityBefore">Its worth to the simulated truth, 0 to 5.</param>
/// <param name="UtilityAfter">The same for the other answer.</param>
internal sealed record SamplePair(string Prompt, bool HeldOut, string Before, string After, double UtilityBefore, double UtilityAfter);
