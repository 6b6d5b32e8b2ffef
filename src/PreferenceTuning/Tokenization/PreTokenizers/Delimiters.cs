namespace PreferenceTuning.Tokenization;

/// <summary>Cuts a piece at matches.</summary>
internal static class Delimiters
{
    /// <summary>
    /// Adds the parts of a piece; matches are ordered ranges relative to the piece. With <paramref name="invert"/> the gaps are the
    /// delimiters.
    /// </summary>
    public static void Cut(Piece piece, List<(int Start, int End)> matches, DelimiterBehavior behavior, bool invert, List<Piece> output)
    {
        var parts = Parts(piece.Length, matches, invert);
        switch (behavior)
        {
            case DelimiterBehavior.Removed:
                parts.RemoveAll(part => part.IsDelimiter);
                break;
            case DelimiterBehavior.Contiguous:
                parts = Join(parts, (left, right) => left == right);
                break;
            case DelimiterBehavior.MergedWithPrevious:
                parts = Join(parts, (left, right) => right && !left);
                break;
            case DelimiterBehavior.MergedWithNext:
                parts = Join(parts, (left, right) => left && !right);
                break;
            default:
                break;
        }

        foreach (var (start, end, _) in parts)
        {
            if (start < end)
            {
                output.Add(new Piece(piece.Source, piece.Start + start, piece.Start + end));
            }
        }
    }

    private static List<(int Start, int End, bool IsDelimiter)> Parts(int length, List<(int Start, int End)> matches, bool invert)
    {
        var parts = new List<(int, int, bool)>((2 * matches.Count) + 1);
        var at = 0;
        foreach (var (start, end) in matches)
        {
            if (at < start)
            {
                parts.Add((at, start, invert));
            }

            parts.Add((start, end, !invert));
            at = end;
        }

        if (at < length)
        {
            parts.Add((at, length, invert));
        }

        return parts;
    }

    // What is compared are the kinds before any joining, so a delimiter joins at most one neighbour.
    private static List<(int Start, int End, bool IsDelimiter)> Join(
        List<(int Start, int End, bool IsDelimiter)> parts, Func<bool, bool, bool> belongTogether)
    {
        var joined = new List<(int Start, int End, bool IsDelimiter)>(parts.Count);
        foreach (var part in parts)
        {
            if (joined.Count > 0 && belongTogether(joined[^1].IsDelimiter, part.IsDelimiter))
            {
                joined[^1] = (joined[^1].Start, part.End, part.IsDelimiter);
            }
            else
            {
                joined.Add(part);
            }
        }

        return joined;
    }
}
