namespace PreferenceTuning.Feedback.Statistics;

/// <summary>What GLAD found.</summary>
/// <param name="Items">Beliefs about the items.</param>
/// <param name="Abilities">Ability α of each annotator: 0 guesses, negative is wrong on purpose.</param>
/// <param name="LogEasiness">log β of each item: large is easy.</param>
/// <param name="Rounds">Rounds done.</param>
/// <param name="Converged">Whether the tolerance was reached.</param>
public sealed record GladResult(
    ItemPosteriors Items, IReadOnlyList<double> Abilities, IReadOnlyList<double> LogEasiness, int Rounds, bool Converged);

/// <summary>
/// GLAD: an annotator is right with probability <c>σ(α β)</c>, α their ability and β the item's easiness, each wrong label equally
/// likely; normal priors with mean 1 and variance 1 on α and log β, uniform labels. Whitehill, Ruvolo, Wu, Bergsma and Movellan 2009,
/// NIPS. The maximization step makes Newton steps on one coordinate at a time, so that it needs no matrix.
/// </summary>
public static class Glad
{
    private const int MaxSweeps = 100;
    private const double SweepTolerance = 1e-7;

    /// <summary>Fits the model; the tolerance is on the log-likelihood of the answers with the priors.</summary>
    /// <exception cref="ArgumentException">Fewer than two labels.</exception>
    public static GladResult Fit(LabelTable answers, EmOptions? options = null)
    {
        if (answers.LabelCount < 2)
        {
            throw new ArgumentException($"'answers' has {answers.LabelCount} label; GLAD needs at least two.", nameof(answers));
        }

        var chosen = (options ?? new() { Tolerance = 1e-7 }).Checked();
        var items = ItemPosteriors.Empty(answers);
        var abilities = Enumerable.Repeat(1.0, answers.AnnotatorCount).ToArray();
        var easiness = Enumerable.Repeat(1.0, answers.ItemCount).ToArray();
        var (before, rounds, converged) = (Expect(answers, items, abilities, easiness), 0, false);
        while (rounds < chosen.MaxRounds && !converged)
        {
            var moved = double.PositiveInfinity;
            for (var sweep = 0; sweep < MaxSweeps && moved > SweepTolerance; sweep++)
            {
                moved = Math.Max(
                    StepAbilities(answers, items, abilities, easiness), StepEasiness(answers, items, abilities, easiness));
            }

            var reached = Expect(answers, items, abilities, easiness);
            rounds++;
            converged = chosen.Tolerance >= 0 && Math.Abs(reached - before) < chosen.Tolerance;
            before = reached;
        }

        return new(items, abilities, easiness, rounds, converged);
    }

    /// <summary>Log-likelihood of the answers at a result's parameters, plus the log-density of the priors up to a constant.</summary>
    public static double LogPosterior(LabelTable answers, GladResult result) =>
        Expect(answers, ItemPosteriors.Empty(answers), [.. result.Abilities], [.. result.LogEasiness]);

    private static double Expect(LabelTable answers, ItemPosteriors items, double[] abilities, double[] easiness)
    {
        var total = -(abilities.Sum(a => (a - 1) * (a - 1)) + easiness.Sum(b => (b - 1) * (b - 1))) / 2;
        var others = Math.Log(answers.LabelCount - 1);
        for (var i = 0; i < answers.ItemCount; i++)
        {
            var row = items.Row(i);
            row.Fill(-Math.Log(answers.LabelCount));
            for (var a = answers.ItemStart[i]; a < answers.ItemStart[i + 1]; a++)
            {
                var strength = abilities[answers.Annotators[a]] * Math.Exp(easiness[i]);
                var (right, wrong) = (Logistic.Log(strength), Logistic.Log(-strength) - others);
                for (var label = 0; label < row.Length; label++)
                {
                    row[label] += label == answers.Labels[a] ? right : wrong;
                }
            }

            total += ItemPosteriors.Normalize(row);
        }

        return total;
    }

    /// <summary>Concave in each ability, so that a step clipped to 1 climbs.</summary>
    private static double StepAbilities(LabelTable answers, ItemPosteriors items, double[] abilities, double[] easiness)
    {
        var (slope, bend) = (new double[abilities.Length], new double[abilities.Length]);
        for (var i = 0; i < answers.ItemCount; i++)
        {
            var beta = Math.Exp(easiness[i]);
            for (var a = answers.ItemStart[i]; a < answers.ItemStart[i + 1]; a++)
            {
                var k = answers.Annotators[a];
                var right = Logistic.Of(abilities[k] * beta);
                slope[k] += (items.Of(i)[answers.Labels[a]] - right) * beta;
                bend[k] += right * (1 - right) * beta * beta;
            }
        }

        var moved = 0.0;
        for (var k = 0; k < abilities.Length; k++)
        {
            var step = Math.Clamp((slope[k] - (abilities[k] - 1)) / (bend[k] + 1), -1, 1);
            abilities[k] += step;
            moved = Math.Max(moved, Math.Abs(step));
        }

        return moved;
    }

    /// <summary>Not concave in log β: the expected second derivative instead of the true one keeps the direction uphill.</summary>
    private static double StepEasiness(LabelTable answers, ItemPosteriors items, double[] abilities, double[] easiness)
    {
        var moved = 0.0;
        for (var i = 0; i < answers.ItemCount; i++)
        {
            var (slope, bend, beta) = (1 - easiness[i], 1.0, Math.Exp(easiness[i]));
            for (var a = answers.ItemStart[i]; a < answers.ItemStart[i + 1]; a++)
            {
                var strength = abilities[answers.Annotators[a]] * beta;
                var right = Logistic.Of(strength);
                slope += (items.Of(i)[answers.Labels[a]] - right) * strength;
                bend += right * (1 - right) * strength * strength;
            }

            var step = Math.Clamp(slope / bend, -0.5, 0.5);
            easiness[i] += step;
            moved = Math.Max(moved, Math.Abs(step));
        }

        return moved;
    }
}
