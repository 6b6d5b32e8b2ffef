namespace PreferenceTuning.Feedback.Statistics;

/// <summary>A <see cref="LabelTable"/> with the names behind its indices, each in the order of first appearance.</summary>
/// <param name="Table">The answers as indices.</param>
/// <param name="Items">Name of each item index.</param>
/// <param name="Annotators">Name of each annotator index.</param>
/// <param name="Labels">Name of each label index.</param>
public sealed record NamedLabels(
    LabelTable Table, IReadOnlyList<string> Items, IReadOnlyList<string> Annotators, IReadOnlyList<string> Labels)
{
    /// <summary>Numbers items, annotators and labels as they appear.</summary>
    /// <param name="rows">One row per answer.</param>
    /// <param name="labels">All possible labels in the wanted order; null to take those that occur, as they appear.</param>
    /// <exception cref="ArgumentException">A row has a label that is not among <paramref name="labels"/>.</exception>
    public static NamedLabels FromRows(
        IEnumerable<(string Item, string Annotator, string Label)> rows, IReadOnlyList<string>? labels = null)
    {
        var (itemIndex, annotatorIndex, labelIndex) = (new Indexer(), new Indexer(), new Indexer());
        foreach (var label in labels ?? [])
        {
            labelIndex.Of(label);
        }

        List<int> item = [], annotator = [], given = [];
        foreach (var row in rows)
        {
            item.Add(itemIndex.Of(row.Item));
            annotator.Add(annotatorIndex.Of(row.Annotator));
            given.Add(labelIndex.Of(row.Label));
        }

        if (labels is not null && labelIndex.Names.Count != labels.Count)
        {
            throw new ArgumentException(
                $"Label '{labelIndex.Names[labels.Count]}' is not among the {labels.Count} given labels.", nameof(rows));
        }

        var table = new LabelTable(
            item.ToArray(), annotator.ToArray(), given.ToArray(), itemIndex.Names.Count, annotatorIndex.Names.Count, labelIndex.Names.Count);
        return new(table, itemIndex.Names, annotatorIndex.Names, labelIndex.Names);
    }

    private sealed class Indexer
    {
        private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);

        public List<string> Names { get; } = [];

        public int Of(string name)
        {
            if (!_index.TryGetValue(name, out var index))
            {
                _index[name] = index = Names.Count;
                Names.Add(name);
            }

            return index;
        }
    }
}
