namespace PreferenceTuning.Metrics;

/// <summary>
/// The names under which this library reports numbers, as OpenAI's lm-human-preferences and TRL spell them where they have one.
/// Each is documented here, once: what it is, how it is estimated, in which unit. <c>docs/metrics.md</c> is this file as a table.
/// Every mean over tokens is over response tokens only (padding never counts).
/// </summary>
public static class MetricNames
{
    // Objective: What PPO maximises and what holds it back, measured over the responses of one rollout.

    /// <summary>
    /// How far the policy is from the frozen reference on its own responses.
    /// Estimator: mean over responses of the sum over response tokens of LogProbs - RefLogProbs (k1; Schulman 2020; Ziegler et al. 2019).
    /// Unit: nats per response.
    /// </summary>
    public const string ObjectiveKl = "objective/kl";

    /// <summary>
    /// The KL coefficient that shaped this rollout's rewards, before the controller's update.
    /// Estimator: exact. Unit: reward per nat.
    /// </summary>
    public const string ObjectiveKlCoefficient = "objective/kl_coef";

    /// <summary>Where an adaptive controller steers objective/kl. Estimator: exact, from the options. Unit: nats per response.</summary>
    public const string ObjectiveKlTarget = "objective/kl_target";

    /// <summary>
    /// How uncertain the policy was about its own responses.
    /// Estimator: mean over responses of the sum over response tokens of -LogProbs. Unit: nats per response.
    /// </summary>
    public const string ObjectiveEntropy = "objective/entropy";

    /// <summary>
    /// What the reward function thinks of the responses, before the KL penalty.
    /// Estimator: mean over responses. Unit: reward.
    /// </summary>
    public const string ObjectiveScores = "objective/scores";

    /// <summary>The spread of the scores. Estimator: population standard deviation over responses. Unit: reward.</summary>
    public const string ObjectiveScoresStd = "objective/scores_std";

    /// <summary>
    /// The KL penalty's part of the reward.
    /// Estimator: mean over responses of the sum over response tokens of -KlCoefficient * (LogProbs - RefLogProbs).
    /// Unit: reward per response.
    /// </summary>
    public const string ObjectiveNonScoreReward = "objective/non_score_reward";

    /// <summary>
    /// What is maximised: score and penalty together.
    /// Estimator: mean over responses of score + penalty. Unit: reward per response.
    /// </summary>
    public const string ObjectiveRlhfReward = "objective/rlhf_reward";

    // Policy: The policy update, averaged over all mini-batches of an iteration.

    /// <summary>
    /// How far the update moved from the policy that sampled.
    /// Estimator: half the masked mean over response tokens of (LogProbs - OldLogProbs)^2 (k2; Schulman 2020). Unit: nats per token.
    /// </summary>
    public const string PolicyApproxKl = "policy/approxkl";

    /// <summary>
    /// The share of tokens whose ratio was clipped.
    /// Estimator: masked mean over response tokens of [clipped loss &gt; unclipped loss]. Unit: share, 0 to 1.
    /// </summary>
    public const string PolicyClipFraction = "policy/clipfrac";

    /// <summary>
    /// The entropy of the next-token distribution.
    /// Estimator: masked mean over response tokens of the exact entropy over the vocabulary. Unit: nats per token.
    /// </summary>
    public const string PolicyEntropy = "policy/entropy";

    /// <summary>
    /// The importance ratio; 1 in the first epoch's first mini-batch.
    /// Estimator: masked mean over response tokens of exp(LogProbs - OldLogProbs). Unit: ratio.
    /// </summary>
    public const string ValRatio = "val/ratio";

    /// <summary>
    /// The spread of the mean ratio over the mini-batches of an iteration.
    /// Estimator: variance over mini-batches with the n - 1 divisor. Unit: ratio squared.
    /// </summary>
    public const string ValRatioVariance = "val/ratio_var";

    // Loss: Losses as they are minimised, averaged over the optimizer steps of the record.

