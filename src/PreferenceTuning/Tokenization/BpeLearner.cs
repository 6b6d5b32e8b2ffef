using System.Runtime.InteropServices;

namespace PreferenceTuning.Tokenization;

/// <summary>
/// The state of BPE training: words as symbols, how often every pair occurs, and a queue of pairs. A queue entry remembers the
/// count it was made with; it is put back where the count has changed since.
/// </summary>
internal sealed class BpeLearner
{
    private readonly BpeTrainerOptions _options;
    private readonly List<string> _tokens = [];
    private readonly List<int> _lengths = [];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<List<int>> _words = [];
    private readonly List<long> _wordCounts = [];
    private readonly Dictionary<(int Left, int Right), long> _pairCounts = [];
    private readonly PriorityQueue<Candidate, Priority> _queue = new();

    public BpeLearner(BpeTrainerOptions options, IReadOnlyDictionary<string, long> words)
    {
        _options = options;
        foreach (var token in options.SpecialTokens)
        {
            AddToken(token, 1);
        }

        foreach (var letter in ByteLetters.All.ToArray().Order())
        {
            AddToken(letter.ToString(), 1);
        }

        foreach (var (word, count) in words)
        {
            _words.Add([.. word.Select(letter => _ids[letter.ToString()])]);
            _wordCounts.Add(count);
        }
    }

    /// <summary>The tokens by id.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>Fills the vocabulary and returns the merges by rank.</summary>
    public List<(string Left, string Right)> Learn()
    {
        EnqueueFirstPairs();
        var merges = new List<(string Left, string Right)>();
        while (_tokens.Count < _options.VocabularySize && _queue.TryDequeue(out var candidate, out var priority))
        {
            var count = _pairCounts[candidate.Pair];
            if (count != priority.Count)
            {
                _queue.Enqueue(candidate, priority with { Count = count });
                continue;
            }

            if (count < 1 || count < _options.MinFrequency)
            {
                break;
            }

            var (left, right) = candidate.Pair;
            merges.Add((_tokens[left], _tokens[right]));
            Merge(candidate, AddToken(_tokens[left] + _tokens[right], _lengths[left] + _lengths[right]));
        }

        return merges;
    }

    private int AddToken(string token, int length)
    {
        if (!_ids.TryGetValue(token, out var id))
        {
            id = _tokens.Count;
            _ids.Add(token, id);
            _tokens.Add(token);
            _lengths.Add(length);
        }

        return id;
    }

    private void EnqueueFirstPairs()
    {
        var places = new Dictionary<(int, int), HashSet<int>>();
        for (var word = 0; word < _words.Count; word++)
        {
            var symbols = _words[word];
            for (var i = 1; i < symbols.Count; i++)
            {
                Count((symbols[i - 1], symbols[i]), 1, word, places);
            }
        }

        Enqueue(places);
    }

    private void Merge(Candidate candidate, int merged)
    {
        var places = new Dictionary<(int, int), HashSet<int>>();
        foreach (var word in candidate.Words)
        {
            Merge(word, candidate.Pair, merged, places);
        }

        Enqueue(places);
    }

    private void Merge(int word, (int Left, int Right) pair, int merged, Dictionary<(int, int), HashSet<int>> places)
    {
        var symbols = _words[word];
        for (var i = 0; i + 1 < symbols.Count; i++)
        {
            if (symbols[i] != pair.Left || symbols[i + 1] != pair.Right)
            {
                continue;
            }

            symbols[i] = merged;
            symbols.RemoveAt(i + 1);
            if (i > 0)
            {
                Replace((symbols[i - 1], pair.Left), (symbols[i - 1], merged), word, places);
            }

            if (i + 1 < symbols.Count)
            {
                Replace((pair.Right, symbols[i + 1]), (merged, symbols[i + 1]), word, places);
            }
        }
    }

    private void Replace((int, int) old, (int Left, int Right) grown, int word, Dictionary<(int, int), HashSet<int>> places)
    {
        Count(old, -1, word, places);
        if (_options.MaxTokenLength is not { } most || _lengths[grown.Left] + _lengths[grown.Right] < most)
        {
            Count(grown, 1, word, places);
        }
    }

    private void Count((int, int) pair, int change, int word, Dictionary<(int, int), HashSet<int>> places)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_pairCounts, pair, out _) += change * _wordCounts[word];
        if (change > 0)
        {
            ref var words = ref CollectionsMarshal.GetValueRefOrAddDefault(places, pair, out _);
            (words ??= []).Add(word);
        }
    }

    private void Enqueue(Dictionary<(int, int), HashSet<int>> places)
    {
        foreach (var (pair, words) in places)
        {
            if (_pairCounts[pair] > 0)
            {
                _queue.Enqueue(new Candidate(pair, words), new Priority(_pairCounts[pair], pair));
            }
        }
    }

    private sealed record Candidate((int Left, int Right) Pair, HashSet<int> Words);

    /// <summary>The highest count first, then the smaller pair of ids.</summary>
    private readonly record struct Priority(long Count, (int Left, int Right) Pair) : IComparable<Priority>
    {
        public int CompareTo(Priority other) => Count != other.Count ? other.Count.CompareTo(Count) : Pair.CompareTo(other.Pair);
    }
}
