using PreferenceTuning.Parquet.Pages;

namespace PreferenceTuning.Parquet.Rows;

internal enum NodeKind
{
    Value,
    Struct,
    List,
    Map,
}

/// <summary>A field as a reader of rows sees it: the groups that only spell a list or a map are gone.</summary>
internal sealed record Node(string Name, NodeKind Kind)
{
    /// <summary>The definition level from which the field is not null, 0 where it cannot be null.</summary>
    public int NullBelow { get; init; }

    /// <summary>The definition level from which a list or map has an item.</summary>
    public int EmptyBelow { get; init; }

    /// <summary>The repetition level of further items.</summary>
    public int Repetition { get; init; }

    /// <summary>The fields of a struct, the element of a list, the key and (where there is one) the value of a map.</summary>
    public IReadOnlyList<Node> Children { get; init; } = [];

    public Leaf? Leaf { get; init; }

    /// <summary>The number of the first column, which decides about nulls and items.</summary>
    public int FirstLeaf => Leaf?.Index ?? Children[0].FirstLeaf;
}
