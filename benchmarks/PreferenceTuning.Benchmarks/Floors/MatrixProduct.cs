using static PreferenceTuning.Benchmarks.Steps.StepSizes;

namespace PreferenceTuning.Benchmarks.Floors;

/// <summary>The three products of a linear map y = x W.</summary>
internal enum ProductKind
{
    /// <summary>x W.</summary>
    Forward,

    /// <summary>g W^T.</summary>
    InputGradient,

    /// <summary>x^T g.</summary>
    WeightGradient,
}

/// <summary>A linear map of the model; the head's weight is stored [out, in] by both sides, the body's [in, out] by this library.</summary>
internal readonly record struct LinearMap(int Inputs, int Outputs, bool IsHead = false)
{
    /// <summary>The four maps of one of GPT-2's layers.</summary>
    public static readonly LinearMap[] Layer = [new(Width, 3 * Width), new(Width, Width), new(Width, 4 * Width), new(4 * Width, Width)];

    public static readonly LinearMap Head = new(Width, Vocabulary, IsHead: true);

    public long Bytes => (long)Inputs * Outputs * sizeof(float);
}

/// <summary>One matrix product, of so many rows of x.</summary>
internal readonly record struct MatrixProduct(ProductKind Kind, long Rows, LinearMap Map)
{
    public double Flop => 2.0 * Rows * Map.Inputs * Map.Outputs;
}
