namespace PreferenceTuning.Feedback.Statistics;

/// <summary>How strengths are fitted.</summary>
public sealed record StrengthOptions
{
    /// <summary>
    /// Weight of a normal prior: <c>prior · Σ θ²</c> is subtracted from the log-likelihood. 0, no prior, as the published models;
    /// 0.1 makes strengths finite where an item never wins, never loses, or groups are not connected.
    /// </summary>
    public double Prior { get; init; }

    /// <summary>Coverage of the intervals; 0.95.</summary>
    public double Confidence { get; init; } = 0.95;

    internal StrengthOptions Checked()
    {
        Check.Count(Prior, nameof(Prior));
        Check.Confidence(Confidence);
        return this;
    }

    /// <summary>Why strengths without a prior do not exist, or null where they do.</summary>
    internal string? Problem(IReadOnlyList<IReadOnlyList<int>> components) => components.Count == 0
        ? "there is no item"
        : Prior > 0 || components.Count == 1
            ? null
            : $"the items fall into {components.Count} groups of which some never lose to or never meet the others, so that the likelihood " +
              "has no finite maximum; collect comparisons between the groups or set a prior";

    internal void AddPrior(
        ReadOnlySpan<double> strengths, double[] gradient, MathNet.Numerics.LinearAlgebra.Matrix<double> information, ref double value)
    {
        for (var i = 0; i < strengths.Length && Prior > 0; i++)
        {
            value -= Prior * strengths[i] * strengths[i];
            gradient[i] -= 2 * Prior * strengths[i];
            information[i, i] += 2 * Prior;
        }
    }
}
