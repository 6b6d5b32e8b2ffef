namespace PreferenceTuning.Feedback.Statistics;

/// <summary>The delete-one jackknife. Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 11.</summary>
public static class Jackknife
{
    /// <summary><c>sqrt((n - 1) / n · Σ (θ_i - mean θ)²)</c> of the estimates with one unit deleted each.</summary>
    /// <param name="deleted">Estimates, each with one unit left out; at least two.</param>
    public static double StandardError(ReadOnlySpan<double> deleted)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(deleted.Length, 2, nameof(deleted));
        var (squares, _) = Moments(deleted);
        return Math.Sqrt((deleted.Length - 1.0) / deleted.Length * squares);
    }

    /// <summary>BCa acceleration <c>Σ d³ / (6 (Σ d²)^{3/2})</c> with <c>d = mean θ - θ_i</c>; 0 where the estimates do not vary.</summary>
    /// <param name="deleted">Estimates, each with one unit left out; at least two.</param>
    public static double Acceleration(ReadOnlySpan<double> deleted)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(deleted.Length, 2, nameof(deleted));
        var (squares, cubes) = Moments(deleted);
        return squares == 0 ? 0 : cubes / (6 * Math.Pow(squares, 1.5));
    }

    private static (double Squares, double Cubes) Moments(ReadOnlySpan<double> deleted)
    {
        double mean = 0, squares = 0, cubes = 0;
        foreach (var value in deleted)
        {
            mean += value;
        }

        mean /= deleted.Length;
        foreach (var value in deleted)
        {
            var d = mean - value;
            squares += d * d;
            cubes += d * d * d;
        }

        return (squares, cubes);
    }
}
