namespace PreferenceTuning.Feedback.Statistics;

/// <summary>What a model of annotators believes about each item: probabilities over the labels.</summary>
public sealed class ItemPosteriors
{
    private readonly double[] _probabilities;

    internal ItemPosteriors(double[] probabilities, int itemCount, int labelCount) =>
        (_probabilities, ItemCount, LabelCount) = (probabilities, itemCount, labelCount);

    /// <summary>Number of items.</summary>
    public int ItemCount { get; }

    /// <summary>Number of labels.</summary>
    public int LabelCount { get; }

    /// <summary>The probabilities of an item's labels; they sum to 1.</summary>
    public ReadOnlySpan<double> Of(int item) => _probabilities.AsSpan(item * LabelCount, LabelCount);

    /// <summary>The most probable label, the first one where several are equal.</summary>
    public int Best(int item)
    {
        var row = Of(item);
        var best = 0;
        for (var label = 1; label < row.Length; label++)
        {
            best = row[label] > row[best] ? label : best;
        }

        return best;
    }

    /// <summary>Whether another label is as probable as the best one, to 1e-12: the item is undecided.</summary>
    public bool IsTied(int item)
    {
        var (row, best) = (Of(item).ToArray(), Best(item));
        return row.Where((p, label) => label != best && p >= row[best] - 1e-12).Any();
    }

    /// <summary>Entropy of the probabilities, in nats: 0 where the model is sure.</summary>
    public double Entropy(int item)
    {
        var entropy = 0.0;
        foreach (var p in Of(item))
        {
            entropy -= p > 0 ? p * Math.Log(p) : 0;
        }

        return entropy;
    }

    /// <summary>Mean probability of each label over the items.</summary>
    public double[] Shares()
    {
        var shares = new double[LabelCount];
        for (var i = 0; i < ItemCount; i++)
        {
            var row = Of(i);
            for (var label = 0; label < LabelCount; label++)
            {
                shares[label] += row[label] / ItemCount;
            }
        }

        return shares;
    }

    internal Span<double> Row(int item) => _probabilities.AsSpan(item * LabelCount, LabelCount);

    internal static ItemPosteriors Empty(LabelTable answers) =>
        new(new double[answers.ItemCount * answers.LabelCount], answers.ItemCount, answers.LabelCount);

    /// <summary>Turns log weights into probabilities; returns the logarithm of their sum.</summary>
    internal static double Normalize(Span<double> logWeights)
    {
        var top = double.NegativeInfinity;
        foreach (var weight in logWeights)
        {
            top = Math.Max(top, weight);
        }

        var sum = 0.0;
        for (var label = 0; label < logWeights.Length; label++)
        {
            sum += logWeights[label] = Math.Exp(logWeights[label] - top);
        }

        for (var label = 0; label < logWeights.Length; label++)
        {
            logWeights[label] /= sum;
        }

        return top + Math.Log(sum);
    }
}
