using MathNet.Numerics;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>How MACE re-estimates its parameters.</summary>
public enum MaceMethod
{
    /// <summary>Variational Bayes with the priors of <see cref="MaceOptions"/>; the published choice.</summary>
    Variational,

    /// <summary>Plain expectation-maximization with additive smoothing <c>0.01 / labels</c>.</summary>
    Smoothed,
}

/// <summary>Settings of MACE; defaults of the reference implementation.</summary>
public sealed record MaceOptions
{
    /// <summary>How parameters are re-estimated; variational.</summary>
    public MaceMethod Method { get; init; } = MaceMethod.Variational;

    /// <summary>Rounds of each start; 50.</summary>
    public int Rounds { get; init; } = 50;

    /// <summary>Starts, of which the one with the largest likelihood counts; 10. The first is always the one without noise.</summary>
    public int Starts { get; init; } = 10;

    /// <summary>Width of the noise on the start's weights, uniform in [1, 1 + noise]; 0.5.</summary>
    public double Noise { get; init; } = 0.5;

    /// <summary>Beta prior of copying and knowing; 0.5 each.</summary>
    public double CompetencePrior { get; init; } = 0.5;

    /// <summary>Dirichlet prior of each label in the copying strategy; 10, a constant inside the reference implementation.</summary>
    public double StrategyPrior { get; init; } = 10;

    /// <summary>Seed of <see cref="RandomNumbers"/>; 0.</summary>
    public long Seed { get; init; }

    internal MaceOptions Checked()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Rounds);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Starts);
        Check.Count(Noise, nameof(Noise));
        Check.Count(CompetencePrior, nameof(CompetencePrior));
        Check.Count(StrategyPrior, nameof(StrategyPrior));
        return this;
    }
}

/// <summary>What MACE found.</summary>
/// <param name="Items">Beliefs about the items.</param>
/// <param name="Competence">Probability that each annotator does not copy.</param>
/// <param name="Strategy">[annotator, label]: weights of the labels when copying; variational weights sum to slightly less than 1.</param>
/// <param name="LogLikelihood">Marginal log-likelihood of the answers, nats.</param>
public sealed record MaceResult(ItemPosteriors Items, IReadOnlyList<double> Competence, double[,] Strategy, double LogLikelihood);

/// <summary>
/// MACE: an annotator knows the label with probability θ, else draws it from a strategy of their own, whatever the item. Made for
/// people who do not read. Hovy, Berg-Kirkpatrick, Vaswani and Hovy 2013, Learning Whom to Trust with MACE, NAACL.
/// </summary>
public static class Mace
{
    /// <summary>Fits the model.</summary>
    public static MaceResult Fit(LabelTable answers, MaceOptions? options = null)
    {
        var chosen = (options ?? new()).Checked();
        var random = new RandomNumbers(chosen.Seed);
        MaceResult? best = null;
        for (var start = 0; start < chosen.Starts; start++)
        {
            var found = new Start(answers, chosen, start == 0 ? null : random).Run();
            best = best is null || found.LogLikelihood > best.LogLikelihood ? found : best;
        }

        return best!;
    }

    /// <summary>One start. Arrays: copying[k], knowing[k], strategy[k · labels + label].</summary>
    private sealed class Start
    {
        private readonly LabelTable _answers;
        private readonly MaceOptions _options;
        private readonly ItemPosteriors _items;
        private readonly double[] _copying, _knowing, _strategy, _copied, _known, _drawn;

        public Start(LabelTable answers, MaceOptions options, RandomNumbers? random)
        {
            (_answers, _options, _items) = (answers, options, ItemPosteriors.Empty(answers));
            var (people, cells) = (answers.AnnotatorCount, answers.AnnotatorCount * answers.LabelCount);
            (_copying, _knowing, _strategy) = (new double[people], new double[people], new double[cells]);
            (_copied, _known, _drawn) = (new double[people], new double[people], new double[cells]);
            double Weight() => 1 + (random is null ? 0 : options.Noise * random.NextDouble());
            for (var k = 0; k < people; k++)
            {
                var (copy, know) = (Weight(), Weight());
                (_copying[k], _knowing[k]) = (copy / (copy + know), know / (copy + know));
                var row = StrategyOf(_strategy, k);
                var sum = 0.0;
                foreach (ref var weight in row)
                {
                    sum += weight = Weight();
                }

                foreach (ref var weight in row)
                {
                    weight /= sum;
                }
            }
        }

