namespace PreferenceTuning.Feedback.Statistics;

/// <summary>A comparison with its sides and its annotator.</summary>
/// <param name="Annotator">Who judged.</param>
/// <param name="Left">The item shown left (or first).</param>
/// <param name="Right">The item shown right.</param>
/// <param name="LeftWon">Whether the left one won.</param>
public readonly record struct SidedComparison(int Annotator, int Left, int Right, bool LeftWon);

/// <summary>Strengths, and how each annotator judges.</summary>
/// <param name="Strengths">Log-abilities, mean 0.</param>
/// <param name="LeftBias">Logit of choosing left when not reading, by annotator.</param>
/// <param name="Reliability">Logit of reading, by annotator.</param>
/// <param name="Rounds">Rounds done.</param>
public sealed record NoisyBradleyTerryResult(double[] Strengths, double[] LeftBias, double[] Reliability, int Rounds);

/// <summary>
/// Bradley-Terry for annotators of whom some do not read: with probability σ(γ) the annotator judges by strength, else by side,
/// <c>P = σ(γ) σ(y (s_i - s_j)) + (1 - σ(γ)) σ(y q)</c>, y = 1 if left won, else -1. The likelihood of crowd-kit's
/// NoisyBradleyTerry; its fit there follows a gradient that is not the likelihood's, so it is fitted here by expectation-maximization
/// with weak priors (each annotator: half an answer read and half not read, half left and half right; strengths: 0.01 Σ s²).
/// </summary>
public static class NoisyBradleyTerry
{
    private const double StrengthPrior = 0.01;

    /// <summary>The log-likelihood, without priors.</summary>
    public static double LogLikelihood(
        IReadOnlyList<SidedComparison> comparisons, IReadOnlyList<double> strengths, IReadOnlyList<double> leftBias, IReadOnlyList<double> reliability)
    {
        var sum = 0.0;
        foreach (var c in comparisons)
        {
            var (read, guessed) = Parts(c, strengths, leftBias, reliability);
            sum += Math.Log(read + guessed);
        }

        return sum;
    }

    /// <summary>Fits the model.</summary>
    /// <param name="itemCount">Number of items.</param>
    /// <param name="annotatorCount">Number of annotators.</param>
    /// <param name="comparisons">The comparisons.</param>
    /// <param name="options">When to stop; null for at most 1,000 rounds and 1e-9.</param>
    public static NoisyBradleyTerryResult Fit(
        int itemCount, int annotatorCount, IReadOnlyList<SidedComparison> comparisons, EmOptions? options = null)
    {
        for (var c = 0; c < comparisons.Count; c++)
        {
            Check.Index(comparisons[c].Annotator, annotatorCount, nameof(comparisons), c);
            Check.Index(comparisons[c].Left, itemCount, nameof(comparisons), c);
            Check.Index(comparisons[c].Right, itemCount, nameof(comparisons), c);
        }

        var chosen = (options ?? new()).Checked();
        var strengths = new double[itemCount];
        var leftBias = new double[annotatorCount];
        var reliability = Enumerable.Repeat(2.0, annotatorCount).ToArray();
        var (before, round) = (double.NegativeInfinity, 0);
        while (round < chosen.MaxRounds)
        {
            round++;
            strengths = Maximize(comparisons, strengths, leftBias, reliability);
            var reached = LogLikelihood(comparisons, strengths, leftBias, reliability);
            if (chosen.Tolerance >= 0 && Math.Abs(reached - before) < chosen.Tolerance)
            {
                break;
            }

            before = reached;
        }

        return new(strengths, leftBias, reliability, round);
    }

    private static (double Read, double Guessed) Parts(
        SidedComparison c, IReadOnlyList<double> strengths, IReadOnlyList<double> leftBias, IReadOnlyList<double> reliability)
    {
        var sign = c.LeftWon ? 1 : -1;
        return (
            Logistic.Of(reliability[c.Annotator]) * Logistic.Of(sign * (strengths[c.Left] - strengths[c.Right])),
            Logistic.Of(-reliability[c.Annotator]) * Logistic.Of(sign * leftBias[c.Annotator]));
    }

    /// <summary>One round: who read what, then strengths from the comparisons that were read and biases from the rest.</summary>
    private static double[] Maximize(
        IReadOnlyList<SidedComparison> comparisons, double[] strengths, double[] leftBias, double[] reliability)
    {
        var (items, people) = (strengths.Length, leftBias.Length);
        var (wins, read, skipped, left, right) = (
            new double[items, items], Halves(people), Halves(people), Halves(people), Halves(people));
        foreach (var c in comparisons)
        {
            var (reading, guessing) = Parts(c, strengths, leftBias, reliability);
            var share = reading / (reading + guessing);
            read[c.Annotator] += share;
            skipped[c.Annotator] += 1 - share;
            (c.LeftWon ? left : right)[c.Annotator] += 1 - share;
            var (winner, loser) = c.LeftWon ? (c.Left, c.Right) : (c.Right, c.Left);
            wins[winner, loser] += share;
        }

        for (var k = 0; k < people; k++)
        {
            reliability[k] = Math.Log(read[k] / skipped[k]);
            leftBias[k] = Math.Log(left[k] / right[k]);
        }

        return [.. BradleyTerry.Fit(PairwiseCounts.FromMatrices(wins), new() { Prior = StrengthPrior }).LogAbilities];
    }

    private static double[] Halves(int count) => [.. Enumerable.Repeat(0.5, count)];
}
