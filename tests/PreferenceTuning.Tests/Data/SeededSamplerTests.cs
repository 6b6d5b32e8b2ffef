using System.Text.Json;
using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Data;

namespace PreferenceTuning.Tests.Data;

public sealed class SeededSamplerTests
{
    [Test]
    public void Every_epoch_is_every_row_once() => Gen.Int[1, 40].Select(Gen.Int[1, 100], Gen.ULong).Sample((count, batch, seed) =>
    {
        var sampler = new SeededSampler(count, seed);
        var rows = Enumerable.Range(0, (3 * count / batch) + 1).SelectMany(_ => sampler.Next(batch)).Take(3 * count).ToList();
        return rows.Chunk(count).All(epoch => epoch.Order().SequenceEqual(Enumerable.Range(0, count)));
    });

    [Test]
    public void A_resumed_sampler_gives_the_same_rows() =>
        Gen.Int[1, 40].Select(Gen.Int[1, 100], Gen.ULong, Gen.Int[0, 20]).Sample((count, batch, seed, done) =>
    {
        var whole = new SeededSampler(count, seed);
        for (var i = 0; i < done; i++)
        {
            whole.Next(batch);
        }

        // Through JSON, as a checkpoint keeps it.
        var state = JsonSerializer.Deserialize<SamplerState>(JsonSerializer.Serialize(whole.State))!;
        var resumed = new SeededSampler(count, state);
        return Enumerable.Range(0, 5).All(_ => whole.Next(batch).SequenceEqual(resumed.Next(batch))) && whole.State == resumed.State;
    });

    [Test]
    public void Epochs_differ_in_order_and_a_seed_repeats()
    {
        var sampler = new SeededSampler(100, 1);
        var (first, second) = (sampler.Next(100), sampler.Next(100));
        Assert.That(first, Is.Not.EqualTo(second));
        Assert.That(new SeededSampler(100, 1).Next(100), Is.EqualTo(first));
        Assert.That(new SeededSampler(100, 2).Next(100), Is.Not.EqualTo(first));
    }

    [Test]
    public void Within_an_epoch_the_last_batch_is_what_is_left()
    {
        var sampler = new SeededSampler(5, 1);
        Assert.That(
            new[] { sampler.NextInEpoch(2).Length, sampler.NextInEpoch(2).Length, sampler.NextInEpoch(2).Length },
            Is.EqualTo(new[] { 2, 2, 1 }));
        Assert.That(sampler.State, Is.EqualTo(new SamplerState(1, 5, 1, 0)));
    }

    [Test]
    public void A_state_of_other_data_is_refused()
    {
        var state = new SeededSampler(5, 1).State;
        Assert.That(
            () => new SeededSampler(6, state), Throws.ArgumentException.With.Message.Contains("has 6 rows but 'state' was saved over 5"));
        Assert.That(() => new SeededSampler(5, state with { Cursor = 5 }), Throws.ArgumentException);
        Assert.That(() => new SeededSampler(5, state with { Epoch = -1 }), Throws.ArgumentException);
        Assert.That(() => new SeededSampler(0, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
