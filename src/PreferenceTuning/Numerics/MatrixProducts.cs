using PreferenceTuning.Numerics.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>Which of the libraries inside libtorch multiplies float32 matrices on the CPU.</summary>
public enum MatrixBackend
{
    /// <summary>
    /// oneDNN on AMD processors, libtorch's own choice on others; there, up to 32 rows without a gradient (a decode step) are
    /// multiplied by this library's own loops where the processor has 512-bit vectors.
    /// </summary>
    Auto,

    /// <summary>What libtorch itself uses: MKL on x64.</summary>
    Mkl,

    /// <summary>oneDNN, reached through libtorch's dispatcher: about twice as fast as MKL on AMD processors.</summary>
    OneDnn,
}

/// <summary>
/// Matrix products of float32 CPU tensors in the library that is faster on this processor, forward and backward. Other types and
/// devices go to libtorch's own choice.
/// </summary>
/// <remarks>
/// The choice follows the processor's vendor, not a measurement at start: the two libraries differ in rounding, and on a busy
/// machine a measurement may come out one way today and the other way tomorrow, so that a run would not resume bit for bit.
/// <see cref="Measure"/> compares the two where the rule may be wrong.
/// </remarks>
public static class MatrixProducts
{
    private static readonly Scalar One = 1.0;
    private static MatrixBackend? _backend;

    /// <summary>
    /// The library, <see cref="MatrixBackend.Auto"/> by default or what the environment variable
    /// <c>PREFERENCETUNING_MATRIX_BACKEND</c> names (<c>auto</c>, <c>mkl</c> or <c>onednn</c>).
    /// </summary>
    /// <exception cref="InvalidOperationException">oneDNN was asked for and cannot be reached here, or the variable names no library.</exception>
    public static MatrixBackend Backend
    {
        get => _backend ??= FromEnvironment(); // Not an initializer, whose exception would hide the message.
        set => _backend = value != MatrixBackend.OneDnn || NativeOperators.OneDnn
            ? value
            : throw NoOneDnn();
    }

    /// <summary>Which library multiplies, and why.</summary>
    public static string Describe() => Backend switch
    {
        MatrixBackend.Mkl => "libtorch's own (chosen by the caller)",
        MatrixBackend.OneDnn => "oneDNN (chosen by the caller)",
        _ when !NativeOperators.OneDnn => $"libtorch's own ({NativeOperators.OneDnnReason})",
        _ when Processor.IsAmd => $"oneDNN (the processor is {Processor.Vendor}, where MKL is slow)",
        _ => $"libtorch's own (the processor is {(Processor.Vendor.Length == 0 ? "not x86" : Processor.Vendor)})"
            + (FewRows.IsSupported ? $", own loops for up to {FewRows.MostRows} rows" : ""),
    };

    /// <summary>Times both libraries on this machine, some tens of milliseconds; nothing is chosen by it.</summary>
    /// <exception cref="InvalidOperationException">oneDNN cannot be reached here.</exception>
    public static MatrixMeasurement Measure() => NativeOperators.OneDnn
        ? MatrixMeasurement.Make()
        : throw NoOneDnn();

    /// <summary>
    /// <c>x W^T + b</c>. Differentiable; on the CPU a float32 weight or bias that is a leaf receives its gradient directly in
    /// <c>grad</c>, so ask for it with <c>backward</c>, not with <c>autograd.grad</c>.
    /// </summary>
    /// <param name="input">[..., in].</param>
    /// <param name="weight">[out, in], of the input's type.</param>
    /// <param name="bias">[out], or null.</param>
    /// <returns>[..., out].</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias = null) => Linear(input, weight, bias, remade: null);

    /// <summary>The same, of an input that can be made again.</summary>
    internal static Tensor Linear(Tensor input, Tensor weight, Tensor? bias, Remade? remade)
    {
        CheckLinear(input, weight, bias, inputs: 1);
        return UsesFewRows(input, weight, bias, transposed: false) ? FewRows.Linear(input, weight, bias, transposed: false)
            : IsFloat32OnCpu(input) ? LinearFunction.Apply(input, weight, bias, weightIsTransposed: false, remade)
            : nn.functional.linear(input, weight, bias);
    }

    /// <summary>
    /// <c>x W + b</c>, for weights stored [in, out] as GPT-2 stores them; nothing is copied.
    /// </summary>
    /// <param name="input">[..., in].</param>
    /// <param name="weight">[in, out], of the input's type.</param>
    /// <param name="bias">[out], or null.</param>
    /// <returns>[..., out].</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor LinearFromTransposed(Tensor input, Tensor weight, Tensor? bias = null) => LinearFromTransposed(input, weight, bias, remade: null);

