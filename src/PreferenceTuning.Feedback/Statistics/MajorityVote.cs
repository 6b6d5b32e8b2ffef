namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Votes counted, equally or by weight.</summary>
public static class MajorityVote
{
    /// <summary>Share of each label among an item's answers; an item without answers is uniform.</summary>
    public static ItemPosteriors Shares(LabelTable answers) => Weighted(answers, null);

    /// <summary>Weighted share of each label; an item without weight is uniform.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="weights">Weight of each annotator, not negative, e.g. a skill; null for 1.</param>
    public static ItemPosteriors Weighted(LabelTable answers, IReadOnlyList<double>? weights)
    {
        if (weights is not null)
        {
            Check.SameLength(answers.AnnotatorCount, weights.Count, nameof(answers), nameof(weights));
            foreach (var weight in weights)
            {
                Check.Count(weight, nameof(weights));
            }
        }

        var posteriors = ItemPosteriors.Empty(answers);
        for (var i = 0; i < answers.ItemCount; i++)
        {
            var who = answers.AnnotatorsOf(i);
            var what = answers.LabelsOf(i);
            var row = posteriors.Row(i);
            var total = 0.0;
            for (var a = 0; a < what.Length; a++)
            {
                var weight = weights?[who[a]] ?? 1;
                row[what[a]] += weight;
                total += weight;
            }

            for (var label = 0; label < row.Length; label++)
            {
                row[label] = total > 0 ? row[label] / total : 1.0 / row.Length;
            }
        }

        return posteriors;
    }

    /// <summary>Share of each annotator's answers that equal the given labels; undefined for annotators without answers.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="labels">Label of each item, e.g. the majority's; -1 leaves the item out.</param>
    /// <param name="confidence">Coverage of the Wilson interval.</param>
    public static IReadOnlyList<Statistic> AgreementWith(LabelTable answers, IReadOnlyList<int> labels, double confidence = 0.95)
    {
        Check.SameLength(answers.ItemCount, labels.Count, nameof(answers), nameof(labels));
        var (equal, total) = (new long[answers.AnnotatorCount], new long[answers.AnnotatorCount]);
        for (var i = 0; i < answers.ItemCount; i++)
        {
            var who = answers.AnnotatorsOf(i);
            var what = answers.LabelsOf(i);
            for (var a = 0; a < who.Length && labels[i] >= 0; a++)
            {
                total[who[a]]++;
                equal[who[a]] += what[a] == labels[i] ? 1 : 0;
            }
        }

        return [.. total.Select((n, who) => Proportion.Wilson(equal[who], n, confidence))];
    }
}
