using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Tails and quantiles, in the forms that keep small p values exact (MathNet.Numerics underneath).</summary>
internal static class Distributions
{
    public static double TwoSidedNormalQuantile(double confidence) => Normal.InvCDF(0, 1, 1 - ((1 - Check.Confidence(confidence)) / 2));

    public static double TwoSidedStudentQuantile(double confidence, double degrees) =>
        StudentT.InvCDF(0, 1, degrees, 1 - ((1 - Check.Confidence(confidence)) / 2));

    public static double NormalUpper(double z) => SpecialFunctions.Erfc(z / Math.Sqrt(2)) / 2;

    public static double NormalTwoSided(double z) => SpecialFunctions.Erfc(Math.Abs(z) / Math.Sqrt(2));

    /// <summary><c>P(|T| ≥ |t|) = I_{ν/(ν+t²)}(ν/2, 1/2)</c>.</summary>
    public static double StudentTwoSided(double t, double degrees) =>
        SpecialFunctions.BetaRegularized(degrees / 2, 0.5, degrees / (degrees + (t * t)));

    public static double ChiSquareUpper(double x, double degrees) =>
        x <= 0 ? 1 : SpecialFunctions.GammaUpperRegularized(degrees / 2, x / 2);

    /// <summary>
    /// The x with <c>I_x(a, b) = probability</c>: Newton steps inside a bracket, to the last bits (MathNet's own inverse stops at an
    /// absolute accuracy, too coarse for interval ends near 0).
    /// </summary>
    public static double BetaQuantile(double probability, double a, double b)
    {
        double low = 0, high = 1, x = a / (a + b);
        for (var round = 0; round < 200 && high - low > 1e-16 * high; round++)
        {
            var excess = SpecialFunctions.BetaRegularized(a, b, x) - probability;
            if (excess == 0)
            {
                return x;
            }

            (low, high) = excess > 0 ? (low, x) : (x, high);
            var density = Math.Exp(((a - 1) * Math.Log(x)) + ((b - 1) * Math.Log(1 - x)) - SpecialFunctions.BetaLn(a, b));
            var next = x - (excess / density);
            if (!(next > low && next < high))
            {
                next = (low + high) / 2;
            }

            if (Math.Abs(next - x) <= 1e-15 * x)
            {
                return next;
            }

            x = next;
        }

        return x;
    }
}
