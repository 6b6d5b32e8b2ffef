using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Tokenization;
using static PreferenceTuning.Tests.Goldens.TokenizerGoldenFiles;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Each component by itself, which shows the stage that is wrong (components.json).</summary>
[Category("Golden")]
public class TokenizerComponentGoldens
{
    [TestCaseSource(nameof(Components), ["normalizers"])]
    public void A_normalizer_gives_the_texts_of_the_reference(string name)
    {
        var (component, json) = Find("normalizers", name);
        var normalizer = NormalizerReader.Read(json)!;
        string Normalize(string text) => normalizer.Normalize(new AlignedText(text, 0)).Text;
        foreach (var item in component.GetProperty("cases").EnumerateArray())
        {
            var key = item.GetProperty("in").GetString()!;
            Assert.That(Normalize(Inputs[key]), Is.EqualTo(item.GetProperty("out").GetString()), key);
        }

        foreach (var key in Texts(component.GetProperty("unchanged")))
        {
            Assert.That(Normalize(Inputs[key]), Is.EqualTo(Inputs[key]), key);
        }
    }

    [TestCaseSource(nameof(Components), ["pre_tokenizers"])]
    public void A_pre_tokenizer_gives_the_pieces_of_the_reference(string name)
    {
        var (component, json) = Find("pre_tokenizers", name);
        var preTokenizer = PreTokenizerReader.Read(json)!;
        foreach (var item in component.GetProperty("cases").EnumerateArray())
        {
            var key = item.GetProperty("in").GetString()!;
            var (pieces, offsets) = Split(preTokenizer, Inputs[key]);
            var expected = Texts(item.GetProperty("pieces"));
            Assert.That(pieces, Is.EqualTo(expected), key);
            Assert.That(offsets, Is.EqualTo(item.TryGetProperty("off", out var off) ? Numbers(off) : OneAfterAnother(expected)), key);
        }

        foreach (var key in Texts(component.GetProperty("one_piece_unchanged")))
        {
            var expected = Inputs[key].Length == 0 ? Array.Empty<string>() : [Inputs[key]];
            Assert.That(Split(preTokenizer, Inputs[key]).Pieces, Is.EqualTo(expected), key);
        }
    }

    [TestCaseSource(nameof(Components), ["decoders"])]
    public void A_decoder_gives_the_texts_of_the_reference(string name)
    {
        var (component, json) = Find("decoders", name);
        var decoder = DecoderReader.Read(json)!;
        foreach (var item in component.GetProperty("cases").EnumerateArray())
        {
            var tokens = Texts(item.GetProperty("tokens"));
            Assert.That(
                string.Concat(decoder.Decode([.. tokens])), Is.EqualTo(item.GetProperty("out").GetString()), string.Join(' ', tokens));
        }
    }

    private static (string[] Pieces, int[] Offsets) Split(IPreTokenizer preTokenizer, string text)
    {
        var pieces = preTokenizer.Split([Piece.Whole(new AlignedText(text, 0))]).Where(piece => piece.Length > 0).ToList();
        var positions = Utf16.CodePointPositions(text);
        var spans = pieces.Select(piece => piece.Source.Span(piece.Start, piece.End))
            .SelectMany(span => new[] { positions?[span.Start] ?? span.Start, positions?[span.End] ?? span.End });
        return ([.. pieces.Select(piece => piece.Span.ToString())], [.. spans]);
    }

    private static int[] OneAfterAnother(string[] pieces)
    {
        var offsets = new List<int>();
        var at = 0;
        foreach (var piece in pieces)
        {
            offsets.Add(at);
            at += piece.EnumerateRunes().Count();
            offsets.Add(at);
        }

        return [.. offsets];
    }

    private static (JsonElement Component, JsonPart Json) Find(string kind, string name)
    {
        var component = Json("components.json").GetProperty(kind).EnumerateArray().Single(
            item => item.GetProperty("name").GetString() == name);
        return (component, new JsonPart(component.GetProperty("json"), $"components.json: {name}"));
    }

    private static IEnumerable<TestCaseData> Components(string kind)
    {
        if (!Exists("components.json"))
        {
            yield break;
        }

        foreach (var component in Json("components.json").GetProperty(kind).EnumerateArray())
        {
            var name = component.GetProperty("name").GetString()!;
            var data = new TestCaseData(name);
            yield return Reason(kind, new JsonPart(component.GetProperty("json"), name)) is { } reason ? data.Ignore(reason) : data;
        }
    }

    private static string? Reason(string kind, JsonPart json)
    {
        try
        {
            object? component = kind switch
            {
                "normalizers" => NormalizerReader.Read(json),
                "pre_tokenizers" => PreTokenizerReader.Read(json),
                _ => DecoderReader.Read(json),
            };
            return component is null ? "no component" : null;
        }
        catch (NotSupportedException exception)
        {
            return $"not supported yet: {exception.Message}";
        }
    }
}
