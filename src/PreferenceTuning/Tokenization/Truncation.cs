namespace PreferenceTuning.Tokenization;

/// <summary>The arithmetic of truncation, before special tokens are added.</summary>
internal static class Truncation
{
    /// <summary>The windows of each text, the one that is kept first; the second list is empty without a second text.</summary>
    public static (List<List<EncodedToken>> First, List<List<EncodedToken>> Second) Apply(
        List<EncodedToken> first, List<EncodedToken>? second, TruncationOptions options, int room)
    {
        var (firstLength, secondLength) = Lengths(first.Count, second?.Count, options.Strategy, room);
        return (Windows(first, firstLength, options), second is null ? [] : Windows(second, secondLength, options));
    }

    private static (int First, int Second) Lengths(int first, int? second, TruncationStrategy strategy, int room)
    {
        var excess = first + (second ?? 0) - room;
        if (room == 0)
        {
            return (0, 0);
        }

        if (excess <= 0)
        {
            return (first, second ?? 0);
        }

        return strategy switch
        {
            TruncationStrategy.LongestFirst => second is { } other ? Share(first, other, room) : (room, 0),
            TruncationStrategy.OnlyFirst => (Shorten(first, excess, "first"), second ?? 0),
            _ => (first, Shorten(second ?? throw new ArgumentException(
                $"The strategy {strategy} shortens the second text, but there is none. Choose {TruncationStrategy.OnlyFirst} or " +
                $"{TruncationStrategy.LongestFirst}."), excess, "second")),
        };
    }

    private static (int First, int Second) Share(int first, int second, int room)
    {
        var shorter = Math.Min(first, second);
        var longer = shorter > room ? shorter : Math.Max(shorter, room - shorter);
        if (shorter + longer > room)
        {
            shorter = room / 2;
            longer = shorter + (room % 2);
        }

        return first > second ? (longer, shorter) : (shorter, longer);
    }

    private static int Shorten(int length, int excess, string which) => length > excess
        ? length - excess
        : throw new ArgumentException(
            $"The {which} text has {length} tokens, but {excess} would have to go. Choose {TruncationStrategy.LongestFirst} or a larger maximum.");

    private static List<List<EncodedToken>> Windows(List<EncodedToken> tokens, int length, TruncationOptions options)
    {
        if (length >= tokens.Count)
        {
            return [tokens];
        }

        if (length == 0)
        {
            return [[], tokens];
        }

        if (options.Stride >= length)
        {
            throw new ArgumentException(
                $"'{nameof(options.Stride)}' is {options.Stride}, but only {length} tokens of the text fit; it must be smaller, or " +
                "windows would not move on.");
        }

        var windows = new List<List<EncodedToken>>();
        for (var offset = 0; windows.Count == 0 || offset - (length - options.Stride) + length < tokens.Count; offset += length - options.Stride)
        {
            var (start, end) = options.Side == TruncationSide.Right
                ? (offset, Math.Min(offset + length, tokens.Count))
                : (Math.Max(tokens.Count - offset - length, 0), tokens.Count - offset);
            windows.Add(tokens[start..end]);
        }

        return windows;
    }
}
