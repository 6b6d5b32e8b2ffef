using System.Buffers;
using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>Finds added tokens in a stretch: leftmost first, the longest at a position.</summary>
internal sealed class AddedTokenSearch
{
    private readonly SearchValues<string>? _search;
    private readonly (string Content, AddedToken Token)[] _longestFirst;

    /// <summary>A search for tokens, each by the text that stands for it in the stretches that are searched.</summary>
    public AddedTokenSearch(IEnumerable<(string Content, AddedToken Token)> tokens)
    {
        _longestFirst = [.. tokens.Where(entry => entry.Content.Length > 0).OrderByDescending(entry => entry.Content.Length)];
        _search = _longestFirst.Length == 0
            ? null
            : SearchValues.Create([.. _longestFirst.Select(entry => entry.Content)], StringComparison.Ordinal);
    }

    /// <summary>Adds the parts of a stretch in order: text (token null), and tokens.</summary>
    public void Split(AlignedText stretch, bool specialAsText, List<(AlignedText Text, AddedToken? Token)> output)
    {
        var text = stretch.Text;
        var (done, at) = (0, 0);
        while (_search is not null && Next(text, at) is { } match)
        {
            at = match.Start + match.Length;
            if ((specialAsText && match.Token.Special) || (match.Token.SingleWord && !StandsAlone(text, match.Start, at)))
            {
                continue;
            }

            var start = match.Token.LeftStrip ? Math.Max(done, SpaceBefore(text, match.Start)) : match.Start;
            var end = match.Token.RightStrip ? SpaceAfter(text, at) : at;
            if (done < start)
            {
                output.Add((stretch.Slice(done, start), null));
            }

            output.Add((stretch.Slice(start, end), match.Token));
            done = end;
        }

        if (done < text.Length)
        {
            output.Add((stretch.Slice(done, text.Length), null));
        }
    }

    private (int Start, int Length, AddedToken Token)? Next(string text, int from)
    {
        var next = text.AsSpan(from).IndexOfAny(_search!);
        if (next < 0)
        {
            return null;
        }

        var rest = text.AsSpan(from + next);
        foreach (var (content, token) in _longestFirst)
        {
            if (rest.StartsWith(content, StringComparison.Ordinal))
            {
                return (from + next, content.Length, token);
            }
        }

        throw new InvalidOperationException("The search found a token that no entry starts.");
    }

    private static bool StandsAlone(string text, int start, int end)
    {
        Rune.DecodeLastFromUtf16(text.AsSpan(0, start), out var before, out _);
        Rune.DecodeFromUtf16(text.AsSpan(end), out var after, out _);
        return (start == 0 || !Utf16.IsWord(before)) && (end == text.Length || !Utf16.IsWord(after));
    }

    private static int SpaceBefore(string text, int end)
    {
        while (end > 0 && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        return end;
    }

    private static int SpaceAfter(string text, int start)
    {
        while (start < text.Length && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        return start;
    }
}
