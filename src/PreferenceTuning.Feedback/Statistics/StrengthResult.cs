using MathNet.Numerics.LinearAlgebra;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Fitted strengths of items, as log-abilities with mean 0, or the reason why there are none.</summary>
public sealed class StrengthResult
{
    private readonly double[] _logAbilities;
    private readonly Matrix<double>? _covariance;
    private readonly double _confidence;

    private StrengthResult(
        double[] logAbilities, Matrix<double>? covariance, double confidence, double? logLikelihood, Statistic tieParameter,
        IReadOnlyList<IReadOnlyList<int>> components, string? undefinedReason)
    {
        (_logAbilities, _covariance, _confidence) = (logAbilities, covariance, confidence);
        (LogLikelihood, TieParameter, Components, UndefinedReason) = (logLikelihood, tieParameter, components, undefinedReason);
    }

    /// <summary>Why there are no strengths; null where there are.</summary>
    public string? UndefinedReason { get; }

    /// <summary>Whether the strengths exist.</summary>
    public bool IsDefined => UndefinedReason is null;

    /// <summary>
    /// Groups of items that beat each other directly or over others; one group where the strengths are finite without a prior.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<int>> Components { get; }

    /// <summary>Log-likelihood at the maximum, without the prior and without combinatorial constants; null where undefined.</summary>
    public double? LogLikelihood { get; }

    /// <summary>Davidson's nu or Rao and Kupper's theta; undefined in models without ties.</summary>
    public Statistic TieParameter { get; }

    /// <summary>Natural-log abilities, mean 0, by item.</summary>
    /// <exception cref="InvalidOperationException">They are undefined; the message says why.</exception>
    public IReadOnlyList<double> LogAbilities => IsDefined ? _logAbilities : throw new InvalidOperationException(UndefinedReason);

    /// <summary>Abilities that sum to 1, <c>exp(θ_i) / Σ exp(θ)</c>.</summary>
    public IReadOnlyList<double> Abilities
    {
        get
        {
            var top = LogAbilities.Max();
            var total = LogAbilities.Sum(x => Math.Exp(x - top));
            return [.. LogAbilities.Select(x => Math.Exp(x - top) / total)];
        }
    }

    /// <summary>The log-ability of an item against the mean of all, with its Wald interval.</summary>
    public Statistic Strength(int item) => IsDefined
        ? Statistic.Wald(_logAbilities[item], StandardError(item), _confidence, "Wald, observed information")
        : Statistic.Undefined(UndefinedReason!);

    /// <summary>The difference of two log-abilities with its Wald interval.</summary>
    public Statistic Difference(int first, int second) => IsDefined
        ? Statistic.Wald(
            _logAbilities[first] - _logAbilities[second], DifferenceStandardError(first, second), _confidence, "Wald, observed information")
        : Statistic.Undefined(UndefinedReason!);

    /// <summary>Standard error of an item's log-ability against the mean of all.</summary>
    public double StandardError(int item) => Math.Sqrt(Math.Max(0, Required[item, item]));

    /// <summary>Standard error of the difference of two log-abilities.</summary>
    public double DifferenceStandardError(int first, int second) => Math.Sqrt(Math.Max(
        0, Required[first, first] + Required[second, second] - (2 * Required[first, second])));

    /// <summary>Covariance of two log-abilities.</summary>
    public double Covariance(int first, int second) => Required[first, second];

    /// <summary>Probability that the first is preferred over the second, ties left aside: <c>a_i / (a_i + a_j)</c>.</summary>
    public double WinProbability(int first, int second) => Logistic.Of(LogAbilities[first] - LogAbilities[second]);

    internal static StrengthResult Fitted(
        double[] logAbilities, Matrix<double> covariance, double confidence, double logLikelihood,
        IReadOnlyList<IReadOnlyList<int>> components, Statistic? tieParameter = null) => new(
            logAbilities, covariance, confidence, logLikelihood,
            tieParameter ?? Statistic.Undefined("the model has no ties"), components, null);

    internal static StrengthResult Undefined(string reason, IReadOnlyList<IReadOnlyList<int>> components) =>
        new([], null, 0, null, Statistic.Undefined(reason), components, reason);

    private Matrix<double> Required => _covariance ?? throw new InvalidOperationException(UndefinedReason);
}
