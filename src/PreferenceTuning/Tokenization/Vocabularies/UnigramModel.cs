using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>
/// The unigram language model (Kudo 2018, arXiv:1804.10959): the cut of a piece whose entries have the highest sum of scores, found
/// by Viterbi. A character that no entry covers costs 10 below the lowest score; neighbouring ones are one unknown token.
/// </summary>
internal sealed class UnigramModel : ITokenModel
{
    private const double UnknownPenalty = 10;

    private readonly (string Text, double Score)[] _entries;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private readonly int _longest;
    private readonly double _unknownScore;
    private readonly bool _byteFallback;

    public UnigramModel(IReadOnlyList<(string Text, double Score)> entries, int? unknownId, bool byteFallback)
    {
        _entries = [.. entries];
        _idsBySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var id = 0; id < _entries.Length; id++)
        {
            _ids[_entries[id].Text] = id;
            _longest = Math.Max(_longest, _entries[id].Text.Length);
        }

        _unknownScore = _entries.Min(entry => entry.Score) - UnknownPenalty;
        UnknownId = unknownId;
        _byteFallback = byteFallback;
    }

    public IReadOnlyDictionary<string, int> Ids => _ids;

    public int? UnknownId { get; }

    public void Tokenize(ReadOnlySpan<char> piece, List<ModelToken> output)
    {
        foreach (var (start, end) in Join(piece.Length, BestPath(piece)))
        {
            var part = piece[start..end];
            if (_idsBySpan.TryGetValue(part, out var id))
            {
                output.Add(new ModelToken(id, start, end));
            }
            else if (!_byteFallback || !TryAddBytes(part, start, end, output))
            {
                output.Add(new ModelToken(UnknownOrThrow(part), start, end, part.ToString()));
            }
        }
    }

    /// <summary>For every position the token that ends there on the best path to it.</summary>
    private (int Start, int Id, double Score)[] BestPath(ReadOnlySpan<char> piece)
    {
        var best = new (int Start, int Id, double Score)[piece.Length + 1];
        Array.Fill(best, (-1, -1, 0));
        best[0] = (0, -1, 0);
        for (var start = 0; start < piece.Length;)
        {
            var here = best[start].Score;
            Rune.DecodeFromUtf16(piece[start..], out _, out var single);
            var hasSingle = false;
            var longest = Math.Min(_longest, piece.Length - start);
            for (var length = 1; length <= longest; length++)
            {
                if (_idsBySpan.TryGetValue(piece.Slice(start, length), out var id))
                {
                    Offer(ref best[start + length], start, id, here + _entries[id].Score);
                    hasSingle |= length == single;
                }
            }

            if (!hasSingle)
            {
                Offer(ref best[start + single], start, UnknownOrThrow(piece.Slice(start, single)), here + _unknownScore);
            }

            start += single;
        }

        return best;
    }

    private static void Offer(ref (int Start, int Id, double Score) place, int start, int id, double score)
    {
        if (place.Start < 0 || score > place.Score)
        {
            place = (start, id, score);
        }
    }

    /// <summary>The parts of the best path, neighbouring unknown ones joined.</summary>
    private List<(int Start, int End)> Join(int length, (int Start, int Id, double Score)[] best)
    {
        var parts = new List<(int Start, int End)>();
        var afterUnknown = false;
        for (var end = length; end > 0; end = best[end].Start)
        {
            var isUnknown = best[end].Id == UnknownId;
            if (isUnknown && afterUnknown)
            {
                parts[^1] = (best[end].Start, parts[^1].End);
            }
            else
            {
                parts.Add((best[end].Start, end));
            }

            afterUnknown = isUnknown;
        }

        parts.Reverse();
        return parts;
    }

    private bool TryAddBytes(ReadOnlySpan<char> part, int start, int end, List<ModelToken> output)
    {
        var ids = new List<int>();
        foreach (var value in Encoding.UTF8.GetBytes(part.ToString()))
        {
            if (!_ids.TryGetValue($"<0x{value:X2}>", out var id))
            {
                return false;
            }

            ids.Add(id);
        }

        output.AddRange(ids.Select(id => new ModelToken(id, start, end)));
        return true;
    }

    private int UnknownOrThrow(ReadOnlySpan<char> part) => UnknownId ?? throw new InvalidOperationException(
        $"The text has '{part}', which the vocabulary cannot spell, and the model names no unknown token (unk_id).");
}
