using PreferenceTuning.Parquet.Pages;
using PreferenceTuning.Parquet.Thrift;

namespace PreferenceTuning.Parquet.Rows;

/// <summary>
/// Builds the tree of fields from the flattened schema, with the rules by which old writers spelled lists and maps (LogicalTypes.md of
/// apache/parquet-format, "Lists" and "Maps", backward compatibility).
/// </summary>
internal sealed class SchemaTree
{
    private const int Deepest = 100, Required = 0, Repeated = 2;

    private readonly IReadOnlyList<SchemaElement> _elements;
    private readonly List<Leaf> _leaves = [];
    private int _next = 1;

    private SchemaTree(IReadOnlyList<SchemaElement> elements) => _elements = elements;

    public static (IReadOnlyList<Node> Fields, IReadOnlyList<Leaf> Leaves) Build(IReadOnlyList<SchemaElement> elements)
    {
        if (elements.Count < 2)
            throw new DamagedException("The schema holds no column.");
        var tree = new SchemaTree(elements);
        var fields = tree.Children(new Raw(elements[0], 0, 0, []), "", 0).Select(Field).ToList();
        if (tree._next != elements.Count)
            throw new DamagedException($"The schema holds {elements.Count} elements, its groups only {tree._next}.");
        RefuseTwins(fields);
        return (fields, tree._leaves);
    }

    private sealed record Raw(SchemaElement Element, int Definition, int Repetition, List<Raw> Children)
    {
        public Leaf? Leaf { get; init; }
        public bool IsRepeated => Element.Repetition == Repeated;
    }

    private List<Raw> Children(Raw parent, string path, int depth)
    {
        if (depth > Deepest)
            throw new DamagedException($"The schema is nested more than {Deepest} deep.");
        var children = new List<Raw>();
        for (var index = 0; index < parent.Element.Children; index++)
        {
            if (_next >= _elements.Count)
                throw new DamagedException("The schema's groups ask for more elements than it holds.");
            children.Add(Child(_elements[_next++], parent, path, depth));
        }

        return children;
    }

    private Raw Child(SchemaElement element, Raw parent, string path, int depth)
    {
        var definition = parent.Definition + (element.Repetition == Required ? 0 : 1);
        var repetition = parent.Repetition + (element.Repetition == Repeated ? 1 : 0);
        var name = path.Length == 0 ? element.Name : $"{path}.{element.Name}";
        var raw = new Raw(element, definition, repetition, []);
        if (element.Type is null)
        {
            return element.Children > 0
                ? raw with { Children = Children(raw, name, depth + 1) }
                : throw new DamagedException($"The schema's element '{name}' is neither a column nor a group of some.");
        }

        if (element.Children != 0)
            throw new DamagedException($"The schema's element '{name}' is both a column and a group.");
        _leaves.Add(new Leaf(_leaves.Count, name, element, definition, repetition));
        return raw with { Leaf = _leaves[^1] };
    }

    // A repeated field outside a list or map is a list that is never null.
    private static Node Field(Raw raw) => raw.IsRepeated
        ? new Node(raw.Element.Name, NodeKind.List) { EmptyBelow = raw.Definition, Repetition = raw.Repetition, Children = [Body(raw, 0)] }
        : Body(raw, raw.Element.Repetition == Required ? 0 : raw.Definition);

    private static Node Body(Raw raw, int nullBelow)
    {
        var name = raw.Element.Name;
        if (raw.Leaf is { } leaf)
            return new Node(name, NodeKind.Value) { NullBelow = nullBelow, Leaf = leaf };
        if (raw.Element.Meaning is Meaning.List or Meaning.Map && raw.Children is [{ IsRepeated: true } items])
        {
            var isMap = raw.Element.Meaning == Meaning.Map && items.Children.Count is 1 or 2;
            return new Node(name, isMap ? NodeKind.Map : NodeKind.List)
            {
                NullBelow = nullBelow,
                EmptyBelow = items.Definition,
                Repetition = items.Repetition,
                Children = isMap ? [.. items.Children.Select(Field)] : [Element(items, name)],
            };
        }

        List<Node> fields = [.. raw.Children.Select(Field)];
        RefuseTwins(fields);
        return new Node(name, NodeKind.Struct) { NullBelow = nullBelow, Children = fields };
    }

    private static Node Element(Raw items, string list)
    {
        var isElement = items.Leaf is not null || items.Children.Count > 1 || items.Children[0].IsRepeated
            || items.Element.Name == "array" || items.Element.Name == list + "_tuple";
        return isElement ? Body(items, 0) : Field(items.Children[0]);
    }

    private static void RefuseTwins(List<Node> fields)
    {
        var twin = fields.GroupBy(field => field.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        if (twin is not null)
            throw new DamagedException($"Two columns are named '{twin.Key}'; rename one.");
    }
}
