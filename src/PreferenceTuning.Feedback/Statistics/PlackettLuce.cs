using MathNet.Numerics.LinearAlgebra;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>One choice out of a set.</summary>
/// <param name="Winner">The chosen item.</param>
/// <param name="Losers">The others of the set.</param>
public sealed record Choice(int Winner, IReadOnlyList<int> Losers);

/// <summary>
/// Strengths from rankings: the best is chosen out of all, the next out of the rest, and so on, each time with probability
/// <c>a_i / Σ_{j in set} a_j</c>. Luce 1959; Plackett 1975, Applied Statistics 24(2); Hunter 2004. Partial rankings are allowed.
/// </summary>
public static class PlackettLuce
{
    /// <summary>Strengths from rankings, best first; a ranking may hold any items, each once.</summary>
    /// <param name="itemCount">Number of items.</param>
    /// <param name="rankings">The rankings.</param>
    /// <param name="options">Prior and coverage; null for the defaults.</param>
    public static StrengthResult FitRankings(int itemCount, IEnumerable<IReadOnlyList<int>> rankings, StrengthOptions? options = null) =>
        FitChoices(itemCount, rankings.SelectMany(Stages), options);

    /// <summary>Strengths from single choices out of sets (top-1).</summary>
    /// <param name="itemCount">Number of items.</param>
    /// <param name="choices">The choices.</param>
    /// <param name="options">Prior and coverage; null for the defaults.</param>
    public static StrengthResult FitChoices(int itemCount, IEnumerable<Choice> choices, StrengthOptions? options = null)
    {
        var chosen = (options ?? new()).Checked();
        var sets = choices.Select(choice => Members(choice, itemCount)).ToArray();
        var components = StrongComponents.Find(itemCount, sets.SelectMany(set => set.Skip(1).Select(loser => (set[0], loser))));
        if (chosen.Problem(components) is { } problem)
        {
            return StrengthResult.Undefined(problem, components);
        }

        var found = ConcaveMaximizer.Find(new double[itemCount], chosen.Prior > 0 ? 0 : itemCount, (x, g, h) =>
        {
            var value = Evaluate(sets, x, g, h);
            chosen.AddPrior(x, g, h, ref value);
            return value;
        });
        return found is null
            ? StrengthResult.Undefined("Newton's method did not reach the maximum of the likelihood; set a prior", components)
            : StrengthResult.Fitted(
                found.Point, found.Covariance, chosen.Confidence, sets.Sum(set => LogProbability(set, found.Point)), components);
    }

    /// <summary>The choices that a ranking stands for: one for each place but the last.</summary>
    public static IEnumerable<Choice> Stages(IReadOnlyList<int> ranking)
    {
        for (var place = 0; place < ranking.Count - 1; place++)
        {
            yield return new(ranking[place], [.. ranking.Skip(place + 1)]);
        }
    }

    private static int[] Members(Choice choice, int itemCount)
    {
        int[] members = [choice.Winner, .. choice.Losers];
        for (var i = 0; i < members.Length; i++)
        {
            Check.Index(members[i], itemCount, "choices", i);
        }

        return members.Distinct().Count() == members.Length
            ? members
            : throw new ArgumentException($"The set {string.Join(", ", members)} names an item twice.", nameof(choice));
    }

    private static double LogProbability(int[] set, double[] x)
    {
        var top = set.Max(i => x[i]);
        return x[set[0]] - top - Math.Log(set.Sum(i => Math.Exp(x[i] - top)));
    }

    private static double Evaluate(int[][] sets, double[] x, double[] gradient, Matrix<double> information)
    {
        Array.Clear(gradient);
        information.Clear();
        var value = 0.0;
        foreach (var set in sets)
        {
            var logProbability = LogProbability(set, x);
            value += logProbability;
            gradient[set[0]]++;

            // log of the denominator = x of the winner - log probability of the winner.
            var logSum = x[set[0]] - logProbability;
            var shares = Array.ConvertAll(set, i => Math.Exp(x[i] - logSum));
            for (var a = 0; a < set.Length; a++)
            {
                gradient[set[a]] -= shares[a];
                information[set[a], set[a]] += shares[a];
                for (var b = 0; b < set.Length; b++)
                {
                    information[set[a], set[b]] -= shares[a] * shares[b];
                }
            }
        }

        return value;
    }
}
