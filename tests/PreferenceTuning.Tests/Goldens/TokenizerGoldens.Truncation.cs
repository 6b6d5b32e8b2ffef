using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Tokenization;
using static PreferenceTuning.Tests.Goldens.TokenizerGoldenFiles;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Shortening and filling up (truncation-padding.json).</summary>
[Category("Golden")]
public class TokenizerTruncationGoldens
{
    [TestCaseSource(nameof(Truncations), [false])]
    public void Truncation_keeps_what_the_reference_keeps(int index)
    {
        var item = Item("truncation", index);
        if (item.TryGetProperty("error", out _) || HasNoRoom(item))
        {
            Assert.That(() => Truncate(item), Throws.ArgumentException);
            return;
        }

        var kept = Truncate(item)[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(kept.Ids, Is.EqualTo(Numbers(item.GetProperty("ids"))), "ids");
            Assert.That(kept.TypeIds, Is.EqualTo(Numbers(item.GetProperty("type_ids"))), "type_ids");
            Assert.That(kept.IsAdded.Select(Bit), Is.EqualTo(Numbers(item.GetProperty("special_tokens_mask"))), "special_tokens_mask");
        }
    }

    [TestCaseSource(nameof(Truncations), [true])]
    public void What_is_cut_off_comes_in_the_windows_of_the_reference(int index)
    {
        var item = Item("truncation", index);
        var windows = Truncate(item).Skip(1).Select(window => window.Ids);
        Assert.That(windows, Is.EqualTo(item.GetProperty("overflowing").EnumerateArray().Select(Numbers)));
    }

    [TestCaseSource(nameof(Paddings))]
    public void Padding_fills_up_as_the_reference_does(int index)
    {
        var item = Item("padding", index);
        var padding = item.GetProperty("padding");
        var tokenizer = Load(item.GetProperty("tokenizer").GetString()!).Tokenizer!;
        var texts = Texts(item.GetProperty("texts")).Select(text => tokenizer.EncodeWithOffsets(text)).ToList();
        var side = padding.GetProperty("direction").GetString() == "left" ? PaddingSide.Left : PaddingSide.Right;
        var batch = TokenCollation.Texts([.. texts.Select(text => text.Ids)], side, new CollationOptions
        {
            PadId = padding.GetProperty("pad_id").GetInt32(),
            MinColumns = padding.TryGetProperty("length", out var length) ? length.GetInt32() : null,
            ColumnMultiple = padding.TryGetProperty("pad_to_multiple_of", out var multiple) ? multiple.GetInt32() : 1,
        });

        Assert.That(batch.Ids, Is.EqualTo(item.GetProperty("ids").EnumerateArray().Select(Numbers)));
        Assert.That(
            batch.AttentionMask.Select(row => row.Select(Bit)),
            Is.EqualTo(item.GetProperty("attention_mask").EnumerateArray().Select(Numbers)));
    }

    // The reference counts below zero when not even the special tokens fit, and then keeps everything; here that is an error.
    private static bool HasNoRoom(JsonElement item) =>
        Numbers(item.GetProperty("special_tokens_mask")).Sum() > item.GetProperty("truncation").GetProperty("max_length").GetInt32();

    private static IReadOnlyList<TokenizedText> Truncate(JsonElement item)
    {
        var truncation = item.GetProperty("truncation");
        var options = new TruncationOptions
        {
            MaxLength = truncation.GetProperty("max_length").GetInt32(),
            Stride = truncation.TryGetProperty("stride", out var stride) ? stride.GetInt32() : 0,
            Side = truncation.TryGetProperty("direction", out var side) && side.GetString() == "left" ? TruncationSide.Left : TruncationSide.Right,
            Strategy = !truncation.TryGetProperty("strategy", out var strategy) ? TruncationStrategy.LongestFirst : strategy.GetString() switch
            {
                "only_first" => TruncationStrategy.OnlyFirst,
                "only_second" => TruncationStrategy.OnlySecond,
                _ => TruncationStrategy.LongestFirst,
            },
        };
        return Load(item.GetProperty("tokenizer").GetString()!).Tokenizer!.EncodeTruncated(
            item.GetProperty("a").GetString()!, item.GetProperty("b").GetString(), options, item.GetProperty("add_special_tokens").GetBoolean());
    }

    private static IEnumerable<TestCaseData> Truncations(bool windows) => Items("truncation").Select((item, index) =>
    {
        var data = Label(item, index, item.GetProperty("truncation"));
        return windows && item.TryGetProperty("error", out _) ? data.Ignore("an error in the reference, so there are no windows")
            : windows && HasNoRoom(item) ? data.Ignore("no room for the special tokens: an error here, see the other test")
            : windows && item.GetProperty("b").ValueKind != JsonValueKind.Null ? data.Ignore("windows of two texts are not offered")
            : data;
    });

    private static IEnumerable<TestCaseData> Paddings() =>
        Items("padding").Select((item, index) => Label(item, index, item.GetProperty("padding")));

    private static TestCaseData Label(JsonElement item, int index, JsonElement options)
    {
        var tokenizer = item.GetProperty("tokenizer").GetString()!;
        var data = new TestCaseData(index).SetArgDisplayNames(tokenizer, index.ToString(), options.GetRawText().Replace('"', '\''));
        return Load(tokenizer).Reason is { } reason ? data.Ignore(reason) : data;
    }

    private static JsonElement Item(string list, int index) => Json("truncation-padding.json").GetProperty(list)[index];

    private static IEnumerable<JsonElement> Items(string list) =>
        Exists("truncation-padding.json") ? Json("truncation-padding.json").GetProperty(list).EnumerateArray() : [];

    private static int Bit(bool value) => value ? 1 : 0;
}
