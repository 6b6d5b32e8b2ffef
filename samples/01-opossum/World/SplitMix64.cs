namespace Opossum.World;

/// <summary>
/// A small seeded generator (Steele, Lea, Flood 2014: SplitMix). The sample carries its own so that a seed means the same text
/// on every machine and in every future version of .NET.
/// </summary>
internal sealed class SplitMix64(ulong seed)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong _state = seed;

    /// <summary>An independent stream for one purpose: the same seed and the same labels give the same stream.</summary>
    public static SplitMix64 For(long seed, string purpose, long index = 0)
    {
        var mixed = Mix(unchecked((ulong)seed) + Golden);
        foreach (var letter in purpose)
        {
            mixed = Mix(mixed ^ letter);
        }

        return new SplitMix64(Mix(mixed + (unchecked((ulong)index) * Golden)));
    }

    public ulong NextUInt64() => Mix(_state += Golden);

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, count). The multiply-high mapping has a bias below 2^-50 for the small counts used here.</summary>
    public int Next(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return (int)Math.BigMul(NextUInt64(), (ulong)count, out _);
    }

    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>Standard normal (Box and Muller 1958).</summary>
    public double NextGaussian() =>
        Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Fisher-Yates, in place.</summary>
    public void Shuffle<T>(IList<T> items)
    {
        for (var last = items.Count - 1; last > 0; last--)
        {
            var other = Next(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
