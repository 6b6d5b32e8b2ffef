namespace PreferenceTuning.Feedback.Statistics;

/// <summary>The logistic function and its logarithm, exact in both tails.</summary>
internal static class Logistic
{
    public static double Of(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

    public static double Log(double x) => x >= 0 ? -Log1PExp(-x) : x - Log1PExp(x);

    /// <summary><c>log(1 + e^x)</c> for x ≤ 0.</summary>
    private static double Log1PExp(double x) => MathNet.Numerics.SpecialFunctions.Log1p(Math.Exp(x));
}
