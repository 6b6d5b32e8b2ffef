using System.Collections.Concurrent;
using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909, algorithm 1): of all listed pairs of neighbours the one of lowest
/// rank is joined, leftmost first, until none is left. The joining itself is <see cref="MergeEngine"/>; here are unknown
/// characters, whole words, and the cache.
/// </summary>
internal sealed class BpeModel : ITokenModel
{
    // A word longer than this is rarely met twice; the number bounds the memory of a long run at some tens of megabytes.
    private const int LongestCachedWord = 64;
    private const int MostCachedWords = 1 << 17;

    private readonly BpeSettings _settings;
    private readonly MergeEngine _engine;
    private readonly SafeCuts? _cuts;
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private readonly Dictionary<int, int> _lengths;
    private readonly int[]? _byteIds;
    private readonly ConcurrentDictionary<string, ModelToken[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ModelToken[]>.AlternateLookup<ReadOnlySpan<char>> _cacheBySpan;
    private int _cachedWords;

    public BpeModel(BpeSettings settings)
    {
        _settings = settings;
        _ids = new Dictionary<string, int>(settings.Vocabulary, StringComparer.Ordinal);
        _idsBySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _lengths = _ids.ToDictionary(entry => entry.Value, entry => entry.Key.Length);
        _cacheBySpan = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        _byteIds = settings.ByteFallback ? ByteIds() : null;
        var hasAffix = !string.IsNullOrEmpty(settings.ContinuingSubwordPrefix) || !string.IsNullOrEmpty(settings.EndOfWordSuffix);
        if (hasAffix && _byteIds is not null)
        {
            throw new NotSupportedException(
                "BPE with byte_fallback and a continuing_subword_prefix or end_of_word_suffix together is not supported; each alone is.");
        }

        _cuts = hasAffix ? null : new SafeCuts(settings.Merges);
        _engine = new MergeEngine(settings, handlesUnknown: hasAffix);
        UnknownId = settings.UnknownToken is { } unknown && _ids.TryGetValue(unknown, out var id) ? id : null;
    }

    public IReadOnlyDictionary<string, int> Ids => _ids;

    public int? UnknownId { get; }

    public void Tokenize(ReadOnlySpan<char> piece, List<ModelToken> output)
    {
        if (_settings.IgnoreMerges && _idsBySpan.TryGetValue(piece, out var whole))
        {
            output.Add(new ModelToken(whole, 0, piece.Length));
            return;
        }

        if (_cuts is null)
        {
            AddWord(piece, 0, output);
            return;
        }

        for (var start = 0; start < piece.Length;)
        {
            var end = _cuts.NextCut(piece, start);
            AddWord(piece[start..end], start, output);
            start = end;
        }
    }

    private void AddWord(ReadOnlySpan<char> word, int offset, List<ModelToken> output)
    {
        if (word.Length > LongestCachedWord)
        {
            Add(Compute(word), offset, output);
            return;
        }

        if (!_cacheBySpan.TryGetValue(word, out var tokens))
        {
            tokens = Compute(word);
            if (Interlocked.Increment(ref _cachedWords) <= MostCachedWords)
            {
                _cache.TryAdd(word.ToString(), tokens);
            }
        }

        Add(tokens, offset, output);
    }

    private void Add(ModelToken[] tokens, int offset, List<ModelToken> output)
    {
        foreach (var token in tokens)
        {
            var isFused = _settings.FuseUnknown && _cuts is not null && token.Id == UnknownId && token.Text is not null
                && output.Count > 0 && output[^1] is { Text: not null } last && last.Id == token.Id && last.End == token.Start + offset;
            if (isFused)
            {
                output[^1] = output[^1] with { End = token.End + offset };
            }
            else
            {
                output.Add(token with { Start = token.Start + offset, End = token.End + offset });
            }
        }
    }

    private ModelToken[] Compute(ReadOnlySpan<char> word)
    {
        if (_cuts is null)
        {
            return [.. _engine.MergeWithRanges(word)];
        }

        var output = new List<ModelToken>();
        var (at, known) = (0, 0);
        foreach (var rune in word.EnumerateRunes())
        {
            var next = at + rune.Utf16SequenceLength;
            if (!_idsBySpan.ContainsKey(word[at..next]))
            {
                AddKnown(word[known..at], known, output);
                AddUnknown(rune, at, next, output);
                known = next;
            }

            at = next;
        }

        AddKnown(word[known..], known, output);
        return [.. output];
    }

    private void AddKnown(ReadOnlySpan<char> word, int offset, List<ModelToken> output)
    {
        if (word.IsEmpty)
        {
            return;
        }

        var at = offset;
        foreach (var id in _engine.Merge(word))
        {
            output.Add(new ModelToken(id, at, at + _lengths[id]));
            at += _lengths[id];
        }
    }

    private void AddUnknown(Rune rune, int start, int end, List<ModelToken> output)
    {
        Span<byte> bytes = stackalloc byte[4];
        bytes = bytes[..rune.EncodeToUtf8(bytes)];
        if (_byteIds is not null && HasAll(bytes))
        {
            foreach (var value in bytes)
            {
                output.Add(new ModelToken(_byteIds[value], start, end));
            }
        }
        else if (_settings.UnknownToken is not null)
        {
            var id = UnknownId ?? throw new InvalidOperationException(
                $"The text has '{rune}', which the vocabulary lacks, and the unknown token '{_settings.UnknownToken}' is not in the " +
                "vocabulary either.");
            output.Add(new ModelToken(id, start, end, _settings.UnknownToken));
        }
    }

    private bool HasAll(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            if (_byteIds![value] < 0)
            {
                return false;
            }
        }

        return true;
    }

    private int[] ByteIds()
    {
        var ids = new int[256];
        for (var value = 0; value < 256; value++)
        {
            ids[value] = _ids.TryGetValue($"<0x{value:X2}>", out var id) ? id : -1;
        }

        return ids;
    }
}
