using MathNet.Numerics.LinearAlgebra;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// Strengths from paired comparisons, <c>P(i over j) = a_i / (a_i + a_j)</c>, by Newton's method on the log-abilities.
/// Zermelo 1929; Bradley and Terry 1952, Biometrika 39; Hunter 2004, Annals of Statistics 32(1). Memory and time grow with the square
/// and cube of the number of items: meant for up to about 2,000 items, any number of comparisons.
/// </summary>
public static class BradleyTerry
{
    /// <summary>The strengths; ties are refused, see <see cref="PairwiseCounts.WithTiesAsHalfWins"/> and <see cref="TieModels"/>.</summary>
    /// <param name="counts">The comparisons.</param>
    /// <param name="options">Prior and coverage; null for the defaults.</param>
    /// <exception cref="ArgumentException">There are ties.</exception>
    public static StrengthResult Fit(PairwiseCounts counts, StrengthOptions? options = null)
    {
        if (counts.Ties > 0)
        {
            throw new ArgumentException(
                $"'counts' holds {counts.Ties} ties; use WithTiesAsHalfWins(), TieModels.Davidson or TieModels.RaoKupper.", nameof(counts));
        }

        var chosen = (options ?? new()).Checked();
        var components = StrongComponents.Find(counts.ItemCount, counts.Beats());
        if (chosen.Problem(components) is { } problem)
        {
            return StrengthResult.Undefined(problem, components);
        }

        var n = counts.ItemCount;
        var found = ConcaveMaximizer.Find(new double[n], chosen.Prior > 0 ? 0 : n, (x, g, h) =>
        {
            var value = Evaluate(counts, x, g, h);
            chosen.AddPrior(x, g, h, ref value);
            return value;
        });
        return found is null
            ? StrengthResult.Undefined("Newton's method did not reach the maximum of the likelihood; set a prior", components)
            : StrengthResult.Fitted(
                found.Point, found.Covariance, chosen.Confidence, LogLikelihood(counts, found.Point), components);
    }

    /// <summary><c>Σ w_ij log P(i over j)</c> at given log-abilities.</summary>
    public static double LogLikelihood(PairwiseCounts counts, IReadOnlyList<double> logAbilities)
    {
        Check.SameLength(counts.ItemCount, logAbilities.Count, nameof(counts), nameof(logAbilities));
        return counts.Pairs.Sum(p =>
        {
            var difference = logAbilities[p.First] - logAbilities[p.Second];
            return (p.FirstWins * Logistic.Log(difference)) + (p.SecondWins * Logistic.Log(-difference));
        });
    }

    private static double Evaluate(PairwiseCounts counts, double[] x, double[] gradient, Matrix<double> information)
    {
        Array.Clear(gradient);
        information.Clear();
        foreach (var p in counts.Pairs)
        {
            var win = Logistic.Of(x[p.First] - x[p.Second]);
            var total = p.FirstWins + p.SecondWins;
            var slope = p.FirstWins - (total * win);
            gradient[p.First] += slope;
            gradient[p.Second] -= slope;
            var weight = total * win * Logistic.Of(x[p.Second] - x[p.First]);
            information[p.First, p.First] += weight;
            information[p.Second, p.Second] += weight;
            information[p.First, p.Second] -= weight;
            information[p.Second, p.First] -= weight;
        }

        return LogLikelihood(counts, x);
    }
}
