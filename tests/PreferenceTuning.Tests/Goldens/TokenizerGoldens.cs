using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Tests.Shared;
using PreferenceTuning.Tokenization;
using static PreferenceTuning.Tests.Goldens.TokenizerGoldenFiles;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Every folder of golden/tokenizers with every text: ids, offsets, tokens and decodings of the tokenizers library.</summary>
[Category("Golden")]
[Parallelizable(ParallelScope.Children)]
public class TokenizerGoldens
{
    [TestCaseSource(nameof(Cases), ["cases"])]
    public void A_text_gives_the_ids_offsets_and_decodings_of_the_reference(string folder, int index)
    {
        var tokenizer = Load(folder).Tokenizer!;
        var expected = Json(folder, "cases.json").GetProperty("cases")[index];
        var text = Inputs[expected.GetProperty("in").GetString()!];

        var plain = tokenizer.EncodeWithOffsets(text, addSpecialTokens: false);
        AssertIds(plain.Ids, expected.GetProperty("ids"), "ids");
        Assert.That(tokenizer.Encode(text, addSpecialTokens: false), Is.EqualTo(plain.Ids), "ids without offsets");
        if (expected.TryGetProperty("off", out var offsets))
        {
            Assert.That(Flat(plain.Spans), Is.EqualTo(Numbers(offsets)), "off");
            var units = expected.TryGetProperty("off16", out var other) ? other : offsets;
            Assert.That(Flat(plain.Utf16Spans), Is.EqualTo(Numbers(units)), "off16");
        }

        var tokens = expected.TryGetProperty("tok", out var named) ? Texts(named) : [.. plain.Ids.Select(tokenizer.Token)];
        Assert.That(plain.Tokens, Is.EqualTo(tokens), "tok");

        AssertText(tokenizer.Decode(plain.Ids, skipSpecialTokens: false), expected, ["dec"], text);
        AssertText(tokenizer.Decode(plain.Ids, skipSpecialTokens: true), expected, ["dec_skip", "dec"], text);
        AssertWithSpecialTokens(tokenizer, folder, expected, text, plain);
    }

