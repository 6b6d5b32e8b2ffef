using PreferenceTuning.Data;

namespace PreferenceTuning.Tests.Data;

/// <summary>
/// Damages valid input the way disks, editors and attackers do. <c>PREFERENCETUNING_FUZZ</c> sets how many cases each fuzz test tries.
/// </summary>
internal sealed class Mutator(SeededRandom random)
{
    private static readonly byte[][] Tokens =
        [.. new[] { "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "null", "true", "-1", "1e999", "9223372036854775808", "..", "/", "\n", "\r\n", "\0" }
            .Select(System.Text.Encoding.ASCII.GetBytes), [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF]];

    /// <summary>How many cases a fuzz test tries: 20,000 unless told otherwise.</summary>
    public static int Cases { get; } = int.TryParse(Environment.GetEnvironmentVariable("PREFERENCETUNING_FUZZ"), out var cases) ? cases : 20_000;

    /// <summary>One to three damages to a copy.</summary>
    public byte[] Mutate(ReadOnlySpan<byte> valid)
    {
        var bytes = valid.ToArray();
        for (var count = random.NextInt(3) + 1; count > 0; count--)
        {
            bytes = Damage(bytes);
        }

        return bytes;
    }

    private byte[] Damage(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return [(byte)random.NextInt(256)];
        }

        var (at, other) = (random.NextInt(bytes.Length), random.NextInt(bytes.Length));
        var (start, end) = (Math.Min(at, other), Math.Max(at, other));
        switch (random.NextInt(7))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.NextInt(8));
                return bytes;
            case 1:
                bytes[at] = (byte)random.NextInt(256);
                return bytes;
            case 2:
                return [.. bytes[..start], .. bytes[end..]];
            case 3:
                return [.. bytes[..end], .. bytes[start..]];
            case 4:
                return bytes[..at];
            case 5:
                return [.. bytes[..at], .. Tokens[random.NextInt(Tokens.Length)], .. bytes[at..]];
            default:
                return [.. bytes[..at], (byte)('0' + random.NextInt(10)), .. bytes[at..]];
        }
    }
}
