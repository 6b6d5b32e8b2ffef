using PreferenceTuning.Numerics;
using static PreferenceTuning.Numerics.LogSpace;
using static TorchSharp.torch;

namespace PreferenceTuning.Losses;

/// <summary>
/// Pairwise preference losses over summed log-probabilities. Each returns one loss per pair [B], not averaged, and the implicit rewards
/// <c>beta * rho</c>. <c>rho = log pi - log ref</c> of a response in nats, <c>delta = score(rho chosen) - score(rho rejected)</c>. This
/// part holds the losses that look at the difference of the two scores.
/// </summary>
public static partial class PreferenceLosses
{
    /// <summary>DPO: <c>-log sigmoid(beta delta)</c>. Rafailov et al. 2023, arXiv:2305.18290, eq. 7.</summary>
    /// <param name="policy">Sums of the trained model.</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="beta">Strength of the pull to the reference, per nat; greater than 0; 0.1 is usual.</param>
    /// <param name="score">The divergence; not given = reverse KL.</param>
    public static PreferenceLossResult Sigmoid(PairLogProbs policy, PairLogProbs reference, double beta, LogRatioScore? score = null)
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, beta);
        return Result(LogSigmoid(beta * Delta(chosen, rejected, score)).neg(), chosen, rejected, beta);
    }

    /// <summary>
    /// DPO on averages per token: <c>-log sigmoid(beta (score_c / n_c - score_r / n_r))</c>. Lambert et al. 2024 (Tulu 3),
    /// arXiv:2411.15124; TRL's <c>sigmoid_norm</c>.
    /// </summary>
    /// <param name="policy">Sums of the trained model, with token counts (a count of 0 is taken as 1).</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="beta">Strength of the pull to the reference, tokens per nat; greater than 0.</param>
    /// <param name="score">The divergence, of the sum; not given = reverse KL.</param>
    public static PreferenceLossResult SigmoidPerToken(
        PairLogProbs policy, PairLogProbs reference, double beta, LogRatioScore? score = null)
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, beta);
        return Result(LogSigmoid(beta * DeltaPerToken(policy, chosen, rejected, score)).neg(), chosen, rejected, beta);
    }

    /// <summary>
    /// Hinge: <c>max(0, 1 - beta delta)</c>. Liu et al. 2023 (RSO), arXiv:2309.06657, the normalised hinge; beta 0.05 there. The
    /// unnormalised form is SLiC-HF, Zhao et al. 2023, arXiv:2305.10425.
    /// </summary>
    /// <param name="policy">Sums of the trained model.</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="beta">Reciprocal of the margin, per nat; greater than 0.</param>
    /// <param name="score">The divergence; not given = reverse KL.</param>
    public static PreferenceLossResult Hinge(PairLogProbs policy, PairLogProbs reference, double beta, LogRatioScore? score = null)
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, beta);
        return Result(nn.functional.relu(1 - (beta * Delta(chosen, rejected, score))), chosen, rejected, beta);
    }

    /// <summary>
    /// IPO on sums: <c>(delta - 1 / (2 tau))^2</c>. Azar et al. 2023, arXiv:2310.12036, eq. 17. OpenRLHF and TRL's online DPO do this;
    /// TRL's DPO and LLaMA-Factory use <see cref="IpoPerToken"/>.
    /// </summary>
    /// <param name="policy">Sums of the trained model.</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="tau">Strength of the regularisation, per nat; greater than 0: the target of delta is 1 / (2 tau).</param>
    /// <param name="score">The divergence; not given = reverse KL.</param>
    public static PreferenceLossResult Ipo(PairLogProbs policy, PairLogProbs reference, double tau, LogRatioScore? score = null)
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, tau);
        return Result((Delta(chosen, rejected, score) - (1 / (2 * tau))).square(), chosen, rejected, tau);
    }

    /// <summary>
    /// IPO on averages per token: <c>(score_c / n_c - score_r / n_r - 1 / (2 tau))^2</c>. TRL's and LLaMA-Factory's <c>ipo</c>, which
    /// took it over on the advice of the paper's authors: with sums, long responses dominate a squared loss.
    /// </summary>
    /// <param name="policy">Sums of the trained model, with token counts (a count of 0 is taken as 1).</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="tau">Strength of the regularisation, tokens per nat; greater than 0; 0.1 is usual.</param>
    /// <param name="score">The divergence, of the sum; not given = reverse KL.</param>
    public static PreferenceLossResult IpoPerToken(PairLogProbs policy, PairLogProbs reference, double tau, LogRatioScore? score = null)
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, tau);
        var delta = DeltaPerToken(policy, chosen, rejected, score);
        return Result((delta - (1 / (2 * tau))).square(), chosen, rejected, tau);
    }

    /// <summary>
    /// EXO on pairs: the reverse KL from the model's preference <c>q = sigmoid(beta delta)</c> to the smoothed label
    /// <c>(1 - eps, eps)</c>: <c>q (log q - log(1 - eps)) + (1 - q) (log(1 - q) - log eps)</c>. Ji et al. 2024, arXiv:2402.00856.
    /// </summary>
    /// <param name="policy">Sums of the trained model.</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="beta">Strength of the pull to the reference, per nat; greater than 0.</param>
    /// <param name="labelSmoothing">eps, in (0, 0.5): the chance that a label is wrong; 1e-3 in the paper.</param>
    /// <param name="score">The divergence; not given = reverse KL.</param>
    public static PreferenceLossResult Exo(
        PairLogProbs policy, PairLogProbs reference, double beta, double labelSmoothing, LogRatioScore? score = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(labelSmoothing);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(labelSmoothing, 0.5);
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, beta);
        var z = beta * Delta(chosen, rejected, score);
        var losses = (sigmoid(z) * (LogSigmoid(z) - Math.Log(1 - labelSmoothing)))
            + (sigmoid(z.neg()) * (LogSigmoid(z.neg()) - Math.Log(labelSmoothing)));
        return Result(losses, chosen, rejected, beta);
    }

    /// <summary>
    /// Robust DPO, unbiased when a share eps of the labels is flipped:
    /// <c>(-(1 - eps) log sigmoid(beta delta) + eps log sigmoid(-beta delta)) / (1 - 2 eps)</c>. Chowdhury et al. 2024,
    /// arXiv:2403.00409.
    /// </summary>
    /// <param name="policy">Sums of the trained model.</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="beta">Strength of the pull to the reference, per nat; greater than 0.</param>
    /// <param name="labelSmoothing">eps, in [0, 0.5); 0 is DPO.</param>
    /// <param name="score">The divergence; not given = reverse KL.</param>
    public static PreferenceLossResult Robust(
        PairLogProbs policy, PairLogProbs reference, double beta, double labelSmoothing, LogRatioScore? score = null)
    {
        CheckSmoothing(labelSmoothing);
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, beta);
        var z = beta * Delta(chosen, rejected, score);
        var losses = ((labelSmoothing * LogSigmoid(z.neg())) - ((1 - labelSmoothing) * LogSigmoid(z))) / (1 - (2 * labelSmoothing));
        return Result(losses, chosen, rejected, beta);
    }

    /// <summary>
    /// DiscoPOP, the discovered blend of the logistic and the exponential loss: <c>z = beta delta, mu = sigmoid(z / tau)</c>,
    /// <c>(1 - mu)(-log sigmoid(z)) + mu exp(-z)</c>. Lu et al. 2024, arXiv:2406.08414. The second term is computed as
    /// <c>exp(log mu - z)</c>: zero times infinity gives TRL NaN for strongly negative z.
    /// </summary>
    /// <param name="policy">Sums of the trained model.</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="beta">Strength of the pull to the reference, per nat; greater than 0; 0.05 in the paper.</param>
    /// <param name="tau">Width of the blend, greater than 0; 0.05 in the paper.</param>
    /// <param name="score">The divergence; not given = reverse KL.</param>
    public static PreferenceLossResult DiscoPop(
        PairLogProbs policy, PairLogProbs reference, double beta, double tau = 0.05, LogRatioScore? score = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tau);
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, beta);
        var z = beta * Delta(chosen, rejected, score);
        var logistic = sigmoid((z / tau).neg()) * LogSigmoid(z).neg();
        var exponential = (LogSigmoid(z / tau) - z).exp();
        return Result(logistic + exponential, chosen, rejected, beta);
    }

    private static (Tensor Chosen, Tensor Rejected) LogRatios(PairLogProbs policy, PairLogProbs reference, double beta)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(beta);
        CheckPairs(policy);
        CheckPairs(reference);
        Check.SameShape(reference.Chosen, policy.Chosen);
        return (policy.Chosen - reference.Chosen, policy.Rejected - reference.Rejected);
    }

    private static void CheckPairs(PairLogProbs pairs)
    {
        Check.Rank(pairs.Chosen, 1);
        Check.FloatingPoint(pairs.Chosen);
        Check.SameShape(pairs.Rejected, pairs.Chosen);
        Check.SameShape(pairs.ChosenTokens, pairs.Chosen);
        Check.SameShape(pairs.RejectedTokens, pairs.Chosen);
    }

    private static void CheckSmoothing(double labelSmoothing)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(labelSmoothing);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(labelSmoothing, 0.5);
    }

    private static Tensor Delta(Tensor chosen, Tensor rejected, LogRatioScore? score) =>
        score is null ? chosen - rejected : score(chosen) - score(rejected);

    private static Tensor DeltaPerToken(PairLogProbs policy, Tensor chosen, Tensor rejected, LogRatioScore? score)
    {
        score ??= DivergenceScores.ReverseKl;
        return (score(chosen) / Lengths(policy.ChosenTokens, chosen)) - (score(rejected) / Lengths(policy.RejectedTokens, rejected));
    }

    private static Tensor Lengths(Tensor tokens, Tensor like) => tokens.to(like.dtype).clamp(min: 1);

    private static PreferenceLossResult Result(Tensor losses, Tensor chosen, Tensor rejected, double beta) => new(
        losses.MoveToOuterDisposeScope(),
        (beta * chosen.detach()).MoveToOuterDisposeScope(),
        (beta * rejected.detach()).MoveToOuterDisposeScope());
}
