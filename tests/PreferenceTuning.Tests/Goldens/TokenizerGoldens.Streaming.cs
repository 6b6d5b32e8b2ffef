using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Tokenization;
using static PreferenceTuning.Tests.Goldens.TokenizerGoldenFiles;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Decoding id by id (streaming.json), ill-formed UTF-16, and the clean-up rule.</summary>
[Category("Golden")]
public class TokenizerStreamingGoldens
{
    [TestCaseSource(nameof(Sequences))]
    public void Every_prefix_decodes_and_streams_as_in_the_reference(int index)
    {
        var sequence = Json("streaming.json").GetProperty("sequences")[index];
        var tokenizer = Load(sequence.GetProperty("tokenizer").GetString()!).Tokenizer!;
        var skip = sequence.GetProperty("skip").GetBoolean();
        var ids = Numbers(sequence.GetProperty("ids"));
        var prefixes = Texts(sequence.GetProperty("prefix"));
        Assert.That(Enumerable.Range(1, ids.Length).Select(count => tokenizer.Decode(ids.Take(count), skip)), Is.EqualTo(prefixes));

        var decoder = tokenizer.CreateStreamingDecoder(skip);
        var steps = ids.Select(decoder.Push).ToList();
        var expected = sequence.GetProperty("steps").EnumerateArray().Select(step => step.GetString() ?? "");
        Assert.That(steps, Is.EqualTo(expected));

        // What was shown and the rest are together the whole text, wherever the text goes on from what was shown.
        var whole = prefixes.LastOrDefault() ?? "";
        var shown = string.Concat(steps);
        var rest = decoder.Flush();
        Assert.That(rest, Is.EqualTo(whole[Math.Min(shown.Length, whole.Length)..]));
        Assert.That(decoder.Flush(), Is.Empty);
    }

    [TestCaseSource(nameof(IllFormed))]
    public void A_surrogate_without_its_partner_is_read_as_a_replacement_character(int index)
    {
        var item = Json("ill-formed-utf16.json").GetProperty("cases")[index];
        var text = new string([.. Numbers(item.GetProperty("code_units")).Select(unit => (char)unit)]);
        Assert.That(Utf16.ReplaceLoneSurrogates(text), Is.EqualTo(item.GetProperty("replaced").GetString()));
        var llama = Load("llama2-legacy").Tokenizer!;
        Assert.That(llama.Encode(text, addSpecialTokens: false), Is.EqualTo(Numbers(item.GetProperty("recommended_ids_llama2"))));
        if (Load("gpt2-real").Tokenizer is { } gpt2)
        {
            Assert.That(gpt2.Encode(text), Is.EqualTo(Numbers(item.GetProperty("recommended_ids_gpt2"))));
        }
    }

    [TestCaseSource(nameof(CleanUps))]
    public void Clean_up_follows_the_rule_of_the_reference(int index)
    {
        var item = Json("clean-up.json").GetProperty("cases")[index];
        Assert.That(TextCleanUp.Apply(item.GetProperty("text").GetString()!), Is.EqualTo(item.GetProperty("cleaned").GetString()));
    }

    private static IEnumerable<TestCaseData> Sequences() => Items("streaming.json", "sequences", (item, index) =>
    {
        var tokenizer = item.GetProperty("tokenizer").GetString()!;
        var data = new TestCaseData(index).SetArgDisplayNames(tokenizer, index.ToString());
        return item.TryGetProperty("error", out _) ? data.Ignore("the reference raises here; no result to compare with")
            : Load(tokenizer).Reason is { } reason ? data.Ignore(reason) : data;
    });

    private static IEnumerable<TestCaseData> IllFormed() => Items("ill-formed-utf16.json", "cases", (item, index) =>
    {
        var data = new TestCaseData(index).SetArgDisplayNames(item.GetProperty("id").GetString()!);
        return Exists("llama2-legacy", "tokenizer.json") ? data : data.Ignore("needs llama2-legacy");
    });

    private static IEnumerable<TestCaseData> CleanUps() => Items("clean-up.json", "cases", (_, index) => new TestCaseData(index));

    private static IEnumerable<TestCaseData> Items(string file, string list, Func<JsonElement, int, TestCaseData> make) =>
        Exists(file) ? Json(file).GetProperty(list).EnumerateArray().Select(make) : [];
}
