using static PreferenceTuning.Numerics.LogSpace;
using static TorchSharp.torch;

namespace PreferenceTuning.Losses;

/// <summary>The losses that look at each response by itself, at the whole batch, or at other losses.</summary>
public static partial class PreferenceLosses
{
    /// <summary>
    /// NCA on pairs: <c>-log sigmoid(beta rho_c) - 1/2 log sigmoid(-beta rho_c) - 1/2 log sigmoid(-beta rho_r)</c>. Chen et al. 2024,
    /// arXiv:2402.05369.
    /// </summary>
    /// <param name="policy">Sums of the trained model.</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="beta">Strength of the pull to the reference, per nat; greater than 0; 0.01 in the paper.</param>
    public static PreferenceLossResult Nca(PairLogProbs policy, PairLogProbs reference, double beta)
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, beta);
        var (c, r) = (beta * chosen, beta * rejected);
        var losses = LogSigmoid(c).neg() - (0.5 * LogSigmoid(c.neg())) - (0.5 * LogSigmoid(r.neg()));
        return Result(losses, chosen, rejected, beta);
    }

    /// <summary>
    /// BCO on pairs, without the running shift: <c>-log sigmoid(beta rho_c) - log sigmoid(-beta rho_r)</c>. Jung et al. 2024,
    /// arXiv:2404.04656.
    /// </summary>
    /// <param name="policy">Sums of the trained model.</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="beta">Strength of the pull to the reference, per nat; greater than 0; 0.01 in the paper.</param>
    public static PreferenceLossResult Bco(PairLogProbs policy, PairLogProbs reference, double beta)
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, beta);
        var losses = LogSigmoid(beta * chosen).neg() - LogSigmoid((beta * rejected).neg());
        return Result(losses, chosen, rejected, beta);
    }

    /// <summary>
    /// SPPO with hard win probabilities: <c>(rho_c - 1/(2 beta))^2 + (rho_r + 1/(2 beta))^2</c>. Wu et al. 2024, arXiv:2405.00675.
    /// </summary>
    /// <param name="policy">Sums of the trained model.</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="beta">Reciprocal of the target, per nat; greater than 0; 0.001 in the paper.</param>
    public static PreferenceLossResult SppoHard(PairLogProbs policy, PairLogProbs reference, double beta)
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, beta);
        var target = 1 / (2 * beta);
        return Result((chosen - target).square() + (rejected + target).square(), chosen, rejected, beta);
    }

    /// <summary>
    /// AOT on pairs: the margins <c>log pi_c - log pi_r</c> of the policy, sorted over the batch, against the sorted margins of the
    /// reference: <c>-(1 - eps) log sigmoid(beta d) - eps log sigmoid(-beta d)</c>. Melnyk et al. 2024, arXiv:2406.05882. The losses
    /// are in the order of the sorted margins, and depend on the whole batch they are computed in.
    /// </summary>
    /// <param name="policy">Sums of the trained model.</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="beta">Strength of the pull to the reference, per nat; greater than 0; 0.01 in the paper.</param>
    /// <param name="labelSmoothing">eps, in [0, 0.5).</param>
    public static PreferenceLossResult Aot(PairLogProbs policy, PairLogProbs reference, double beta, double labelSmoothing = 0)
    {
        CheckSmoothing(labelSmoothing);
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, beta);
        var difference = Sorted(policy.Chosen - policy.Rejected) - Sorted(reference.Chosen - reference.Rejected);
        return Result(Smoothed(beta * difference, labelSmoothing), chosen, rejected, beta);
    }

    /// <summary>
    /// AOT on unpaired data: the sorted log-ratios of the chosen against the sorted log-ratios of the rejected responses. Melnyk et al.
    /// 2024, arXiv:2406.05882. The losses are in sorted order, and depend on the whole batch they are computed in.
    /// </summary>
    /// <param name="policy">Sums of the trained model.</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="beta">Strength of the pull to the reference, per nat; greater than 0; 0.01 in the paper.</param>
    /// <param name="labelSmoothing">eps, in [0, 0.5).</param>
    public static PreferenceLossResult AotUnpaired(PairLogProbs policy, PairLogProbs reference, double beta, double labelSmoothing = 0)
    {
        CheckSmoothing(labelSmoothing);
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, beta);
        return Result(Smoothed(beta * (Sorted(chosen) - Sorted(rejected)), labelSmoothing), chosen, rejected, beta);
    }

    /// <summary>
    /// APO-zero, raises the chosen and lowers the rejected: <c>1 - sigmoid(beta rho_c) + sigmoid(beta rho_r)</c>. D'Oosterlinck et al.
    /// 2024, arXiv:2408.06266.
    /// </summary>
    /// <param name="policy">Sums of the trained model.</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="beta">Strength of the pull to the reference, per nat; greater than 0.</param>
    public static PreferenceLossResult ApoZero(PairLogProbs policy, PairLogProbs reference, double beta)
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, beta);
        return Result(sigmoid((beta * chosen).neg()) + sigmoid(beta * rejected), chosen, rejected, beta);
    }

    /// <summary>
    /// APO-down, lowers both, the rejected more (for a model better than the chosen responses):
    /// <c>sigmoid(beta rho_c) + 1 - sigmoid(beta delta)</c>. D'Oosterlinck et al. 2024, arXiv:2408.06266.
    /// </summary>
    /// <param name="policy">Sums of the trained model.</param>
    /// <param name="reference">Sums of the frozen reference.</param>
    /// <param name="beta">Strength of the pull to the reference, per nat; greater than 0.</param>
    public static PreferenceLossResult ApoDown(PairLogProbs policy, PairLogProbs reference, double beta)
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, beta);
        return Result(sigmoid(beta * chosen) + sigmoid(beta * (rejected - chosen)), chosen, rejected, beta);
    }

    /// <summary>
    /// The supervised term of mixed recipes: <c>-log pi_c / n_c</c>, the average over the tokens of each chosen response. Pang et al.
    /// 2024 (iterative RPO), arXiv:2404.19733, eq. 1. TRL's <c>sft</c> instead averages over all tokens of the batch; for that one,
    /// reduce <see cref="SupervisedLosses.NegativeLogLikelihood"/> yourself.
    /// </summary>
    /// <param name="policy">Sums of the trained model, with token counts (a count of 0 is taken as 1).</param>
    /// <param name="reference">Sums of the frozen reference, used for the reported rewards only.</param>
    /// <param name="beta">Scale of the reported implicit rewards, per nat; greater than 0.</param>
    public static PreferenceLossResult ChosenNegativeLogLikelihood(PairLogProbs policy, PairLogProbs reference, double beta)
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = LogRatios(policy, reference, beta);
        return Result((policy.Chosen / Lengths(policy.ChosenTokens, policy.Chosen)).neg(), chosen, rejected, beta);
    }

    /// <summary>
    /// A weighted sum of losses, for recipes such as RPO (sigmoid + likelihood) or MPO (0.8 sigmoid + 0.2 BCO + likelihood; Wang et al.
    /// 2024, arXiv:2411.10442). The reported rewards are those of the first loss.
    /// </summary>
    /// <param name="terms">Weight and loss of each term; at least one.</param>
    /// <returns>The combined loss.</returns>
    public static PreferenceLossFunction WeightedSum(params (double Weight, PreferenceLossFunction Loss)[] terms)
    {
        ArgumentOutOfRangeException.ThrowIfZero(terms.Length);
        return (policy, reference) =>
        {
            using var scope = NewDisposeScope();
            var first = terms[0].Loss(policy, reference);
            var losses = terms[0].Weight * first.Losses;
            foreach (var (weight, loss) in terms.Skip(1))
            {
                losses = losses + (weight * loss(policy, reference).Losses);
            }

            return new PreferenceLossResult(
                losses.MoveToOuterDisposeScope(),
                first.ChosenRewards.MoveToOuterDisposeScope(),
                first.RejectedRewards.MoveToOuterDisposeScope());
        };
    }

    private static Tensor Sorted(Tensor values) => values.sort(0).Values;

    private static Tensor Smoothed(Tensor z, double labelSmoothing) =>
        ((labelSmoothing - 1) * LogSigmoid(z)) - (labelSmoothing * LogSigmoid(z.neg()));
}
