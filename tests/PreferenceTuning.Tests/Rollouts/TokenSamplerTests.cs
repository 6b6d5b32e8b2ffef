using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Rollouts;

namespace PreferenceTuning.Tests.Rollouts;

public sealed class TokenSamplerTests
{
    private static readonly HashSet<int> Nothing = [];

    // Probabilities .1 .2 .3 .4
    private static readonly float[] Logits = [MathF.Log(0.1f), MathF.Log(0.2f), MathF.Log(0.3f), MathF.Log(0.4f)];

    [TestCase(0.05, 0)]
    [TestCase(0.15, 1)]
    [TestCase(0.55, 2)]
    [TestCase(0.65, 3)]
    [TestCase(0.999999, 3)]
    public void The_uniform_number_picks_the_token_whose_share_it_falls_into(double uniform, int expected) =>
        Assert.That(Sample(new SamplingOptions(), uniform).Token, Is.EqualTo(expected));

    // At temperature 0.5 probabilities are squared and divided by .01 + .04 + .09 + .16 = .30: token 3 has 16/30.
    [Test]
    public void Log_probs_are_those_of_the_temperature()
    {
        var drawn = Sample(new SamplingOptions { Temperature = 0.5 }, 0.9);
        Assert.That(drawn.Token, Is.EqualTo(3));
        Assert.That(drawn.LogProb, Is.EqualTo(Math.Log(16.0 / 30)).Within(1e-6));
    }

    [Test]
    public void Temperature_zero_takes_the_most_likely_token_and_says_its_log_prob_at_temperature_one()
    {
        var drawn = Sample(new SamplingOptions { Temperature = 0 }, 0.01);
        Assert.That(drawn.Token, Is.EqualTo(3));
        Assert.That(drawn.LogProb, Is.EqualTo(Math.Log(0.4)).Within(1e-6));
    }

    // The two best have .4 and .3: 4/7 = .571 of the mass goes to token 3, the rest to token 2.
    [TestCase(0.57, 3)]
    [TestCase(0.58, 2)]
    public void Top_k_keeps_the_k_most_likely(double uniform, int expected)
    {
        var drawn = Sample(new SamplingOptions { TopK = 2 }, uniform);
        Assert.That(drawn.Token, Is.EqualTo(expected));
        Assert.That(drawn.LogProb, Is.EqualTo(Math.Log(expected == 3 ? 0.4 : 0.3)).Within(1e-6), "of the whole distribution, before the filter");
    }

    // .4 + .3 = .7 reaches .65, so two tokens stay; .75 needs a third one (.4 + .3 + .2 = .9).
    [TestCase(0.65, 0.99, 2)]
    [TestCase(0.75, 0.99, 1)]
    public void Top_p_keeps_the_smallest_set_that_reaches_p(double topP, double uniform, int last) =>
        Assert.That(Sample(new SamplingOptions { TopP = topP }, uniform).Token, Is.EqualTo(last));

    // The filters see what the one before has left. Of the two best, token 3 has 4/7 = .571, which alone reaches .55 (its .4 of all would
    // not); and of the two that reach .65, the smaller has .3/.4 = .75 of the best.
    [TestCase(2, 0.55, 0, 3)]
    [TestCase(2, 0.6, 0, 2)]
    [TestCase(0, 0.65, 0.7, 2)]
    [TestCase(0, 0.65, 0.8, 3)]
    [TestCase(3, 0.65, 0.7, 2)]
    public void Filters_apply_one_after_the_other(int topK, double topP, double minP, int last) =>
        Assert.That(Sample(new SamplingOptions { TopK = topK, TopP = topP, MinP = minP }, 0.999).Token, Is.EqualTo(last));

    // At least .6 x .4 = .24: tokens 3 and 2.
    [TestCase(0.56, 3)]
    [TestCase(0.99, 2)]
    public void Min_p_keeps_what_is_at_least_that_fraction_as_likely_as_the_best(double uniform, int expected) =>
        Assert.That(Sample(new SamplingOptions { MinP = 0.6 }, uniform).Token, Is.EqualTo(expected));

    // Logit ln .4 = -.916 is negative, so it is multiplied: 4 x -.916 = ln(.4^4 = .0256). Then .0256/.6256 = 4.1 % is left for token 3.
    [Test]
    public void The_repetition_penalty_makes_seen_tokens_rarer()
    {
        var sampler = new TokenSampler(new SamplingOptions { RepetitionPenalty = 4 }, 4);
        Assert.That(sampler.Sample(Logits, new HashSet<int> { 3 }, 0.955).Token, Is.EqualTo(2));
        Assert.That(sampler.Sample(Logits, new HashSet<int> { 3 }, 0.965).Token, Is.EqualTo(3));
    }

    [Test]
    public void Logits_without_a_finite_maximum_are_refused()
    {
        var sampler = new TokenSampler(new SamplingOptions(), 2);
        Assert.That(() => sampler.Sample([float.NaN, 1], Nothing, 0.5), Throws.InvalidOperationException.With.Message.Contains("no token to draw"));
    }

    [Test]
    public void A_token_without_probability_is_never_drawn() =>
        (from logits in Gen.Float[-20, 20].Array[5] from uniform in Gen.Double[0, 0.9999999] select (logits, uniform)).Sample(x =>
        {
            var logits = x.logits.ToArray();
            logits[2] = float.NegativeInfinity;
            return new TokenSampler(new SamplingOptions(), 5).Sample(logits, Nothing, x.uniform).Token != 2;
        });

    [Test]
    public void Frequencies_follow_the_probabilities()
    {
        var sampler = new TokenSampler(new SamplingOptions(), 4);
        var counts = new int[4];
        for (var i = 0; i < 20_000; i++)
        {
            counts[sampler.Sample(Logits, Nothing, SampleRandom.Uniform(7, i)).Token]++;
        }

        // Four standard deviations of a share of .4 in 20,000 draws are .014.
        Assert.That(counts.Select(count => count / 20_000.0), Is.EqualTo(new[] { 0.1, 0.2, 0.3, 0.4 }).Within(0.014));
    }

    // Weights 1 (even ids) and 3 (odd ids) in blocks of 1,024: the cumulative weight of the first 2k tokens is 4k of 8,000, exactly.
    [TestCase(0, 0)]
    [TestCase(0.50005, 2000)]
    [TestCase(0.5127, 2051)]
    [TestCase(0.9999, 3999)]
    public void A_vocabulary_of_several_blocks_is_drawn_from_evenly(double uniform, int expected)
    {
        float[] logits = [.. Enumerable.Range(0, 4000).Select(id => id % 2 == 0 ? 0 : MathF.Log(3))];
        var drawn = new TokenSampler(new SamplingOptions(), 4000).Sample(logits, Nothing, uniform);
        Assert.That(drawn.Token, Is.EqualTo(expected));
        Assert.That(drawn.LogProb, Is.EqualTo(Math.Log((expected % 2 == 0 ? 1 : 3) / 8000.0)).Within(1e-5));
    }

    private static SampledToken Sample(SamplingOptions options, double uniform) => new TokenSampler(options, 4).Sample(Logits, Nothing, uniform);
}
