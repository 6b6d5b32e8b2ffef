using MathNet.Numerics.LinearAlgebra;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Bradley-Terry models in which a comparison may end undecided.</summary>
public static class TieModels
{
    /// <summary>
    /// <c>P(i) = a_i / (a_i + a_j + ν sqrt(a_i a_j))</c>, <c>P(tie) = ν sqrt(a_i a_j) / (…)</c>. Davidson 1970, JASA 65(329).
    /// The tie parameter is ν; without any tie it is 0 and the model is Bradley and Terry's.
    /// </summary>
    public static StrengthResult Davidson(PairwiseCounts counts, StrengthOptions? options = null) =>
        Fit(counts, options, DavidsonPair, noTies: 0, Math.Log);

    /// <summary>
    /// <c>P(i) = a_i / (a_i + θ a_j)</c>, <c>P(tie) = (θ² - 1) P(i) P(j)</c>. Rao and Kupper 1967, JASA 62(317).
    /// The tie parameter is θ; without any tie it is 1 and the model is Bradley and Terry's.
    /// </summary>
    public static StrengthResult RaoKupper(PairwiseCounts counts, StrengthOptions? options = null) =>
        Fit(counts, options, RaoKupperPair, noTies: 1, odds => Math.Log(1 + (2 * odds)));

    /// <summary>Value, and derivatives for the difference d = θ_i - θ_j and the tie coordinate, of one pair's log-likelihood.</summary>
    private delegate Terms PairTerms(PairOutcome pair, double d, double tie);

    private readonly record struct Terms(double Value, double D, double T, double DD, double DT, double TT);

    private static StrengthResult Fit(
        PairwiseCounts counts, StrengthOptions? options, PairTerms terms, double noTies, Func<double, double> startOfTie)
    {
        var chosen = (options ?? new()).Checked();
        var components = StrongComponents.Find(counts.ItemCount, counts.Beats());
        if (chosen.Problem(components) is { } problem)
        {
            return StrengthResult.Undefined(problem, components);
        }

        if (counts.Decided == 0)
        {
            return StrengthResult.Undefined("every comparison is a tie, so that the tie parameter has no finite maximum", components);
        }

        if (counts.Ties == 0)
        {
            return WithoutTies(counts, chosen, components, noTies);
        }

        var n = counts.ItemCount;
        var start = new double[n + 1];
        start[n] = startOfTie(counts.Ties / counts.Decided);
        var found = ConcaveMaximizer.Find(start, chosen.Prior > 0 ? 0 : n, (x, g, h) =>
        {
            var value = Evaluate(counts, terms, x, g, h);
            chosen.AddPrior(x.AsSpan(0, n), g, h, ref value);
            return value;
        });
        if (found is null)
        {
            return StrengthResult.Undefined("Newton's method did not reach the maximum of the likelihood; set a prior", components);
        }

        var logLikelihood = counts.Pairs.Sum(p => terms(p, found.Point[p.First] - found.Point[p.Second], found.Point[n]).Value);
        return StrengthResult.Fitted(
            found.Point[..n], found.Covariance, chosen.Confidence, logLikelihood, components,
            TieInterval(found.Point[n], Math.Sqrt(Math.Max(0, found.Covariance[n, n])), noTies, chosen.Confidence));
    }

    /// <summary>The interval is made on the fitted (logarithmic) scale, so that it stays inside the parameter's range.</summary>
    private static Statistic TieInterval(double tie, double standardError, double smallest, double confidence)
    {
        var reach = Distributions.TwoSidedNormalQuantile(confidence) * standardError;
        return Statistic.WithInterval(
            Math.Exp(tie), Math.Max(smallest, Math.Exp(tie - reach)), Math.Exp(tie + reach), confidence, "Wald on the log scale");
    }

