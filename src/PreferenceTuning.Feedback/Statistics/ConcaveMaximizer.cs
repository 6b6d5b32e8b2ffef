using MathNet.Numerics.LinearAlgebra;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// Log-likelihood at a point, with its gradient and its information (minus the second derivatives) written into the arguments.
/// </summary>
internal delegate double LogLikelihood(double[] point, double[] gradient, Matrix<double> information);

/// <param name="Point">The maximum.</param>
/// <param name="LogLikelihood">Its value.</param>
/// <param name="Covariance">Inverse information; where a gauge is given, the inverse on the mean-zero subspace.</param>
/// <param name="Iterations">Newton steps taken.</param>
internal sealed record Maximum(double[] Point, double LogLikelihood, Matrix<double> Covariance, int Iterations);

/// <summary>
/// Damped Newton method for concave log-likelihoods whose first coordinates may have a common shift that changes nothing.
/// </summary>
internal static class ConcaveMaximizer
{
    private const int MaxIterations = 200;

    /// <summary>The maximum, or null where it does not exist or was not found in 200 steps.</summary>
    /// <param name="start">Where to begin.</param>
    /// <param name="gauge">Number of leading coordinates that are held at mean 0; 0 for none.</param>
    /// <param name="function">The log-likelihood.</param>
    public static Maximum? Find(double[] start, int gauge, LogLikelihood function)
    {
        var (point, n) = (start, start.Length);
        var gradient = new double[n];
        var information = Matrix<double>.Build.Dense(n, n);
        var (value, before) = (function(point, gradient, information), double.PositiveInfinity);
        for (var iteration = 1; iteration <= MaxIterations; iteration++)
        {
            Fix(information, gauge);
            if (Solve(information, gradient) is not { } step)
            {
                return null;
            }

            var (next, nextValue) = Advance(point, value, step, function, gradient, information);
            var moved = 0.0;
            for (var i = 0; i < n; i++)
            {
                moved = Math.Max(moved, Math.Abs(next[i] - point[i]) / (1 + Math.Abs(point[i])));
            }

            (point, value) = (next, nextValue);
            if (!double.IsFinite(value) || point.Any(x => Math.Abs(x) > 500))
            {
                return null;
            }

            // Where the steps no longer shrink they are rounding: Newton's would be squared otherwise.
            if (moved < 1e-13 || (moved < 1e-9 && moved > before / 4))
            {
                return new(point, value, Covariance(information, gauge), iteration);
            }

            before = moved;
        }

        return null;
    }

    private static (double[] Point, double Value) Advance(
        double[] point, double value, double[] step, LogLikelihood function, double[] gradient, Matrix<double> information)
    {
        var next = new double[point.Length];
        for (var scale = 1.0; ; scale /= 2)
        {
            for (var i = 0; i < next.Length; i++)
            {
                next[i] = point[i] + (scale * step[i]);
            }

            var reached = function(next, gradient, information);
            if (reached >= value - (1e-12 * (1 + Math.Abs(value))) || scale < 1e-10)
            {
                return (next, reached);
            }
        }
    }

    private static double[]? Solve(Matrix<double> information, double[] gradient)
    {
        try
        {
            var step = information.Cholesky().Solve(Vector<double>.Build.Dense(gradient)).ToArray();
            return step.All(double.IsFinite) ? step : null;
        }
        catch (ArgumentException)
        {
            // MathNet reports a matrix that is not positive definite this way: the likelihood is flat in some direction.
            return null;
        }
    }

    /// <summary>Adds <c>1 1ᵀ / gauge</c>, which makes the shift direction invertible and leaves every other direction alone.</summary>
    private static void Fix(Matrix<double> information, int gauge)
    {
        for (var i = 0; i < gauge; i++)
        {
            for (var j = 0; j < gauge; j++)
            {
                information[i, j] += 1.0 / gauge;
            }
        }
    }

    private static Matrix<double> Covariance(Matrix<double> information, int gauge)
    {
        Fix(information, gauge);
        var inverse = information.Inverse();
        for (var i = 0; i < gauge; i++)
        {
            for (var j = 0; j < gauge; j++)
            {
                inverse[i, j] -= 1.0 / gauge;
            }
        }

        return inverse;
    }
}
