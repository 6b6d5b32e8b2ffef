using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Tokenization;

namespace PreferenceTuning.Tests.Tokenization;

/// <summary>Files that are wrong: the message names the file, the place and what was expected.</summary>
public class TokenizerFileTests
{
    [Test]
    public void A_missing_folder_or_file_is_named()
    {
        using var folder = new TestFolder();
        Assert.That(
            () => TextTokenizer.FromPretrained(folder.File("nowhere")),
            Throws.TypeOf<DirectoryNotFoundException>().With.Message.Contains("nowhere"));
        Assert.That(() => TextTokenizer.FromPretrained(folder.Path), Throws.TypeOf<FileNotFoundException>()
            .With.Message.Contains("neither tokenizer.json nor both vocab.json and merges.txt"));
    }

    [TestCase("normalizer", "UpperCase", "the normalizer 'UpperCase' is not supported. Known are: Sequence, Prepend")]
    [TestCase("pre_tokenizer", "Chunks", "the pre-tokenizer 'Chunks' is not supported. Known are: Sequence, ByteLevel")]
    [TestCase("post_processor", "Footer", "the post-processor 'Footer' is not supported")]
    [TestCase("decoder", "Reverse", "the decoder 'Reverse' is not supported")]
    [TestCase("model", "WordPiece", "the model 'WordPiece' is not supported. Known are: BPE, Unigram, WordLevel")]
    public void An_unknown_component_is_named_with_the_known_ones(string place, string type, string message)
    {
        var json = TestTokenizers.Bpe(["a"], []);
        json[place] = new JsonObject { ["type"] = type };
        Assert.That(() => TestTokenizers.Load(json), Throws.TypeOf<NotSupportedException>()
            .With.Message.Contains(message).And.Message.Contains($"tokenizer.json: {place}"));
    }

    [Test]
    public void A_merge_without_entry_is_named()
    {
        Assert.That(() => TestTokenizers.Load(TestTokenizers.Bpe(["a", "b"], ["a b"])),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("'ab'"));
        Assert.That(() => TestTokenizers.Load(TestTokenizers.Bpe(["a", "b"], ["a"])),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("merges[0]: a merge of two tokens was expected"));
    }

    [Test]
    public void Two_tokens_with_one_id_are_refused()
    {
        var json = TestTokenizers.Bpe(["a", "b"], []);
        json["model"]!["vocab"]!["b"] = 0;
        Assert.That(
            () => TestTokenizers.Load(json),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("vocab: b: the id 0 has two tokens"));
    }

    [Test]
    public void A_special_token_that_the_vocabulary_lacks_is_named()
    {
        Assert.That(() => TestTokenizers.Load(TestTokenizers.Bpe(["a"], []), """{"eos_token": "</s>"}"""),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("names '</s>' as its eos_token"));
    }

    [Test]
    public void A_line_of_merges_txt_that_is_no_merge_is_named()
    {
        using var folder = new TestFolder();
        folder.Write("vocab.json", """{"a": 0}""");
        folder.Write("merges.txt", "#version: 0.2\na b c\n");
        Assert.That(
            () => TextTokenizer.FromPretrained(folder.Path),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("merges.txt, line 2"));
    }

    [TestCase("(a", "a group that does not end")]
    [TestCase(@"\p{Han}+", @"\p{Han} (known are the general categories")]
    [TestCase(@"\bword", @"\b")]
    [TestCase("[a&&b]", "a class inside a class")]
    public void A_pattern_that_cannot_be_matched_exactly_is_refused(string pattern, string what)
    {
        Assert.That(() => new CodePointRegex(pattern), Throws.TypeOf<NotSupportedException>().With.Message.Contains(what));
        var json = TestTokenizers.Bpe(["a"], []);
        json["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Isolated",
        };
        Assert.That(
            () => TestTokenizers.Load(json),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("tokenizer.json: pre_tokenizer: pattern: ").And.Message.Contains(what));
    }

    [Test]
    public void A_damaged_file_gives_one_of_two_errors_or_a_tokenizer()
    {
        // A file with every kind of component, so that a changed byte can hit each of them.
        var json = TestTokenizers.Bpe(["a", "b", "ab", "<s>"], ["a b"]);
        json["added_tokens"] = JsonNode.Parse("""[{"id": 3, "content": "<s>", "special": true, "normalized": false, "lstrip": true}]""");
        json["normalizer"] = JsonNode.Parse("""{"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "_"}]}""");
        json["pre_tokenizer"] = JsonNode.Parse("""{"type": "Split", "pattern": {"Regex": "(?i:'s)|\\p{L}+|[^\\s]"}, "behavior": "Isolated", "invert": false}""");
        json["post_processor"] = JsonNode.Parse(
            """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [3], "tokens": ["<s>"]}}}""");
        var bytes = Encoding.UTF8.GetBytes(json.ToJsonString());
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte, Gen.Int[0, 3]).Sample((at, value, kind) =>
        {
            byte[] damaged = kind switch
            {
                0 => [.. bytes[..at]],
                1 => [.. bytes[..at], .. bytes[(at + 1)..]],
                2 => [.. bytes[..at], value, .. bytes[at..]],
                _ => [.. bytes[..at], value, .. bytes[(at + 1)..]],
            };
            try
            {
                TokenizerPipeline.Read(damaged, "damaged").Encode("ab 's <s>", null, addSpecialTokens: true, specialAsText: false);
            }
            catch (Exception exception) when (exception is InvalidDataException or NotSupportedException)
            {
                Assert.That(exception.Message, Is.Not.Empty);
            }
        }, iter: 1000);
    }
}
