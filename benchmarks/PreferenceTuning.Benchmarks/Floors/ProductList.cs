using static PreferenceTuning.Benchmarks.Steps.StepSizes;

namespace PreferenceTuning.Benchmarks.Floors;

/// <summary>Matrix products and how often each is computed. Those of attention (2 % of the arithmetic at these lengths) are not counted.</summary>
internal sealed class ProductList
{
    private static readonly ProductKind[] OnlyForward = [ProductKind.Forward], All = Enum.GetValues<ProductKind>();

    private readonly Dictionary<MatrixProduct, long> _counts = [];

    public IReadOnlyDictionary<MatrixProduct, long> Counts => _counts;

    public double Flop => _counts.Sum(entry => entry.Value * entry.Key.Flop);

    /// <summary>Each product passes once over its weight, or over the weight's gradient.</summary>
    public double Bytes => _counts.Sum(entry => (double)entry.Value * entry.Key.Map.Bytes);

    /// <param name="tokens">That pass through the body.</param>
    /// <param name="wanted">Those whose states are wanted: of the last layer the others need queries, keys and values only.</param>
    /// <param name="times">How often.</param>
    public ProductList Body(long tokens, long wanted, int times = 1) => AddBody(OnlyForward, tokens, wanted, times);

    public ProductList Head(long tokens, int times = 1) => Add([LinearMap.Head], 1, OnlyForward, tokens, times);

    /// <summary>Forward and backward; parameters as above.</summary>
    public ProductList TrainBody(long tokens, long wanted, int times = 1) => AddBody(All, tokens, wanted, times);

    /// <summary>Forward and backward.</summary>
    public ProductList TrainHead(long tokens, int times = 1) => Add([LinearMap.Head], 1, All, tokens, times);

    /// <summary>The prompts once, then a token each for all rows; the last tokens drawn pass through nothing.</summary>
    public ProductList Generate(long rows, long promptLength, int newTokens) =>
        Body(rows * promptLength, rows * promptLength).Head(rows, newTokens).Body(rows, rows, newTokens - 1);

    private ProductList AddBody(ProductKind[] kinds, long tokens, long wanted, int times) =>
        Add(LinearMap.Layer, Layers - 1, kinds, tokens, times)
            .Add(LinearMap.Layer[..1], 1, kinds, tokens, times)
            .Add(LinearMap.Layer[1..], 1, kinds, wanted, times);

    private ProductList Add(LinearMap[] maps, int layers, ProductKind[] kinds, long tokens, int times)
    {
        foreach (var product in maps.SelectMany(map => kinds.Select(kind => new MatrixProduct(kind, tokens, map))))
        {
            _counts[product] = _counts.GetValueOrDefault(product) + ((long)layers * times);
        }

        return this;
    }
}
