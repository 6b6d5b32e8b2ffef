using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Data;

namespace PreferenceTuning.Tests.Data;

public sealed class SeededRandomTests
{
    [Test]
    public void It_is_the_published_xoshiro256()
    {
        // State 1, 2, 3, 4: the first outputs of the authors' xoshiro256starstar.c. By hand: rotl(2 * 5, 7) * 9 = 1280 * 9 = 11520; then s1
        // = 0.
        var random = new SeededRandom(new SeededRandomState(1, 2, 3, 4));
        ulong[] expected = [11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600, 16172922978634559625];
        Assert.That(expected.Select(_ => random.NextUInt64()).ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void It_is_seeded_by_the_published_splitmix64()
    {
        // SplitMix64 from 1234567, published with the algorithm.
        Assert.That(new SeededRandom(1234567).State, Is.EqualTo(new SeededRandomState(
            6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431)));
    }

    [Test]
    public void A_saved_state_continues_bit_for_bit() => Gen.ULong.Select(Gen.Int[0, 50]).Sample((seed, steps) =>
    {
        var random = new SeededRandom(seed);
        for (var i = 0; i < steps; i++)
        {
            random.NextGaussian();
        }

        var copy = new SeededRandom(random.State);
        return random.NextGaussian() == copy.NextGaussian() && random.NextInt(7) == copy.NextInt(7) && random.State == copy.State;
    });

    [Test]
    public void Streams_of_one_seed_differ_and_repeat()
    {
        var first = Enumerable.Range(0, 1000).Select(stream => new SeededRandom(7, (ulong)stream).NextUInt64()).ToList();
        Assert.That(first.Distinct().Count(), Is.EqualTo(1000));
        Assert.That(new SeededRandom(7, 12).NextUInt64(), Is.EqualTo(first[12]));
        Assert.That(new SeededRandom(7, 0).State, Is.EqualTo(new SeededRandom(7).State));
    }

    [Test]
    public void Small_numbers_are_uniform()
    {
        // 60,000 throws of a die: chi-square with 5 degrees of freedom is below 20.5 with probability 0.999; the seed is fixed.
        var random = new SeededRandom(1);
        var counts = new int[6];
        for (var i = 0; i < 60_000; i++)
        {
            counts[random.NextInt(6)]++;
        }

        Assert.That(counts.Sum(c => (c - 10_000.0) * (c - 10_000.0) / 10_000), Is.LessThan(20.5));
    }

    [Test]
    public void A_bound_is_never_reached() => Gen.ULong.Select(Gen.Int[1, int.MaxValue]).Sample((seed, bound) =>
    {
        var random = new SeededRandom(seed);
        return Enumerable.Range(0, 10).All(_ => random.NextInt(bound) is var value && value >= 0 && value < bound);
    });

    [Test]
    public void Doubles_lie_in_the_half_open_unit_interval()
    {
        var random = new SeededRandom(3);
        var numbers = Enumerable.Range(0, 100_000).Select(_ => random.NextDouble()).ToList();
        Assert.That(numbers, Is.All.InRange(0.0, 1.0).And.All.LessThan(1.0));
        // The mean of 100,000 uniforms has a standard error of 0.289 / 316 = 0.0009.
        Assert.That(numbers.Average(), Is.EqualTo(0.5).Within(0.004));
    }

    [Test]
    public void Gaussians_have_the_moments_of_the_standard_normal()
    {
        var random = new SeededRandom(4);
        var numbers = Enumerable.Range(0, 100_000).Select(_ => random.NextGaussian()).ToList();
        Assert.Multiple(() =>
        {
            // Standard errors: mean 0.0032, variance 0.0045, fourth moment sqrt(96 / 1e5) = 0.031.
            Assert.That(numbers.Average(), Is.EqualTo(0).Within(0.015));
            Assert.That(numbers.Average(x => x * x), Is.EqualTo(1).Within(0.02));
            Assert.That(numbers.Average(x => x * x * x * x), Is.EqualTo(3).Within(0.15));
            Assert.That(numbers, Is.All.Matches<double>(double.IsFinite));
        });
    }

    [Test]
    public void A_shuffle_gives_every_order_alike()
    {
        // 24 orders of 4 items, 24,000 shuffles: chi-square with 23 degrees of freedom is below 49.7 with probability 0.999.
        var random = new SeededRandom(5);
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < 24_000; i++)
        {
            int[] items = [0, 1, 2, 3];
            random.Shuffle(items.AsSpan());
            var order = string.Concat(items);
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        Assert.That(counts, Has.Count.EqualTo(24));
        Assert.That(counts.Values.Sum(c => (c - 1000.0) * (c - 1000.0) / 1000), Is.LessThan(49.7));
    }

    [Test]
    public void Impossible_arguments_are_refused()
    {
        Assert.That(() => new SeededRandom(default(SeededRandomState)), Throws.ArgumentException.With.Message.Contains("all zeros"));
        Assert.That(() => new SeededRandom(1).NextInt(0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
