using System.Runtime.InteropServices;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// Who said what about which item, as index arrays: the input of agreement statistics and annotator models. Answers lie item by
/// item, so 250,000 items with three answers each take 9 MB and one pass. Missing answers are simply not there.
/// </summary>
public sealed class LabelTable
{
    private readonly int[] _itemStart;
    private readonly int[] _annotators;
    private readonly int[] _labels;

    /// <summary>Sorts the answers by item (stable) and checks every index.</summary>
    /// <param name="items">Item of each answer, 0..itemCount-1.</param>
    /// <param name="annotators">Annotator of each answer, 0..annotatorCount-1.</param>
    /// <param name="labels">Label of each answer, 0..labelCount-1.</param>
    /// <param name="itemCount">Number of items; an item may have no answer.</param>
    /// <param name="annotatorCount">Number of annotators.</param>
    /// <param name="labelCount">Number of labels that could be given.</param>
    /// <exception cref="ArgumentException">Arrays of different length, or an index outside its range.</exception>
    public LabelTable(
        ReadOnlySpan<int> items, ReadOnlySpan<int> annotators, ReadOnlySpan<int> labels, int itemCount, int annotatorCount, int labelCount)
    {
        Check.SameLength(items.Length, annotators.Length, nameof(items), nameof(annotators));
        Check.SameLength(items.Length, labels.Length, nameof(items), nameof(labels));
        ArgumentOutOfRangeException.ThrowIfNegative(itemCount);
        ArgumentOutOfRangeException.ThrowIfNegative(annotatorCount);
        ArgumentOutOfRangeException.ThrowIfNegative(labelCount);
        (ItemCount, AnnotatorCount, LabelCount) = (itemCount, annotatorCount, labelCount);
        _itemStart = new int[itemCount + 1];
        _annotators = new int[items.Length];
        _labels = new int[items.Length];
        for (var a = 0; a < items.Length; a++)
        {
            Check.Index(items[a], itemCount, nameof(items), a);
            Check.Index(annotators[a], annotatorCount, nameof(annotators), a);
            Check.Index(labels[a], labelCount, nameof(labels), a);
            _itemStart[items[a] + 1]++;
        }

        for (var i = 0; i < itemCount; i++)
        {
            _itemStart[i + 1] += _itemStart[i];
        }

        var next = _itemStart.AsSpan(0, itemCount).ToArray();
        for (var a = 0; a < items.Length; a++)
        {
            var place = next[items[a]]++;
            _annotators[place] = annotators[a];
            _labels[place] = labels[a];
        }
    }

    /// <summary>The answers to some items, which get the numbers 0, 1, ... in this order; an item may come several times.</summary>
    internal LabelTable OfItems(ReadOnlySpan<int> items)
    {
        var (rows, annotators, labels) = (new List<int>(), new List<int>(), new List<int>());
        for (var i = 0; i < items.Length; i++)
        {
            annotators.AddRange(AnnotatorsOf(items[i]));
            labels.AddRange(LabelsOf(items[i]));
            rows.AddRange(Enumerable.Repeat(i, annotators.Count - rows.Count));
        }

        return new LabelTable(
            CollectionsMarshal.AsSpan(rows), CollectionsMarshal.AsSpan(annotators), CollectionsMarshal.AsSpan(labels), items.Length, AnnotatorCount, LabelCount);
    }

    /// <summary>Number of items.</summary>
    public int ItemCount { get; }

    /// <summary>Number of annotators.</summary>
    public int AnnotatorCount { get; }

    /// <summary>Number of labels that could be given.</summary>
    public int LabelCount { get; }

    /// <summary>Number of answers.</summary>
    public int AnswerCount => _labels.Length;

    /// <summary>Annotators of all answers, item by item.</summary>
    public ReadOnlySpan<int> Annotators => _annotators;

    /// <summary>Labels of all answers, item by item; the same order as <see cref="Annotators"/>.</summary>
    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>Where the answers of each item begin in <see cref="Labels"/>; [ItemCount + 1].</summary>
    public ReadOnlySpan<int> ItemStart => _itemStart;

    internal int[] Starts => _itemStart;

    internal int[] Who => _annotators;

    internal int[] What => _labels;

    /// <summary>The annotators who answered an item.</summary>
    public ReadOnlySpan<int> AnnotatorsOf(int item) => _annotators.AsSpan(_itemStart[item].._itemStart[item + 1]);

    /// <summary>The labels that an item got, in the order of <see cref="AnnotatorsOf"/>.</summary>
    public ReadOnlySpan<int> LabelsOf(int item) => _labels.AsSpan(_itemStart[item].._itemStart[item + 1]);

    /// <summary>How often each item got each label: [ItemCount, LabelCount].</summary>
    public int[,] CountsByItem()
    {
        var counts = new int[ItemCount, LabelCount];
        for (var i = 0; i < ItemCount; i++)
        {
            foreach (var label in LabelsOf(i))
            {
                counts[i, label]++;
            }
        }

        return counts;
    }
}
