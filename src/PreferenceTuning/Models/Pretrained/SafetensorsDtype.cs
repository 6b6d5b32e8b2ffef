using static TorchSharp.torch;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>The element types of the safetensors format, in the order in which the reference library ranks them.</summary>
internal static class SafetensorsDtype
{
    // The position is the rank: a file holds higher ranks first, so that every tensor lies aligned.
    private static readonly (string Name, int Size, ScalarType? Tensor)[] Known =
    [
        ("BOOL", 1, ScalarType.Bool),
        ("U8", 1, ScalarType.Byte),
        ("I8", 1, ScalarType.Int8),
        ("F8_E5M2", 1, null),
        ("F8_E4M3", 1, null),
        ("F8_E8M0", 1, null),
        ("I16", 2, ScalarType.Int16),
        ("U16", 2, null),
        ("F16", 2, ScalarType.Float16),
        ("BF16", 2, ScalarType.BFloat16),
        ("I32", 4, ScalarType.Int32),
        ("U32", 4, null),
        ("F32", 4, ScalarType.Float32),
        ("C64", 8, ScalarType.ComplexFloat32),
        ("F64", 8, ScalarType.Float64),
        ("I64", 8, ScalarType.Int64),
        ("U64", 8, null),
    ];

    private static readonly Dictionary<string, int> RankByName =
        Known.Select((entry, rank) => (entry.Name, rank)).ToDictionary(pair => pair.Name, pair => pair.rank, StringComparer.Ordinal);

    public static string AllNames => string.Join(", ", Known.Select(entry => entry.Name));

    public static bool IsKnown(string name) => RankByName.ContainsKey(name);

    public static int Rank(string name) => RankByName[name];

    /// <summary>Bytes of one element.</summary>
    public static int Size(string name) => Known[RankByName[name]].Size;

    /// <summary>The tensor type with the same bytes, or null where TorchSharp has none.</summary>
    public static ScalarType? Tensor(string name) => Known[RankByName[name]].Tensor;

    /// <summary>The name in a file of a tensor type, or null where the format has none.</summary>
    public static string? Name(ScalarType type) => Known.FirstOrDefault(entry => entry.Tensor == type).Name;
}
