using System.Numerics;

namespace PreferenceTuning.Data;

/// <summary>
/// Where a <see cref="SeededRandom"/> stands: the four words of xoshiro256**. Saved in a checkpoint, it continues the sequence bit for bit.
/// </summary>
public readonly record struct SeededRandomState(ulong S0, ulong S1, ulong S2, ulong S3);

/// <summary>
/// A generator whose numbers are the same on every system and in every version, and whose state can be saved: xoshiro256**
/// (Blackman and Vigna 2021, doi:10.1145/3460772), seeded through SplitMix64 as its authors advise. Not for secrets. One thread.
/// </summary>
public sealed class SeededRandom
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>Starts a sequence.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="stream">
    /// Which of the sequences of this seed: an epoch, the index of a prompt. Different streams are unrelated, so a response
    /// that is sampled from the stream of its prompt does not depend on the batch around it.
    /// </param>
    public SeededRandom(ulong seed, ulong stream = 0)
    {
        var state = seed ^ Mix(stream);
        (_s0, _s1, _s2, _s3) = (SplitMix64(ref state), SplitMix64(ref state), SplitMix64(ref state), SplitMix64(ref state));
    }

    /// <summary>Continues a sequence.</summary>
    /// <param name="state">What <see cref="State"/> returned.</param>
    /// <exception cref="ArgumentException">All four words are 0, a state that the generator never leaves and never reaches.</exception>
    public SeededRandom(SeededRandomState state) => State = state;

    /// <summary>Where the sequence stands; setting it goes there.</summary>
    /// <exception cref="ArgumentException">All four words are 0.</exception>
    public SeededRandomState State
    {
        get => new(_s0, _s1, _s2, _s3);
        set
        {
            if (value == default)
            {
                throw new ArgumentException("The state is all zeros, which no seed leads to; was it ever saved?", nameof(value));
            }

            (_s0, _s1, _s2, _s3) = (value.S0, value.S1, value.S2, value.S3);
        }
    }

    /// <summary>The next 64 bits.</summary>
    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1): a multiple of 2^-53.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 .. <paramref name="bound"/> - 1, without bias (Lemire 2019, doi:10.1145/3230636).</summary>
    /// <param name="bound">How many values there are, at least 1.</param>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        var range = (ulong)bound;
        var high = Math.BigMul(NextUInt64(), range, out var low);
        if (low < range)
        {
            // 2^64 mod range values of `low` would make some results more likely than others.
            var threshold = (0 - range) % range;
            while (low < threshold)
            {
                high = Math.BigMul(NextUInt64(), range, out low);
            }
        }

        return (int)high;
    }

    /// <summary>
    /// Standard normal (Box and Muller 1958, the cosine half, so that there is no second number to save). Its last bit follows the
    /// system's logarithm and cosine; everything else here is the same everywhere.
    /// </summary>
    public double NextGaussian()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Puts the items in an order that is uniform over all orders (Fisher and Yates, from the end).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>SplitMix64's output function: a bijection of 64-bit numbers that leaves 0 at 0.</summary>
    internal static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    internal static ulong SplitMix64(ref ulong state) => Mix(state += 0x9E3779B97F4A7C15);
}
