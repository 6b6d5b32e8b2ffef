namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// Intervals for what a model says of each annotator (the accuracy of Dawid and Skene, the competence of MACE, the ability of GLAD):
/// the model is fitted again on items drawn with replacement, since the answers to one item hang together.
/// Efron and Tibshirani 1993, chapter 8.
/// </summary>
public static class AnnotatorBootstrap
{
    /// <summary>Percentile intervals.</summary>
    /// <param name="answers">Where items come from prompts that hang together, give each prompt's items one number first.</param>
    /// <param name="perAnnotator">A fit, and its number for each annotator; NaN where it has none.</param>
    /// <param name="options">Resamples (each is a whole fit), seed, coverage.</param>
    /// <returns>
    /// One for each annotator; undefined for an annotator who answered nothing, or who is in less than nine tenths of the resamples.
    /// </returns>
    /// <exception cref="ArgumentException">The fit has not one number for each annotator.</exception>
    public static IReadOnlyList<Statistic> Percentile(
        LabelTable answers, Func<LabelTable, IReadOnlyList<double>> perAnnotator, BootstrapOptions options)
    {
        options.Checked();
        if (answers.ItemCount < 2)
        {
            return [.. Enumerable.Repeat(Statistic.Undefined("there are fewer than two items to draw from"), answers.AnnotatorCount)];
        }

        var estimates = Fit(answers, perAnnotator);
        var replicates = Enumerable.Range(0, answers.AnnotatorCount).Select(_ => new List<double>(options.Resamples)).ToArray();
        var random = new RandomNumbers(options.Seed);
        var drawn = new int[answers.ItemCount];
        for (var r = 0; r < options.Resamples; r++)
        {
            for (var i = 0; i < drawn.Length; i++)
            {
                drawn[i] = random.Next(answers.ItemCount);
            }

            var values = Fit(answers.OfItems(drawn), perAnnotator);
            for (var annotator = 0; annotator < values.Length; annotator++)
            {
                if (!double.IsNaN(values[annotator]))
                {
                    replicates[annotator].Add(values[annotator]);
                }
            }
        }

        return [.. estimates.Select((estimate, annotator) => Interval(estimate, [.. replicates[annotator]], options))];
    }

    private static Statistic Interval(double estimate, double[] replicates, BootstrapOptions options)
    {
        var missing = options.Resamples - replicates.Length;
        return double.IsNaN(estimate) ? Statistic.Undefined("this annotator answered nothing")
            : missing * 10 > options.Resamples || replicates.Length < 2
                ? Statistic.Undefined($"this annotator is missing from {missing} of {options.Resamples} resamples")
            : ClusterBootstrap.FromReplicates(estimate, replicates, options.Confidence);
    }

    // A model has a number, its prior's, for annotators of whom it saw nothing.
    private static double[] Fit(LabelTable answers, Func<LabelTable, IReadOnlyList<double>> perAnnotator)
    {
        double[] values = [.. perAnnotator(answers)];
        if (values.Length != answers.AnnotatorCount)
        {
            throw new ArgumentException(
                $"The fit has {values.Length} numbers for {answers.AnnotatorCount} annotators; one for each was expected.", nameof(perAnnotator));
        }

        var seen = new bool[values.Length];
        foreach (var annotator in answers.Annotators)
        {
            seen[annotator] = true;
        }

        return [.. values.Select((value, annotator) => seen[annotator] ? value : double.NaN)];
    }
}
