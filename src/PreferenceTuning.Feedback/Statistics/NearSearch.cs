using System.Numerics;
using System.Runtime.InteropServices;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// Finds texts that may be similar: those whose MinHash signatures agree in a whole band (Leskovec, Rajaraman and Ullman, Mining of Massive
/// Datasets, section 3.4). Only one number for each text and band is held; shingles are taken again for the few texts that are compared.
/// </summary>
internal sealed class NearSearch
{
    private readonly IReadOnlyList<string> _texts;
    private readonly DuplicateOptions _options;
    private readonly ulong[][] _bands;
    private readonly int[] _worded;
    private readonly Dictionary<int, HashSet<ulong>> _shingles = [];

    public NearSearch(IReadOnlyList<string> texts, DuplicateOptions options)
    {
        (_texts, _options) = (texts, options);
        _bands = [.. Enumerable.Range(0, options.Permutations / options.BandRows).Select(_ => new ulong[texts.Count])];
        var worded = new bool[texts.Count];
        var keys = Keys(options);
        Parallel.For(0, texts.Count, () => new Vector<uint>[keys.Length], (text, _, signature) =>
        {
            var set = Shingles.Of(_texts[text], _options.ShingleWords);
            worded[text] = set.Count > 0;
            Sign(set, keys, signature);
            var positions = MemoryMarshal.Cast<Vector<uint>, uint>(signature.AsSpan());
            for (var band = 0; band < _bands.Length; band++)
            {
                _bands[band][text] = Mixed(positions.Slice(band * _options.BandRows, _options.BandRows));
            }

            return signature;
        }, _ => { });
        _worded = [.. Enumerable.Range(0, texts.Count).Where(text => worded[text])];
    }

    public double Threshold => _options.Threshold;

    /// <summary>The texts that share a band, ascending; the same ones may share several.</summary>
    public IEnumerable<IReadOnlyList<int>> Buckets()
    {
        foreach (var band in _bands)
        {
            var hashes = Array.ConvertAll(_worded, text => band[text]);
            var texts = (int[])_worded.Clone();
            Array.Sort(hashes, texts);
            for (int first = 0, end; first < texts.Length; first = end)
            {
                for (end = first + 1; end < texts.Length && hashes[end] == hashes[first];)
                {
                    end++;
                }

                if (end - first > 1)
                {
                    Array.Sort(texts, first, end - first);
                    yield return new ArraySegment<int>(texts, first, end - first);
                }
            }
        }
    }

    /// <summary>Jaccard similarity of two texts' shingles, computed exactly.</summary>
    public double Similarity(int first, int second) => Shingles.Jaccard(Of(first), Of(second)).Required;

    private HashSet<ulong> Of(int text)
    {
        if (!_shingles.TryGetValue(text, out var set))
        {
            _shingles[text] = set = Shingles.Of(_texts[text], _options.ShingleWords);
        }

        return set;
    }

    // A signature only has to find texts worth a comparison, so 32 bits do, many positions at a time.
    private static Vector<uint>[] Keys(DuplicateOptions options)
    {
        var random = new RandomNumbers(options.Seed);
        var keys = new Vector<uint>[(options.Permutations + Vector<uint>.Count - 1) / Vector<uint>.Count];
        foreach (ref var key in MemoryMarshal.Cast<Vector<uint>, uint>(keys.AsSpan()))
        {
            key = (uint)(random.NextBits() >> 32);
        }

        return keys;
    }

    // The finisher of MurmurHash3 behind a random key (Appleby 2011, public domain).
    private static void Sign(HashSet<ulong> set, Vector<uint>[] keys, Vector<uint>[] signature)
    {
        Array.Fill(signature, new Vector<uint>(uint.MaxValue));
        foreach (var member in set)
        {
            var bits = new Vector<uint>((uint)(member >> 32));
            for (var h = 0; h < keys.Length; h++)
            {
                var hash = bits ^ keys[h];
                hash = (hash ^ (hash >>> 16)) * 0x85EBCA6B;
                hash = (hash ^ (hash >>> 13)) * 0xC2B2AE35;
                signature[h] = Vector.Min(signature[h], hash ^ (hash >>> 16));
            }
        }
    }

    private static ulong Mixed(ReadOnlySpan<uint> rows)
    {
        var hash = 0UL;
        foreach (var row in rows)
        {
            hash ^= row;
            hash = RandomNumbers.SplitMix(ref hash);
        }

        return hash;
    }
}
