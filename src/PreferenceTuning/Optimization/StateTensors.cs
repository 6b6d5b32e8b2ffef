using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Optimization;

/// <summary>Compares a given optimizer state with the one that is expected, before anything is changed.</summary>
internal static class StateTensors
{
    public static IReadOnlyDictionary<string, Tensor> Match(IReadOnlyList<NamedParameter> given, IReadOnlyList<NamedParameter> expected)
    {
        var byName = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            if (!byName.TryAdd(name, value))
            {
                throw new ArgumentException($"The optimizer state has '{name}' twice.", nameof(given));
            }
        }

        foreach (var (name, value) in expected)
        {
            if (!byName.TryGetValue(name, out var found))
            {
                throw new ArgumentException($"The optimizer state has no '{name}'; was it saved with other parameters?", nameof(given));
            }

            if (found.dtype != value.dtype || !found.shape.AsSpan().SequenceEqual(value.shape))
            {
                throw new ArgumentException(
                    $"The optimizer state's '{name}' is {found.dtype} {Check.Shape(found)}; {value.dtype} {Check.Shape(value)} was expected.",
                    nameof(given));
            }
        }

        if (byName.Count != expected.Count)
        {
            var unknown = byName.Keys.Except(expected.Select(tensor => tensor.Name)).First();
            throw new ArgumentException($"The optimizer state has '{unknown}', which belongs to no parameter here.", nameof(given));
        }

        return byName;
    }
}
