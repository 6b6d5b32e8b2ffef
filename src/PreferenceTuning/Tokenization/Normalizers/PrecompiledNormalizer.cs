using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>
/// The character map of a sentencepiece model, as the tokenizers library applies it: a grapheme cluster of less than six bytes is
/// looked up as a whole, otherwise every character by itself; the shortest entry that begins the text is taken and replaces all of it.
/// </summary>
internal sealed class PrecompiledNormalizer : INormalizer
{
    private readonly uint[] _trie;
    private readonly byte[] _texts;

    /// <summary>Reads the map: the trie's size in bytes, the trie, and the replacements, each ended by a zero.</summary>
    public PrecompiledNormalizer(ReadOnlySpan<byte> map)
    {
        var size = map.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(map) : 0;
        if (size == 0 || size % 4 != 0 || size > map.Length - 4)
        {
            throw new InvalidDataException(
                $"The precompiled character map has {map.Length} bytes and says that {size} of them are its trie; a multiple of four " +
                "that fits was expected.");
        }

        _trie = new uint[size / 4];
        for (var i = 0; i < _trie.Length; i++)
        {
            _trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(map[(4 + (4 * i))..]);
        }

        _texts = map[(4 + (int)size)..].ToArray();
    }

    public AlignedText Normalize(AlignedText text)
    {
        var changes = new List<(Rune Rune, int Change)>(text.Length);
        var isChanged = false;
        for (var rest = text.Text.AsSpan(); !rest.IsEmpty;)
        {
            var cluster = rest[..StringInfo.GetNextTextElementLength(rest)];
            rest = rest[cluster.Length..];
            if (Encoding.UTF8.GetByteCount(cluster) < 6 && Lookup(cluster) is { } whole)
            {
                Replace(cluster, whole, changes);
                isChanged = true;
                continue;
            }

            isChanged |= ReplaceEach(cluster, changes);
        }

        return isChanged ? CharacterChanges.Apply(text, changes) : text;
    }

    private bool ReplaceEach(ReadOnlySpan<char> cluster, List<(Rune Rune, int Change)> changes)
    {
        var isChanged = false;
        while (!cluster.IsEmpty)
        {
            Rune.DecodeFromUtf16(cluster, out var rune, out var units);
            if (Lookup(cluster[..units]) is { } replacement)
            {
                Replace(cluster[..units], replacement, changes);
                isChanged = true;
            }
            else
            {
                changes.Add((rune, 0));
            }

            cluster = cluster[units..];
        }

        return isChanged;
    }

    private static void Replace(ReadOnlySpan<char> old, string replacement, List<(Rune Rune, int Change)> changes)
    {
        var grown = -Count(old);
        foreach (var rune in replacement.EnumerateRunes())
        {
            changes.Add((rune, 0));
            grown++;
        }

        if (grown < 0 && changes.Count > 0)
        {
            changes[^1] = (changes[^1].Rune, changes[^1].Change + grown);
        }

        for (var i = 1; i <= grown; i++)
        {
            changes[^i] = (changes[^i].Rune, 1);
        }
    }

    private static int Count(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }

    private string? Lookup(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes = bytes[..Encoding.UTF8.GetBytes(text, bytes)];
        var node = Offset(At(0));
        foreach (var value in bytes)
        {
            if (value == 0)
            {
                return null;
            }

            node ^= value;
            var unit = At(node);
            if ((unit & 0x800000FF) != value)
            {
                return null;
            }

            node ^= Offset(unit);
            if ((unit >> 8 & 1) == 1)
            {
                return TextAt(At(node) & 0x7FFFFFFF);
            }
        }

        return null;
    }

    private uint At(uint node) => node < _trie.Length
        ? _trie[node]
        : throw new InvalidDataException("The precompiled character map is damaged: its trie points outside itself.");

    private string TextAt(uint start)
    {
        var text = start <= _texts.Length
            ? _texts.AsSpan((int)start)
            : throw new InvalidDataException("The precompiled character map is damaged: a replacement lies outside it.");
        var end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 0x200) >> 6);
}