    /// <summary>
    /// The scalar that is differentiated.
    /// Estimator: sum of the parts with their weights, each divided by the optimizer batch's count. Unit: as its parts.
    /// </summary>
    public const string LossTotal = "loss/total";

    /// <summary>The clipped policy loss. Estimator: masked mean over response tokens. Unit: advantage.</summary>
    public const string LossPolicy = "loss/policy";

    /// <summary>
    /// The clipped value loss, before its coefficient.
    /// Estimator: half the masked mean over response tokens of the larger squared error. Unit: reward squared.
    /// </summary>
    public const string LossValue = "loss/value";

    /// <summary>Cross-entropy of demonstrations. Estimator: masked mean over learned tokens of -LogProbs. Unit: nats per token.</summary>
    public const string LossSft = "loss/sft";

    /// <summary>
    /// The preference loss (DPO and its relatives).
    /// Estimator: mean over pairs. Unit: nats per pair, or the loss's own unit.
    /// </summary>
    public const string LossPreference = "loss/preference";

    /// <summary>
    /// The reward model's loss.
    /// Estimator: mean over pairs or rankings of the negative log-likelihood. Unit: nats per comparison.
    /// </summary>
    public const string LossReward = "loss/reward";

    // Value: The critic.

    /// <summary>
    /// The share of values whose change was clipped.
    /// Estimator: masked mean over response tokens of [clipped error &gt; unclipped error]. Unit: share, 0 to 1.
    /// </summary>
    public const string ValClipFraction = "val/clipfrac";

    /// <summary>
    /// How far values are from returns.
    /// Estimator: masked mean over response tokens of (Values - Returns)^2. Unit: reward squared.
    /// </summary>
    public const string ValError = "val/error";

    /// <summary>
    /// How much of the returns the critic explains; 1 is all, 0 is no better than their mean.
    /// Estimator: 1 - variance(Returns - Values) / variance(Returns), population variances over response tokens. Unit: share, at most 1.
    /// </summary>
    public const string ValExplainedVariance = "val/var_explained";

    /// <summary>The critic's mean value. Estimator: masked mean over response tokens. Unit: reward.</summary>
    public const string ValMean = "val/mean";

    /// <summary>The mean return. Estimator: masked mean over response tokens. Unit: reward.</summary>
    public const string ReturnsMean = "returns/mean";

    /// <summary>The spread of the returns. Estimator: population variance over response tokens. Unit: reward squared.</summary>
    public const string ReturnsVariance = "returns/var";

    // Response: The responses themselves.

    /// <summary>How long responses are, the end token included. Estimator: mean over responses. Unit: tokens.</summary>
    public const string ResponseLength = "response/length";

    /// <summary>
    /// The share of responses that ended by themselves.
    /// Estimator: mean over responses of [an end token was sampled]. Unit: share, 0 to 1.
    /// </summary>
    public const string ResponseEosShare = "response/eos_share";

    // Preference: DPO and its relatives, over the pairs of a batch.

    /// <summary>
    /// The implicit reward of chosen responses.
    /// Estimator: mean over pairs of Beta * (LogProbs - RefLogProbs) summed over the response. Unit: reward.
    /// </summary>
    public const string RewardsChosen = "rewards/chosen";

    /// <summary>The implicit reward of rejected responses. Estimator: as rewards/chosen. Unit: reward.</summary>
    public const string RewardsRejected = "rewards/rejected";

    /// <summary>
    /// By how much chosen responses lead.
    /// Estimator: mean over pairs of the difference of the implicit rewards. Unit: reward.
    /// </summary>
    public const string RewardsMargins = "rewards/margins";

    /// <summary>
    /// How often the chosen response leads.
    /// Estimator: mean over pairs of [chosen &gt; rejected], strict. Unit: share, 0 to 1.
    /// </summary>
    public const string RewardsAccuracies = "rewards/accuracies";

    /// <summary>
    /// The log-probability of chosen responses.
    /// Estimator: mean over pairs of the sum over response tokens. Unit: nats per response.
    /// </summary>
    public const string LogProbsChosen = "logps/chosen";

