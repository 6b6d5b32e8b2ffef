using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PreferenceTuning.Data;

/// <summary>The two sides of a split.</summary>
/// <param name="Training">The rows to learn from, in their order.</param>
/// <param name="HeldOut">The rows to measure on, in their order.</param>
public sealed record SplitResult<T>(IReadOnlyList<T> Training, IReadOnlyList<T> HeldOut);

/// <summary>
/// Divides data by prompt, so that no prompt is on both sides: responses to one prompt are alike, and a model measured on a
/// prompt it was trained on looks better than it is.
/// </summary>
public static class PromptSplit
{
    /// <summary>
    /// Each distinct prompt is held out with probability <paramref name="heldOutShare"/>, decided by a hash of seed and prompt
    /// (SHA-256). A prompt therefore keeps its side when rows are added, removed or reordered; the share is met on average.
    /// </summary>
    /// <param name="rows">The data.</param>
    /// <param name="prompt">The prompt of a row.</param>
    /// <param name="heldOutShare">Between 0 and 1.</param>
    /// <param name="seed">Any number; another seed, another split.</param>
    /// <exception cref="ArgumentException">One side would have no rows.</exception>
    public static SplitResult<T> ByPrompt<T>(IReadOnlyList<T> rows, Func<T, TextOrMessages> prompt, double heldOutShare, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(prompt);
        if (!(heldOutShare is > 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(heldOutShare), heldOutShare, "'heldOutShare' must lie between 0 and 1, both excluded.");
        }

        var sides = rows.ToLookup(row => Uniform(prompt(row), seed) < heldOutShare);
        var (heldOut, training) = (sides[true].ToList(), sides[false].ToList());
        return training.Count > 0 && heldOut.Count > 0
            ? new SplitResult<T>(training, heldOut)
            : throw new ArgumentException(
                $"Of {rows.Count} rows {heldOut.Count} would be held out with a share of {heldOutShare:R} and seed {seed}, so one side is empty; "
                + "there are too few distinct prompts. Take another seed or another share.",
                nameof(rows));
    }

    /// <summary>A number in [0, 1) that only this seed and this prompt have.</summary>
    private static double Uniform(TextOrMessages prompt, ulong seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, seed);
        hash.AppendData(number);
        foreach (var part in Parts(prompt))
        {
            // The length before each part keeps ("ab", "c") apart from ("a", "bc").
            var bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt64LittleEndian(number, bytes.Length);
            hash.AppendData(number);
            hash.AppendData(bytes);
        }

        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        return (BinaryPrimitives.ReadUInt64LittleEndian(digest) >> 11) * (1.0 / (1UL << 53));
    }

    private static IEnumerable<string> Parts(TextOrMessages prompt) => prompt.Messages is { } messages
        ? messages.SelectMany(message => new[] { message.Role, message.Content, message.ExtraJson ?? "" })
        : [prompt.Text!];
}
