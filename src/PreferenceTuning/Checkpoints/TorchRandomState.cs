using static TorchSharp.torch;

namespace PreferenceTuning.Checkpoints;

/// <summary>
/// The state of torch's own generator on the CPU, which dropout and initialisation draw from. (Generators that are passed
/// in are their owner's to save; <see cref="Data.SeededRandom"/> has its <c>State</c>.)
/// </summary>
public static class TorchRandomState
{
    /// <summary>The size of the state in bytes: the Mersenne Twister of libtorch 2.10 with its cached normal.</summary>
    public const int Length = 5056;

    /// <summary>The state as bytes; in JSON, write it with <c>Convert.ToBase64String</c>.</summary>
    public static byte[] Capture()
    {
        using var scope = NewDisposeScope();
        return get_rng_state().data<byte>().ToArray();
    }

    /// <summary>Goes back to a saved state; the numbers that follow are the same, bit for bit.</summary>
    /// <param name="state">What <see cref="Capture"/> returned.</param>
    /// <exception cref="ArgumentException">The state has another length; libtorch would end the process.</exception>
    public static void Restore(byte[] state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Length != Length)
        {
            throw new ArgumentException(
                $"'state' has {state.Length} bytes; a generator's state has {Length}. Was it saved by another version?", nameof(state));
        }

        using var scope = NewDisposeScope();
        set_rng_state(tensor(state));
    }
}
