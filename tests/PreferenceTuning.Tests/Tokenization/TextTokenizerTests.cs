using System.Text;
using System.Text.Json;
using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Tests.Shared;
using PreferenceTuning.Tokenization;

namespace PreferenceTuning.Tests.Tokenization;

public class TextTokenizerTests
{
    private static readonly Lazy<TextTokenizer> Trained = new(() => BpeTrainer.Train(
        ["the opossum plays dead", "the opossum is a marsupial of the Americas", "na\u00EFve caf\u00E9 \U0001F600"],
        new BpeTrainerOptions { VocabularySize = 290 }));

    [Test]
    public void Any_text_comes_back_from_byte_level_ids()
    {
        Gen.String.Sample(text =>
        {
            var ids = Trained.Value.Encode(text);
            var readable = Utf16.ReplaceLoneSurrogates(text);
            // The text of the one special token would be left out when skipped.
            Assert.That(Trained.Value.Decode(ids, skipSpecialTokens: false), Is.EqualTo(readable));
        }, iter: 500);
    }

    [Test]
    public void Tokens_stand_where_their_text_is()
    {
        // Without normalizer every token's span, joined in order, covers the text: each starts where the last one started or ended.
        Gen.String.Sample(text =>
        {
            var tokens = Trained.Value.EncodeWithOffsets(text);
            var at = 0;
            foreach (var span in tokens.Utf16Spans)
            {
                Assert.That(span.Start, Is.LessThanOrEqualTo(at));
                Assert.That(span.End, Is.GreaterThanOrEqualTo(at));
                at = span.End;
            }

            Assert.That(at, Is.EqualTo(text.Length));
        }, iter: 300);
    }

    [Test]
    public void Streaming_shows_the_whole_text_in_the_end()
    {
        Gen.String.Sample(text =>
        {
            var decoder = Trained.Value.CreateStreamingDecoder(skipSpecialTokens: false);
            var shown = new StringBuilder();
            foreach (var id in Trained.Value.Encode(text))
            {
                shown.Append(decoder.Push(id));
            }

            Assert.That(shown.Append(decoder.Flush()).ToString(), Is.EqualTo(Utf16.ReplaceLoneSurrogates(text)));
        }, iter: 300);
    }

    [Test]
    public void Several_threads_get_the_same_ids()
    {
        var texts = Enumerable.Range(0, 200).Select(number => $"the opossum number {number} plays dead").ToArray();
        var expected = texts.Select(text => string.Join(',', Trained.Value.Encode(text))).ToArray();
        var fresh = BpeTrainer.Train(["the opossum plays dead"], new BpeTrainerOptions { VocabularySize = 280 });
        var alone = texts.Select(text => string.Join(',', fresh.Encode(text))).ToArray();
        var other = BpeTrainer.Train(["the opossum plays dead"], new BpeTrainerOptions { VocabularySize = 280 });
        var together = texts.AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(text => string.Join(',', other.Encode(text))).ToArray();
        Assert.That(together, Is.EqualTo(alone));
        Assert.That(expected, Is.Not.EqualTo(alone), "two trainings on other texts");
    }

    [Test]
    public void An_id_outside_the_vocabulary_is_an_error()
    {
        Assert.That(
            () => Trained.Value.Decode([0, 290]),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("290 is not in the vocabulary"));
        Assert.That(() => Trained.Value.Token(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
        var decoder = Trained.Value.CreateStreamingDecoder();
        Assert.That(() => decoder.Push(12345), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(decoder.Push(Trained.Value.Id("a")!.Value), Is.EqualTo("a"), "the decoder goes on after the error");
    }

    [Test]
    public void A_special_token_in_the_text_is_one_id_unless_it_is_text()
    {
        Assert.That(Trained.Value.Encode("<|endoftext|>"), Is.EqualTo((int[])[0]));
        var asText = Trained.Value.EncodeWithOffsets("<|endoftext|>", specialTokensAsText: true);
        Assert.That(asText.Ids, Does.Not.Contain(0));
        Assert.That(Trained.Value.Decode(asText.Ids), Is.EqualTo("<|endoftext|>"));
    }

    [Test]
    public void What_was_trained_saves_and_loads()
    {
        using var folder = new TestFolder();
        Trained.Value.SavePretrained(folder.Path);
        var again = TextTokenizer.FromPretrained(folder.Path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Encode("the opossum's caf\u00E9"), Is.EqualTo(Trained.Value.Encode("the opossum's caf\u00E9")));
            Assert.That((again.BosId, again.EosId, again.PadId, again.UnkId), Is.EqualTo(((int?)0, (int?)0, (int?)null, (int?)null)));
            var config = JsonDocument.Parse(File.ReadAllBytes(folder.File("tokenizer_config.json"))).RootElement;
            Assert.That(config.GetProperty("tokenizer_class").GetString(), Is.EqualTo("PreTrainedTokenizerFast"));
            Assert.That(
                Directory.GetFiles(folder.Path).Select(Path.GetFileName),
                Is.EquivalentTo((string[])["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"]));
        }
    }

    [Test]
    public void A_folder_without_configuration_gets_one_when_saved()
    {
        using var folder = new TestFolder();
        folder.Write("tokenizer.json", TestTokenizers.Bpe(["a", "</s>"], []).ToJsonString());
        folder.Write("special_tokens_map.json", """{"eos_token": "</s>"}""");
        folder.Write("chat_template.jinja", "{{ messages }}");
        using var saved = new TestFolder();
        TextTokenizer.FromPretrained(folder.Path).SavePretrained(saved.Path);
        Assert.That(File.ReadAllText(saved.File("chat_template.jinja")), Is.EqualTo("{{ messages }}"));
        Assert.That(File.ReadAllText(saved.File("tokenizer_config.json")), Does.Contain("PreTrainedTokenizerFast").And.Contain("</s>"));
        Assert.That(TextTokenizer.FromPretrained(saved.Path).EosId, Is.EqualTo(1));
    }

    [Test]
    public void Vocab_json_and_merges_txt_are_enough()
    {
        using var folder = new TestFolder();
        folder.Write("vocab.json", """{"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3}""");
        folder.Write("merges.txt", "#version: 0.2\na b\n");
        Assert.That(TextTokenizer.FromPretrained(folder.Path).Encode("ab<|endoftext|>ba"), Is.EqualTo((int[])[2, 3, 1, 0]));

        folder.Write("tokenizer_config.json", """{"bos_token": {"content": "<|endoftext|>"}, "add_bos_token": true}""");
        var withStart = TextTokenizer.FromPretrained(folder.Path);
        Assert.That(withStart.Encode("ab"), Is.EqualTo((int[])[3, 2]));
        Assert.That(withStart.Encode("ab", addSpecialTokens: false), Is.EqualTo((int[])[2]));
    }

    [Test]
    public void The_real_stories_model_gets_the_ids_of_its_library()
    {
        var folder = GoldenFolder.NeededRealInput("models", "stories260K");

        var tokenizer = TextTokenizer.FromPretrained(folder);
        var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json"))).RootElement;
        foreach (var item in expected.GetProperty("texts").EnumerateArray())
        {
            var text = item.GetProperty("text").GetString()!;
            var ids = item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
            Assert.That(tokenizer.Encode(text), Is.EqualTo(ids), text);
            Assert.That(tokenizer.Decode(ids), Is.EqualTo(item.GetProperty("decoded_skip_special").GetString()), text);
        }

        Assert.That((tokenizer.VocabularySize, tokenizer.BosId, tokenizer.EosId), Is.EqualTo((512, (int?)1, (int?)2)));
    }
}
