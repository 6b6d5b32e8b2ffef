using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks.Floors;

/// <summary>
/// Seconds that one matrix product takes with a weight from memory: in torch's operators with the weight as <c>Linear</c> stores it,
/// and with this library. Each product is measured once and remembered.
/// </summary>
internal sealed class ProductTimes : IDisposable
{
    private readonly ColdMemory _memory = new();
    private readonly Dictionary<MatrixProduct, (double Torch, double Ours)> _known = [];

    public (double Torch, double Ours) Seconds(MatrixProduct product)
    {
        if (!_known.TryGetValue(product, out var seconds))
        {
            _known[product] = seconds = Measure(product);
        }

        return seconds;
    }

    /// <summary>All products of a list, by count.</summary>
    public (double Torch, double Ours) Seconds(ProductList list) =>
        (list.Counts.Sum(entry => entry.Value * Seconds(entry.Key).Torch), list.Counts.Sum(entry => entry.Value * Seconds(entry.Key).Ours));

    public void Dispose() => _memory.Dispose();

    private (double Torch, double Ours) Measure(MatrixProduct product)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var (x, g) = (rand(product.Rows, product.Map.Inputs), rand(product.Rows, product.Map.Outputs));
        var repetitions = product.Flop switch { > 2e10 => 3, > 1e9 => 7, _ => 20 };
        var seconds = Timing.InTurn(repetitions, () => Torch(product, x, g), () => Ours(product, x, g));
        return (Timing.Median(seconds[0]), Timing.Median(seconds[1]));
    }

    private void Torch(MatrixProduct product, Tensor x, Tensor g)
    {
        using var scope = NewDisposeScope();
        _ = product.Kind switch
        {
            ProductKind.Forward => nn.functional.linear(x, _memory.Matrix(product.Map.Outputs, product.Map.Inputs)),
            ProductKind.InputGradient => g.mm(_memory.Matrix(product.Map.Outputs, product.Map.Inputs)),
            _ => g.t().mm(x),
        };
    }

    private void Ours(MatrixProduct product, Tensor x, Tensor g)
    {
        using var scope = NewDisposeScope();
        _ = (product.Kind, product.Map.IsHead) switch
        {
            (ProductKind.Forward, true) => MatrixProducts.Linear(x, _memory.Matrix(product.Map.Outputs, product.Map.Inputs)),
            (ProductKind.Forward, false) => MatrixProducts.LinearFromTransposed(x, _memory.Matrix(product.Map.Inputs, product.Map.Outputs)),
            (ProductKind.InputGradient, true) => MatrixProducts.LinearFromTransposed(g, _memory.Matrix(product.Map.Outputs, product.Map.Inputs)),
            (ProductKind.InputGradient, false) => MatrixProducts.Linear(g, _memory.Matrix(product.Map.Inputs, product.Map.Outputs)),
            (_, true) => MatrixProducts.LinearFromTransposed(g.t(), x),
            _ => MatrixProducts.LinearFromTransposed(x.t(), g),
        };
    }
}
