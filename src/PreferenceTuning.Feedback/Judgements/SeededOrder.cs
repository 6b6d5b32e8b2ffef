using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PreferenceTuning.Feedback.Judgements;

/// <summary>
/// Randomness that depends on a seed and a name only, so that an item keeps its order or its split when other items come or go, on every
/// machine. SplitMix64 (Steele, Lea and Flood 2014) over a SHA-256 of both.
/// </summary>
internal static class SeededOrder
{
    /// <summary>A permutation of 0..count-1 (Fisher-Yates).</summary>
    public static int[] Permutation(int count, long seed, string name)
    {
        var state = State(seed, name);
        var order = Enumerable.Range(0, count).ToArray();
        for (var last = count - 1; last > 0; last--)
        {
            var other = (int)(Next(ref state) % (ulong)(last + 1));
            (order[last], order[other]) = (order[other], order[last]);
        }

        return order;
    }

    /// <summary>A number in [0, 1).</summary>
    public static double Fraction(long seed, string name)
    {
        var state = State(seed, name);
        return (Next(ref state) >> 11) * (1.0 / (1L << 53));
    }

    private static ulong State(long seed, string name)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{seed}\n{name}")));
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    private static ulong Next(ref ulong state)
    {
        var mixed = state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
