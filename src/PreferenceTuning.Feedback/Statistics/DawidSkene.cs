namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Error rates of annotators and beliefs about items.</summary>
public sealed class DawidSkeneResult
{
    private readonly double[] _errors;

    internal DawidSkeneResult(ItemPosteriors items, double[] priors, double[] errors, double logLikelihood, int rounds, bool converged)
    {
        (Items, Priors, _errors) = (items, priors, errors);
        (LogLikelihood, Rounds, Converged) = (logLikelihood, rounds, converged);
    }

    /// <summary>Beliefs about the items.</summary>
    public ItemPosteriors Items { get; }

    /// <summary>Share of each label.</summary>
    public IReadOnlyList<double> Priors { get; }

    /// <summary>Marginal log-likelihood of the answers in the last expectation step, nats.</summary>
    public double LogLikelihood { get; }

    /// <summary>Rounds done.</summary>
    public int Rounds { get; }

    /// <summary>Whether the tolerance was reached.</summary>
    public bool Converged { get; }

    /// <summary>Probability that an annotator says <paramref name="given"/> where <paramref name="truth"/> holds.</summary>
    public double Error(int annotator, int truth, int given) =>
        _errors[(((annotator * Items.LabelCount) + given) * Items.LabelCount) + truth];

    /// <summary>Share of correct answers that the model expects of an annotator, <c>Σ_j p_j π_jj</c>.</summary>
    public double Accuracy(int annotator) => Enumerable.Range(0, Items.LabelCount).Sum(j => Priors[j] * Error(annotator, j, j));
}

/// <summary>
/// The model of Dawid and Skene 1979, Applied Statistics 28(1): every annotator has a confusion matrix, every item a true label;
/// expectation-maximization from the shares of votes.
/// </summary>
public static class DawidSkene
{
    /// <summary>Counts and shares below this are raised to it, so that no single answer makes a label impossible.</summary>
    internal const double Floor = 1e-10;

    /// <summary>Fits a confusion matrix for each annotator.</summary>
    /// <param name="answers">The answers; several answers of one annotator to one item count each.</param>
    /// <param name="options">When to stop; null for the defaults.</param>
    public static DawidSkeneResult Fit(LabelTable answers, EmOptions? options = null) => Run(answers, options, FullErrors);

    /// <summary>
    /// Fits one probability per annotator: right with that probability, each wrong label equally likely. The skill of an annotator is
    /// <see cref="DawidSkeneResult.Error"/> on the diagonal.
    /// </summary>
    public static DawidSkeneResult FitOneCoin(LabelTable answers, EmOptions? options = null) => Run(answers, options, OneCoinErrors);

    private delegate void ErrorStep(LabelTable answers, ItemPosteriors items, double[] errors);

    private static DawidSkeneResult Run(LabelTable answers, EmOptions? options, ErrorStep errorStep)
    {
        var chosen = (options ?? new()).Checked();
        var items = MajorityVote.Shares(answers);
        var errors = new double[answers.AnnotatorCount * answers.LabelCount * answers.LabelCount];
        var logErrors = new double[errors.Length];
        errorStep(answers, items, errors);
        var (priors, before, reached, rounds, converged) = (items.Shares(), double.NegativeInfinity, 0.0, 0, false);
        while (rounds < chosen.MaxRounds && !converged)
        {
            reached = Expect(answers, items, priors, errors, logErrors);
            priors = items.Shares();
            errorStep(answers, items, errors);
            rounds++;
            converged = chosen.Tolerance >= 0 && reached - before < chosen.Tolerance;
            before = reached;
        }

        return new(items, priors, errors, reached, rounds, converged);
    }

    private static double Expect(LabelTable answers, ItemPosteriors items, double[] priors, double[] errors, double[] logErrors)
    {
        var (start, who, what) = (answers.Starts, answers.Who, answers.What);
        var (labels, total) = (answers.LabelCount, 0.0);
        for (var e = 0; e < errors.Length; e++)
        {
            logErrors[e] = Math.Log(errors[e]);
        }

        var logPriors = Array.ConvertAll(priors, p => Math.Log(Math.Max(p, Floor)));
        for (var i = 0; i < answers.ItemCount; i++)
        {
            var row = items.Row(i);
            logPriors.CopyTo(row);
            for (var a = start[i]; a < start[i + 1]; a++)
            {
                var block = logErrors.AsSpan(((who[a] * labels) + what[a]) * labels, labels);
                for (var truth = 0; truth < labels; truth++)
                {
                    row[truth] += block[truth];
                }
            }

            total += ItemPosteriors.Normalize(row);
        }

        return total;
    }

    /// <summary>Layout [annotator, given, truth]: one answer touches one contiguous block.</summary>
    private static void FullErrors(LabelTable answers, ItemPosteriors items, double[] errors)
    {
        var (start, who, what) = (answers.Starts, answers.Who, answers.What);
        var labels = answers.LabelCount;
        var given = new bool[answers.AnnotatorCount * labels];
        Array.Clear(errors);
        for (var i = 0; i < answers.ItemCount; i++)
        {
            var row = items.Of(i);
            for (var a = start[i]; a < start[i + 1]; a++)
            {
                var answer = (who[a] * labels) + what[a];
                given[answer] = true;
                var block = errors.AsSpan(answer * labels, labels);
                for (var truth = 0; truth < labels; truth++)
                {
                    block[truth] += row[truth];
                }
            }
        }

        for (var k = 0; k < answers.AnnotatorCount; k++)
        {
            Normalize(errors.AsSpan(k * labels * labels, labels * labels), given.AsSpan(k * labels, labels), labels);
        }
    }

    /// <summary>Shares over the labels that the annotator gave at all; the others stay at 0 and are never looked up.</summary>
    private static void Normalize(Span<double> matrix, ReadOnlySpan<bool> given, int labels)
    {
        for (var truth = 0; truth < labels; truth++)
        {
            var sum = 0.0;
            for (var label = 0; label < labels; label++)
            {
                if (given[label])
                {
                    sum += matrix[(label * labels) + truth] = Math.Max(Floor, matrix[(label * labels) + truth]);
                }
            }

            for (var label = 0; label < labels && sum > 0; label++)
            {
                matrix[(label * labels) + truth] /= sum;
            }
        }
    }

    private static void OneCoinErrors(LabelTable answers, ItemPosteriors items, double[] errors)
    {
        var labels = answers.LabelCount;
        var (right, total) = (new double[answers.AnnotatorCount], new double[answers.AnnotatorCount]);
        for (var i = 0; i < answers.ItemCount; i++)
        {
            var row = items.Of(i);
            for (var a = answers.ItemStart[i]; a < answers.ItemStart[i + 1]; a++)
            {
                right[answers.Annotators[a]] += row[answers.Labels[a]];
                total[answers.Annotators[a]]++;
            }
        }

        for (var k = 0; k < right.Length; k++)
        {
            var skill = total[k] == 0 ? 1.0 / labels : right[k] / total[k];
            for (var cell = 0; cell < labels * labels; cell++)
            {
                var probability = cell / labels == cell % labels ? skill : (1 - skill) / (labels - 1);
                errors[(k * labels * labels) + cell] = Math.Clamp(probability, Floor, 1 - Floor);
            }
        }
    }
}
