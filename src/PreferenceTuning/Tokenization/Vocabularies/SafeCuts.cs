namespace PreferenceTuning.Tokenization;

/// <summary>
/// Where a word may be cut without changing its tokens: between two characters that are neighbours in no entry that a merge makes,
/// no merge can ever cross. This turns a text without pre-tokenizer (Llama 2) into words that a cache knows.
/// </summary>
internal sealed class SafeCuts
{
    private readonly HashSet<int> _joined = [];

    public SafeCuts(IEnumerable<(string Left, string Right)> merges)
    {
        foreach (var (left, right) in merges)
        {
            AddNeighbours(left);
            AddNeighbours(right);
            _joined.Add(Key(left[^1], right[0]));
        }
    }

    /// <summary>The end of the word that starts at a position: the first safe cut after it, or the end of the piece.</summary>
    public int NextCut(ReadOnlySpan<char> piece, int start)
    {
        var at = start + 1;
        while (at < piece.Length && (char.IsLowSurrogate(piece[at]) || _joined.Contains(Key(piece[at - 1], piece[at]))))
        {
            at++;
        }

        return at;
    }

    private void AddNeighbours(string entry)
    {
        for (var i = 1; i < entry.Length; i++)
        {
            _joined.Add(Key(entry[i - 1], entry[i]));
        }
    }

    private static int Key(char left, char right) => (left << 16) | right;
}