    /// <summary>The same, of an input that can be made again.</summary>
    internal static Tensor LinearFromTransposed(Tensor input, Tensor weight, Tensor? bias, Remade? remade)
    {
        CheckLinear(input, weight, bias, inputs: 0);
        if (UsesFewRows(input, weight, bias, transposed: true))
        {
            return FewRows.Linear(input, weight, bias, transposed: true);
        }

        if (IsFloat32OnCpu(input))
        {
            return LinearFunction.Apply(input, weight, bias, weightIsTransposed: true, remade);
        }

        using var scope = NewDisposeScope();
        return nn.functional.linear(input, weight.t(), bias).MoveToOuterDisposeScope();
    }

    /// <summary><c>x W^T + b</c> for x [r, D], W [V, D] of any strides, without a gradient.</summary>
    internal static Tensor Affine(Tensor x, Tensor weight, Tensor? bias) =>
        UsesOneDnn(x) ? OneDnnProduct(x, weight, bias) : nn.functional.linear(x, weight, bias);

    /// <summary><c>x W^T</c> in the given memory where the library can, else in new memory.</summary>
    internal static Tensor ProductInto(Tensor destination, Tensor x, Tensor weight)
    {
        using var scope = NewDisposeScope();
        return UsesOneDnn(x)
            ? OneDnnProduct(x, weight, null).MoveToOuterDisposeScope()
            : destination.addmm_(x, weight.t(), 0, 1);
    }

    /// <summary>Writes <c>g W</c> for g [r, V], W [V, D].</summary>
    internal static void TransposedProductInto(Tensor destination, Tensor g, Tensor weight)
    {
        using var scope = NewDisposeScope();
        if (UsesOneDnn(g))
        {
            destination.copy_(OneDnnProduct(g, weight.t(), null));
        }
        else
        {
            destination.addmm_(g, weight, 0, 1);
        }
    }

    /// <summary>
    /// Adds <c>left^T right</c> for left [r, V], right [r, D] to a sum [V, D], which may be of a wider type; or writes it over
    /// whatever is there.
    /// </summary>
    internal static void AddTransposedProduct(Tensor sum, Tensor left, Tensor right, bool overwrite = false)
    {
        using var scope = NewDisposeScope();
        if (!UsesOneDnn(left) && sum.dtype == left.dtype)
        {
            sum.addmm_(left.t(), right, overwrite ? 0 : 1, 1);
            return;
        }

        var product = UsesOneDnn(left) ? OneDnnProduct(left.t(), right.t(), null) : left.t().mm(right);
        _ = overwrite ? sum.copy_(product) : sum.add_(product, One);
    }

    /// <summary>oneDNN's <c>x W^T + b</c>; x [r, D], W [V, D], any strides; no gradient. A size of 0, which oneDNN refuses, goes to libtorch.</summary>
    internal static Tensor OneDnnProduct(Tensor x, Tensor weight, Tensor? bias) => x.numel() == 0 || weight.numel() == 0
        ? nn.functional.linear(x, weight, bias)
        : Dispatcher.Call(
            "mkldnn::_linear_pointwise", "", Slot.Of(x), Slot.Of(weight), Slot.Optional(bias), Slot.Of("none"), Slot.EmptyList(), Slot.None);

    // A library that the caller has chosen multiplies everything.
    private static bool UsesFewRows(Tensor input, Tensor weight, Tensor? bias, bool transposed) =>
        Backend == MatrixBackend.Auto && !UsesOneDnn(input) && FewRows.Serves(input, weight, bias, transposed);

    /// <summary>Whether a tensor is what this library's own loops and products take.</summary>
    internal static bool IsFloat32OnCpu(Tensor tensor) => tensor.dtype == ScalarType.Float32 && tensor.device_type == DeviceType.CPU;

    private static bool UsesOneDnn(Tensor tensor) =>
        IsFloat32OnCpu(tensor) && Backend switch
        {
            MatrixBackend.OneDnn => NativeOperators.OneDnn ? true : throw NoOneDnn(),
            MatrixBackend.Auto => Processor.IsAmd && NativeOperators.OneDnn,
            _ => false,
        };

    private static InvalidOperationException NoOneDnn() =>
        new($"oneDNN was asked for and cannot be reached through this libtorch: {NativeOperators.OneDnnReason}. Use {nameof(MatrixBackend.Auto)}.");

    private static MatrixBackend FromEnvironment()
    {
        const string variable = "PREFERENCETUNING_MATRIX_BACKEND";
        var value = Environment.GetEnvironmentVariable(variable);
        return string.IsNullOrEmpty(value) ? MatrixBackend.Auto
            : Enum.TryParse<MatrixBackend>(value, ignoreCase: true, out var backend) && Enum.IsDefined(backend) ? backend
            : throw new InvalidOperationException($"{variable} is '{value}'; auto, mkl or onednn was expected.");
    }

    private static void CheckLinear(Tensor input, Tensor weight, Tensor? bias, int inputs)
    {
        Check.FloatingPoint(input);
        Check.Rank(weight, 2);
        Check.Size(weight, inputs, input.shape[^1]);
        Check.SameType(weight, input);
        if (bias is not null)
        {
            Check.Rank(bias, 1);
            Check.Size(bias, 0, weight.shape[1 - inputs]);
            Check.SameType(bias, input);
        }
    }
}
