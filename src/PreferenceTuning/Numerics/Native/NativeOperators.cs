using static TorchSharp.torch;

namespace PreferenceTuning.Numerics.Native;

/// <summary>
/// Whether the operators of <see cref="FusedOperators"/> and <see cref="MatrixProducts"/> run in libtorch's own fused kernels
/// (reached through its dispatcher) or in their managed versions, which give the same numbers.
/// </summary>
public static class NativeOperators
{
    private static readonly Lazy<string?> AdamWFault = new(() => Try(ProbeAdamW));
    private static readonly Lazy<string?> AttentionFault = new(() => Try(ProbeAttention));
    private static readonly Lazy<string?> RmsNormFault = new(() => Try(ProbeRmsNorm));
    private static readonly Lazy<string?> OneDnnFault = new(() => Try(ProbeOneDnn));

    /// <summary>
    /// False sends every operator to its managed version. The default is true, or false when the environment variable
    /// <c>PREFERENCETUNING_NATIVE</c> is <c>off</c>.
    /// </summary>
    public static bool Enabled { get; set; } =
        !string.Equals(Environment.GetEnvironmentVariable("PREFERENCETUNING_NATIVE"), "off", StringComparison.OrdinalIgnoreCase);

    internal static bool AdamW => Enabled && AdamWFault.Value is null;

    internal static bool Attention => Enabled && AttentionFault.Value is null;

    internal static bool RmsNorm => Enabled && RmsNormFault.Value is null;

    internal static bool OneDnn => Enabled && OneDnnFault.Value is null;

    /// <summary>One line per operator: which kernel runs on this machine and, where it is the managed one, why.</summary>
    public static string Describe() => string.Join(
        '\n',
        Line("AdamW step", "aten::_fused_adamw_", AdamWFault),
        Line("attention", "aten::scaled_dot_product_attention with enable_gqa", AttentionFault),
        Line("RMSNorm", "aten::rms_norm", RmsNormFault),
        $"matrix products: {MatrixProducts.Describe()}",
        $"token log-probs: {SoftmaxRows.Describe()}");

    private static string Line(string name, string native, Lazy<string?> fault) =>
        !Enabled ? $"{name}: managed (switched off)"
        : fault.Value is { } reason ? $"{name}: managed ({reason})"
        : $"{name}: {native}";

    internal static string OneDnnReason => Enabled ? OneDnnFault.Value ?? "available" : "switched off";

    // An operator counts as available once it has run: the symbol alone does not say that its schema is the expected one.
    private static string? Try(Action probe)
    {
        if (Dispatcher.Unavailable is { } reason)
        {
            return reason;
        }

        try
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            probe();
            return null;
        }
        catch (InvalidOperationException exception)
        {
            return exception.Message;
        }
    }

    private static void ProbeAdamW()
    {
        Tensor[] one = [ones(1)];
        FusedOperators.NativeAdamWStep(one, [ones(1)], [zeros(1)], [zeros(1)], [ones(1)], new AdamWCoefficients(0.1, 0.9, 0.999, 1e-8, 0));
    }

    private static void ProbeAttention() => FusedOperators.NativeAttention(ones(1, 2, 1, 2), ones(1, 1, 1, 2), ones(1, 1, 1, 2), null, false, 1);

    private static void ProbeRmsNorm() => FusedOperators.NativeRmsNorm(ones(1, 2), ones(2), 1e-6);

    private static void ProbeOneDnn() => MatrixProducts.OneDnnProduct(ones(2, 2), ones(2, 2), null);
}
