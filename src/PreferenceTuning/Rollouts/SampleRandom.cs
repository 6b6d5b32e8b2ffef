namespace PreferenceTuning.Rollouts;

/// <summary>
/// Uniform numbers as a pure function of (seed, step): SplitMix64's finaliser (Steele et al. 2014) over a Weyl sequence. No state,
/// so a response does not depend on how many others are drawn beside it.
/// </summary>
internal static class SampleRandom
{
    /// <summary>A seed from a seed and a number.</summary>
    public static ulong Mix(ulong seed, ulong number)
    {
        unchecked
        {
            var z = seed + ((number + 1) * 0x9E3779B97F4A7C15UL);
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public static double Uniform(ulong seed, int step) => (Mix(Mix(seed, 0x5EED), (ulong)step) >> 11) * (1.0 / (1UL << 53));
}
