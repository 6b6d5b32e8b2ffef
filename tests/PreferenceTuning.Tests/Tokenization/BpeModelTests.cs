using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Tokenization;

namespace PreferenceTuning.Tests.Tokenization;

public class BpeModelTests
{
    [Test]
    public void The_pair_of_lowest_rank_is_joined_first()
    {
        // "abc": rank 0 is "b c", so a|bc; "ab" of rank 1 can no longer be made, and "a bc" is not listed.
        var tokenizer = TestTokenizers.Load(TestTokenizers.Bpe(["a", "b", "c", "bc", "ab"], ["b c", "a b"]));
        Assert.That(tokenizer.Encode("abc"), Is.EqualTo((int[])[0, 3]));
    }

    [Test]
    public void Of_equal_pairs_the_leftmost_is_joined_first()
    {
        // "aaa": aa|a, not a|aa.
        var tokenizer = TestTokenizers.Load(TestTokenizers.Bpe(["a", "aa"], ["a a"]));
        Assert.That(tokenizer.Encode("aaa"), Is.EqualTo((int[])[1, 0]));
    }

    [Test]
    public void A_pair_listed_twice_has_the_rank_of_its_last_place()
    {
        // "a b" is listed at 0 and at 2, so it counts as 2: "abc" joins "b c" (rank 1) first.
        var tokenizer = TestTokenizers.Load(TestTokenizers.Bpe(["a", "b", "c", "ab", "bc"], ["a b", "b c", "a b"]));
        Assert.That(tokenizer.Encode("abc"), Is.EqualTo((int[])[0, 4]));
    }

    [Test]
    public void Entries_may_hold_spaces()
    {
        var json = TestTokenizers.Bpe(["a", " ", " a"], []);
        json["model"]!["merges"] = System.Text.Json.Nodes.JsonNode.Parse("""[[" ", "a"]]""");
        Assert.That(TestTokenizers.Load(json).Encode("a a a"), Is.EqualTo((int[])[0, 2, 2]));
    }

    [Test]
    public void A_character_without_entry_becomes_its_bytes_or_unknown()
    {
        // U+00E9 is C3 A9 in UTF-8.
        var json = TestTokenizers.Bpe(["<unk>", "a", "<0xC3>", "<0xA9>"], []);
        json["model"]!["unk_token"] = "<unk>";
        json["model"]!["byte_fallback"] = true;
        json["model"]!["fuse_unk"] = true;
        var tokenizer = TestTokenizers.Load(json);
        Assert.That(tokenizer.Encode("a\u00E9a"), Is.EqualTo((int[])[1, 2, 3, 1]));
        // U+4E16 needs bytes that have no entry; neighbours are one unknown.
        var tokens = tokenizer.EncodeWithOffsets("a\u4E16\u754Ca");
        Assert.That(tokens.Ids, Is.EqualTo((int[])[1, 0, 1]));
        Assert.That(tokens.Spans[1], Is.EqualTo(new TokenSpan(1, 3)));
    }

    [Test]
    public void Any_vocabulary_gives_what_the_plain_algorithm_gives()
    {
        // Few letters, so that merges meet often; the plain algorithm works on the whole text, the model cuts it and caches.
        var letter = Gen.Char["abc\u2581\u00E9"].Select(value => value.ToString());
        var growth = Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 1000]);
        Gen.Select(growth.Array[0, 12], letter.Array[0, 40].Array[1, 4]).Sample((grown, texts) =>
        {
            List<string> entries = ["a", "b", "c", "\u2581"];
            var merges = new List<(string Left, string Right)>();
            foreach (var (left, right) in grown)
            {
                var pair = (entries[left % entries.Count], entries[right % entries.Count]);
                if (!merges.Contains(pair))
                {
                    merges.Add(pair);
                    entries.AddRange(new[] { pair.Item1 + pair.Item2 }.Except(entries).ToList());
                }
            }

            var vocabulary = entries.Select((entry, id) => (entry, id)).ToDictionary(item => item.entry, item => item.id);
            var model = new BpeModel(new BpeSettings { Vocabulary = vocabulary, Merges = merges });
            foreach (var text in texts.Select(letters => string.Concat(letters)).Where(text => text.Length > 0))
            {
                var tokens = new List<ModelToken>();
                model.Tokenize(text, tokens);
                var expected = PlainMerge(text, merges);
                Assert.That(tokens.Select(token => entries[token.Id]), Is.EqualTo(expected), text);
                Assert.That(tokens.Select(token => text[token.Start..token.End]), Is.EqualTo(expected), text);
            }
        }, iter: 300);
    }

    // Without byte fallback and unknown token a letter without entry (the accented e) is dropped, and nothing merges across it.
    private static List<string> PlainMerge(string text, List<(string Left, string Right)> merges) =>
        [.. text.Split('\u00E9').SelectMany(part => PlainMergeOfKnown(part, merges))];

    private static List<string> PlainMergeOfKnown(string text, List<(string Left, string Right)> merges)
    {
        List<string> symbols = [.. text.Select(letter => letter.ToString())];
        while (true)
        {
            var best = (Rank: int.MaxValue, At: -1);
            for (var at = 0; at + 1 < symbols.Count; at++)
            {
                var rank = merges.IndexOf((symbols[at], symbols[at + 1]));
                if (rank >= 0 && rank < best.Rank)
                {
                    best = (rank, at);
                }
            }

            if (best.At < 0)
            {
                return symbols;
            }

            symbols[best.At] += symbols[best.At + 1];
            symbols.RemoveAt(best.At + 1);
        }
    }
}