        public MaceResult Run()
        {
            var logLikelihood = Expect();
            for (var round = 0; round < _options.Rounds; round++)
            {
                Maximize();
                logLikelihood = Expect();
            }

            var strategy = new double[_answers.AnnotatorCount, _answers.LabelCount];
            for (var k = 0; k < _answers.AnnotatorCount; k++)
            {
                for (var label = 0; label < _answers.LabelCount; label++)
                {
                    strategy[k, label] = StrategyOf(_strategy, k)[label];
                }
            }

            return new(_items, _knowing, strategy, logLikelihood);
        }

        private Span<double> StrategyOf(double[] cells, int annotator) =>
            cells.AsSpan(annotator * _answers.LabelCount, _answers.LabelCount);

        private double Expect()
        {
            Array.Clear(_copied);
            Array.Clear(_known);
            Array.Clear(_drawn);
            var total = 0.0;
            for (var i = 0; i < _answers.ItemCount; i++)
            {
                total += Weigh(i);
                Count(i);
            }

            return total;
        }

        /// <summary><c>log Σ_t 1/L Π_a (c_a ξ_a(l_a) + [l_a = t] k_a)</c>, the weights normalised in place.</summary>
        private double Weigh(int item)
        {
            var row = _items.Row(item);
            row.Fill(-Math.Log(row.Length));
            for (var a = _answers.ItemStart[item]; a < _answers.ItemStart[item + 1]; a++)
            {
                var (who, label) = (_answers.Annotators[a], _answers.Labels[a]);
                var copied = _copying[who] * StrategyOf(_strategy, who)[label];
                var (miss, hit) = (Math.Log(copied), Math.Log(copied + _knowing[who]));
                for (var truth = 0; truth < row.Length; truth++)
                {
                    row[truth] += truth == label ? hit : miss;
                }
            }

            return ItemPosteriors.Normalize(row);
        }

        private void Count(int item)
        {
            var row = _items.Row(item);
            for (var a = _answers.ItemStart[item]; a < _answers.ItemStart[item + 1]; a++)
            {
                var (who, label) = (_answers.Annotators[a], _answers.Labels[a]);
                var copy = _copying[who] * StrategyOf(_strategy, who)[label];
                var knew = row[label] * _knowing[who] / (copy + _knowing[who]);
                _known[who] += knew;
                _copied[who] += 1 - knew;
                StrategyOf(_drawn, who)[label] += 1 - knew;
            }
        }

        private void Maximize()
        {
            var variational = _options.Method == MaceMethod.Variational;
            var smoothing = 0.01 / _answers.LabelCount;
            for (var k = 0; k < _copying.Length; k++)
            {
                Span<double> pair = [_copied[k], _known[k]];
                Normalize(pair, variational ? _options.CompetencePrior : smoothing, variational);
                (_copying[k], _knowing[k]) = (pair[0], pair[1]);
                StrategyOf(_drawn, k).CopyTo(StrategyOf(_strategy, k));
                Normalize(StrategyOf(_strategy, k), variational ? _options.StrategyPrior : smoothing, variational);
            }
        }

        /// <summary>
        /// Plain: <c>(x + s) / Σ</c>. Variational: <c>exp(ψ(x + s)) / exp(ψ(Σ))</c>, which leaves out part of the mass on purpose.
        /// </summary>
        private static void Normalize(Span<double> counts, double prior, bool variational)
        {
            var sum = 0.0;
            foreach (var count in counts)
            {
                sum += count + prior;
            }

            foreach (ref var count in counts)
            {
                count = variational
                    ? Math.Exp(SpecialFunctions.DiGamma(count + prior) - SpecialFunctions.DiGamma(sum))
                    : (count + prior) / sum;
            }
        }
    }
}