    [TestCaseSource(nameof(Cases), ["pairs"])]
    public void A_pair_gives_the_ids_of_the_reference(string folder, int index)
    {
        var expected = Json(folder, "cases.json").GetProperty("pairs")[index];
        var actual = Load(folder).Tokenizer!.EncodePair(expected.GetProperty("a").GetString()!, expected.GetProperty("b").GetString()!);
        using (Assert.EnterMultipleScope())
        {
            AssertIds(actual.Ids, expected.GetProperty("ids"), "ids");
            Assert.That(actual.TypeIds, Is.EqualTo(Numbers(expected.GetProperty("type_ids"))), "type_ids");
            Assert.That(
                actual.IsAdded.Select(Bit), Is.EqualTo(Numbers(expected.GetProperty("special_tokens_mask"))), "special_tokens_mask");
            Assert.That(Flat(actual.Spans), Is.EqualTo(Numbers(expected.GetProperty("off"))), "off");
            if (expected.TryGetProperty("sequence_ids", out var sequences))
            {
                var ids = sequences.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Null ? (int?)null : item.GetInt32());
                Assert.That(actual.SequenceIds, Is.EqualTo(ids), "sequence_ids");
            }
        }
    }

    [TestCaseSource(nameof(Cases), ["special_as_text"])]
    public void Special_tokens_can_be_text(string folder, int index)
    {
        var expected = Json(folder, "cases.json").GetProperty("special_as_text")[index];
        var text = Inputs[expected.GetProperty("in").GetString()!];
        var actual = Load(folder).Tokenizer!.EncodeWithOffsets(text, addSpecialTokens: false, specialTokensAsText: true);
        AssertIds(actual.Ids, expected.GetProperty("ids"), "ids");
    }

    [TestCaseSource(nameof(FoldersThatLoad))]
    public void A_folder_survives_saving(string folder)
    {
        var saved = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"saved-{Guid.NewGuid():N}");
        try
        {
            Load(folder).Tokenizer!.SavePretrained(saved);
            Assert.That(File.ReadAllBytes(Path.Combine(saved, "tokenizer.json")),
                Is.EqualTo(File.ReadAllBytes(GoldenFolder.Path("tokenizers", folder, "tokenizer.json"))));
            var again = TextTokenizer.FromPretrained(saved);
            var about = Json(folder, "cases.json").GetProperty("about");
            Assert.That(again.VocabularySize, Is.EqualTo(about.GetProperty("vocab_size_with_added").GetInt32()));
            Assert.That(again.BosId, Is.EqualTo(Load(folder).Tokenizer!.BosId));
        }
        finally
        {
            Directory.Delete(saved, recursive: true);
        }
    }

    private static void AssertWithSpecialTokens(
        TextTokenizer tokenizer, string folder, JsonElement expected, string text, TokenizedText plain)
    {
        var actual = tokenizer.EncodeWithOffsets(text);
        if (expected.TryGetProperty("sp_ids", out var ids))
        {
            AssertIds(actual.Ids, ids, "sp_ids");
        }
        else if (Json(folder, "cases.json").GetProperty("about").TryGetProperty("special_prefix", out var prefix))
        {
            var suffix = Json(folder, "cases.json").GetProperty("about").GetProperty("special_suffix");
            Assert.That(actual.Ids, Is.EqualTo((int[])[.. Numbers(prefix), .. plain.Ids, .. Numbers(suffix)]), "prefix, ids, suffix");
        }

        if (expected.TryGetProperty("sp_mask", out var mask))
        {
            Assert.That(actual.IsAdded.Select(Bit), Is.EqualTo(Numbers(mask)), "sp_mask");
        }

        var spans = expected.TryGetProperty("sp_off", out var offsets) ? Numbers(offsets) : SpansAroundAdded(actual, plain);
        Assert.That(Flat(actual.Spans), Is.EqualTo(spans), "sp_off");
        if (expected.TryGetProperty("sp_dec", out _))
        {
            AssertText(tokenizer.Decode(actual.Ids, skipSpecialTokens: false), expected, ["sp_dec"], text);
            AssertText(tokenizer.Decode(actual.Ids, skipSpecialTokens: true), expected, ["sp_dec_skip", "sp_dec"], text);
        }
    }

    // Where sp_off is absent the spans are those without special tokens, with 0 to 0 for each added token.
    private static int[] SpansAroundAdded(TokenizedText actual, TokenizedText plain)
    {
        var next = 0;
        return Flat(actual.IsAdded.Select(isAdded => isAdded ? new TokenSpan(0, 0) : plain.Spans[next++]));
    }

    private static int Bit(bool value) => value ? 1 : 0;

    private static IEnumerable<TestCaseData> Cases(string kind)
    {
        foreach (var folder in FoldersWithCases())
        {
            var file = Json(folder, "cases.json");
            if (!file.TryGetProperty(kind, out var cases) || cases.ValueKind != JsonValueKind.Array)
            {
                continue;
            }

            var reason = Load(folder).Reason;
            var count = cases.GetArrayLength();
            for (var index = 0; index < count; index++)
            {
                var data = new TestCaseData(folder, index).SetArgDisplayNames(folder, Label(cases[index], index));
                yield return reason is null ? data : data.Ignore(reason);
            }
        }
    }

    private static IEnumerable<TestCaseData> FoldersThatLoad() => FoldersWithCases()
        .Where(folder => Exists(folder, "tokenizer.json"))
        .Select(folder => Load(folder).Reason is { } reason ? new TestCaseData(folder).Ignore(reason) : new TestCaseData(folder));

    private static IEnumerable<string> FoldersWithCases() => GoldenFolder.Folders("tokenizers")
        .Select(path => Path.GetFileName(path)).Where(folder => Exists(folder, "cases.json"));

    private static string Label(JsonElement item, int index) =>
        item.TryGetProperty("in", out var key) ? key.GetString()! : index.ToString();
}
