namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// Disagreement weights for weighted kappa: 0 on the diagonal, larger for a worse confusion; a common factor does not matter.
/// Cohen 1968, Psychological Bulletin 70(4).
/// </summary>
public static class DisagreementWeights
{
    /// <summary>1 for every confusion: the unweighted kappa. [categories, categories].</summary>
    public static double[,] Nominal(int categories) => Fill(categories, (i, j) => i == j ? 0 : 1);

    /// <summary><c>|i - j| / (k - 1)</c>. [categories, categories].</summary>
    public static double[,] Linear(int categories) => Fill(categories, (i, j) => Math.Abs(i - j) / Span(categories));

    /// <summary><c>((i - j) / (k - 1))²</c>. [categories, categories].</summary>
    public static double[,] Quadratic(int categories) => Fill(categories, (i, j) => Math.Pow((i - j) / Span(categories), 2));

    private static double Span(int categories) => Math.Max(1, categories - 1);

    private static double[,] Fill(int categories, Func<int, int, double> weight)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(categories);
        var weights = new double[categories, categories];
        for (var i = 0; i < categories; i++)
        {
            for (var j = 0; j < categories; j++)
            {
                weights[i, j] = weight(i, j);
            }
        }

        return weights;
    }
}