    private static StrengthResult WithoutTies(
        PairwiseCounts counts, StrengthOptions options, IReadOnlyList<IReadOnlyList<int>> components, double noTies)
    {
        var plain = BradleyTerry.Fit(counts, options);
        if (!plain.IsDefined)
        {
            return plain;
        }

        var n = counts.ItemCount;
        var covariance = Matrix<double>.Build.Dense(n, n, plain.Covariance);
        return StrengthResult.Fitted(
            [.. plain.LogAbilities], covariance, options.Confidence, plain.LogLikelihood!.Value, components, Statistic.Of(noTies));
    }

    private static double Evaluate(PairwiseCounts counts, PairTerms terms, double[] x, double[] gradient, Matrix<double> information)
    {
        Array.Clear(gradient);
        information.Clear();
        var (tie, value) = (x.Length - 1, 0.0);
        foreach (var p in counts.Pairs)
        {
            var t = terms(p, x[p.First] - x[p.Second], x[tie]);
            value += t.Value;
            gradient[p.First] += t.D;
            gradient[p.Second] -= t.D;
            gradient[tie] += t.T;
            information[p.First, p.First] -= t.DD;
            information[p.Second, p.Second] -= t.DD;
            information[p.First, p.Second] += t.DD;
            information[p.Second, p.First] += t.DD;
            information[p.First, tie] -= t.DT;
            information[tie, p.First] -= t.DT;
            information[p.Second, tie] += t.DT;
            information[tie, p.Second] += t.DT;
            information[tie, tie] -= t.TT;
        }

        return value;
    }

    /// <summary>A multinomial logit in (d/2, -d/2, t): concave, with the usual covariance as information.</summary>
    private static Terms DavidsonPair(PairOutcome p, double d, double t)
    {
        var top = Math.Max(Math.Abs(d) / 2, t);
        var (first, second, tie) = (Math.Exp((d / 2) - top), Math.Exp((-d / 2) - top), Math.Exp(t - top));
        var sum = first + second + tie;
        (first, second, tie) = (first / sum, second / sum, tie / sum);
        var n = p.FirstWins + p.SecondWins + p.Ties;
        var logSum = top + Math.Log(sum);
        var value = (p.FirstWins * ((d / 2) - logSum)) + (p.SecondWins * ((-d / 2) - logSum)) + (p.Ties * (t - logSum));
        var lean = first - second;
        return new(
            value,
            ((p.FirstWins - p.SecondWins) / 2) - (n * lean / 2),
            p.Ties - (n * tie),
            -n * (first + second - (lean * lean)) / 4,
            n * lean * tie / 2,
            -n * tie * (1 - tie));
    }

    /// <summary>
    /// With η = log θ &gt; 0: <c>log P(i) = log σ(d - η)</c>, <c>log P(j) = log σ(-d - η)</c>,
    /// <c>log P(tie) = log(e^{2η} - 1) + log P(i) + log P(j)</c>, so that ties add to both wins. Concave in (d, η); NaN below 0, which
    /// makes the search step back.
    /// </summary>
    private static Terms RaoKupperPair(PairOutcome p, double d, double eta)
    {
        var (up, down) = (p.FirstWins + p.Ties, p.SecondWins + p.Ties);
        var (first, second) = (Logistic.Of(d - eta), Logistic.Of(-d - eta));
        var (firstBend, secondBend) = (up * first * (1 - first), down * second * (1 - second));
        var gap = 1 - Math.Exp(-2 * eta);
        var logTie = eta > 0 ? (2 * eta) + Math.Log(gap) : double.NaN;
        return new(
            (up * Logistic.Log(d - eta)) + (down * Logistic.Log(-d - eta)) + (p.Ties * logTie),
            (up * (1 - first)) - (down * (1 - second)),
            (p.Ties * 2 / gap) - (up * (1 - first)) - (down * (1 - second)),
            -firstBend - secondBend,
            firstBend - secondBend,
            -firstBend - secondBend - (p.Ties * 4 * (1 - gap) / (gap * gap)));
    }
}
