using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>Elementary functions of log-probabilities that keep their digits at the edges.</summary>
internal static class LogSpace
{
    private static readonly double LogTwo = Math.Log(2);

    /// <summary><c>log sigmoid(x) = -log(1 + exp(-x))</c>, exact for large |x|.</summary>
    public static Tensor LogSigmoid(Tensor x) => nn.functional.logsigmoid(x);

    /// <summary>
    /// <c>log(1 - exp(x))</c> for <c>x &lt; 0</c>: the log of the complementary probability. Maechler 2012, "Accurately computing log(1
    /// - exp(-|a|))": two forms that meet at <c>-log 2</c>.
    /// </summary>
    public static Tensor Log1MinusExp(Tensor x)
    {
        using var scope = NewDisposeScope();
        // Each branch sees only arguments for which it is finite, so that the other one's gradient is not NaN.
        var near = x.clamp(min: -LogTwo);
        var far = x.clamp(max: -LogTwo);
        return where(x > -LogTwo, near.expm1().neg().log(), far.exp().neg().log1p()).MoveToOuterDisposeScope();
    }
}