    /// <summary>
    /// The log-probability of rejected responses.
    /// Estimator: mean over pairs of the sum over response tokens. Unit: nats per response.
    /// </summary>
    public const string LogProbsRejected = "logps/rejected";

    // Reward model: The reward model, over the comparisons of a batch or of the held-out set.

    /// <summary>
    /// How often the preferred response scores higher.
    /// Estimator: mean over pairs of [chosen &gt; rejected], strict; ties in the data left out. Unit: share, 0 to 1.
    /// </summary>
    public const string RewardModelAccuracy = "reward_model/accuracy";

    /// <summary>
    /// By how much the preferred response scores higher.
    /// Estimator: mean over pairs of the score difference. Unit: reward.
    /// </summary>
    public const string RewardModelMargin = "reward_model/margin";

    /// <summary>The mean score of all responses. Estimator: mean over responses. Unit: reward.</summary>
    public const string RewardModelMean = "reward_model/mean";

    /// <summary>The lowest score. Estimator: minimum over responses. Unit: reward.</summary>
    public const string RewardModelMin = "reward_model/min";

    /// <summary>The highest score. Estimator: maximum over responses. Unit: reward.</summary>
    public const string RewardModelMax = "reward_model/max";

    // Evaluation: Measured on held-out data.

    /// <summary>The training loss on held-out data. Estimator: as the loss that is trained. Unit: as that loss.</summary>
    public const string EvaluationLoss = "eval/loss";

    /// <summary>The training accuracy on held-out data. Estimator: as the accuracy that is trained. Unit: share, 0 to 1.</summary>
    public const string EvaluationAccuracy = "eval/accuracy";

    /// <summary>
    /// How often the most likely token is the demonstrated one.
    /// Estimator: masked mean over learned tokens of [argmax = target]. Unit: share, 0 to 1.
    /// </summary>
    public const string TokenAccuracy = "sft/token_accuracy";

    // Optimizer: The optimizer step.

    /// <summary>The learning rate of this step. Estimator: exact. Unit: per step.</summary>
    public const string LearningRate = "optimizer/lr";

    /// <summary>
    /// The size of the gradient before clipping.
    /// Estimator: Euclidean norm over all trained parameters; mean over the optimizer steps of the record. Unit: loss per parameter.
    /// </summary>
    public const string GradientNorm = "optimizer/grad_norm";

    // Progress: How far the run is.

    /// <summary>Responses sampled since the start. Estimator: exact. Unit: responses.</summary>
    public const string Episodes = "progress/episodes";

    /// <summary>Passes over the training data. Estimator: exact. Unit: epochs.</summary>
    public const string Epoch = "progress/epoch";

    /// <summary>Tokens that carried a loss since the start. Estimator: exact. Unit: tokens.</summary>
    public const string TrainedTokens = "progress/tokens";

    // Performance: Where the time goes.

    /// <summary>The whole step. Estimator: wall clock, monotonic. Unit: seconds.</summary>
    public const string StepSeconds = "perf/step_seconds";

    /// <summary>Generating responses. Estimator: wall clock, monotonic. Unit: seconds.</summary>
    public const string RolloutSeconds = "perf/rollout_seconds";

    /// <summary>The reward function. Estimator: wall clock, monotonic. Unit: seconds.</summary>
    public const string ScoreSeconds = "perf/score_seconds";

    /// <summary>Forward, backward and optimizer. Estimator: wall clock, monotonic. Unit: seconds.</summary>
    public const string UpdateSeconds = "perf/update_seconds";

    /// <summary>
    /// Throughput of the step.
    /// Estimator: tokens that were computed (prompts included, padding not) over perf/step_seconds. Unit: tokens per second.
    /// </summary>
    public const string TokensPerSecond = "perf/tokens_per_second";

    /// <summary>The largest memory the process had so far. Estimator: the system's peak resident set size. Unit: MiB.</summary>
    public const string PeakMegabytes = "perf/peak_megabytes";
}
