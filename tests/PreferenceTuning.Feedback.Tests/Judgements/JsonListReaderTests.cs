using System.Text;
using System.Text.Json;
using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Tests.Judgements;

[TestFixture]
public sealed class JsonListReaderTests
{
    [Test]
    public void Elements_are_cut_where_they_end_whatever_the_size_of_the_pieces()
    {
        var text = Gen.Int[0, 9].Select(index => new[] { "", "a", "\\", "\"", "[{", "}]", ",", "\\\"", "🙂", "\u2028" }[index]);
        var value = Gen.OneOf(
            text.Select(part => JsonSerializer.Serialize(part + part)),
            text.Select(part => $"{{\"{JsonEncodedText.Encode(part)}\":[{JsonSerializer.Serialize(part)},{{}}]}}"),
            Gen.Int[0, 5].Select(index => new[] { "1", " null ", "[]", "{ }", "-1.5e3", "[[1,2],[]]" }[index]));
        Gen.Select(value.Array[0, 6], Gen.Int[3, 40]).Sample(
            (values, buffer) =>
            {
                var json = $" \n[{string.Join(',', values)}] \n";
                using var document = JsonDocument.Parse(json);
                var expected = document.RootElement.EnumerateArray().Select(element => element.GetRawText());
                return Cut(json, buffer).SequenceEqual(expected);
            },
            iter: 2000);
    }

    [TestCase("[1}", "ends with '}'")]
    [TestCase("[1,2", "cut")]
    [TestCase("[\"a", "cut")]
    [TestCase("[\"a\\", "cut")]
    [TestCase("[1] x", "follows")]
    [TestCase("", "empty")]
    public void What_is_no_list_is_told(string json, string expected) =>
        Assert.That(() => Cut(json, 4), Throws.TypeOf<FeedbackFormatException>().With.Message.Contains(expected));

    [Test]
    public void A_file_that_changes_while_it_is_read_is_noticed()
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "changing.json");
        File.WriteAllText(path, "[1,2]");
        var input = FeedbackInput.FromFile(path);
        _ = input.Sha256;
        File.WriteAllText(path, "[1,3]");

        Assert.That(() => Read(input, 64), Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("changed"));
        File.Delete(path);
    }

    [Test]
    public void Hashed_annotators_stay_apart_and_stay_the_same()
    {
        Judgement[] judgements = [new() { Prompt = "p", Annotator = "ana" }, new() { Prompt = "p", Annotator = "bo" }, new() { Prompt = "q", Annotator = "ana" }, new() { Prompt = "q" }];
        var hashed = AnnotatorNames.Hash(judgements, new byte[16]).Select(judgement => judgement.Annotator).ToList();

        Assert.That(hashed[0], Is.EqualTo(hashed[2]).And.Not.EqualTo(hashed[1]).And.Length.EqualTo(16));
        Assert.That(hashed[3], Is.Null);
        Assert.That(() => AnnotatorNames.Hash(judgements, new byte[8]), Throws.ArgumentException);
    }

    private static List<string> Cut(string json, int buffer) => Read(FeedbackInput.FromText("list", json), buffer);

    private static List<string> Read(FeedbackInput input, int buffer)
    {
        using var reader = new JsonListReader(input, buffer);
        var elements = new List<string>();
        while (reader.TryNext(out var element))
            elements.Add(Encoding.UTF8.GetString(element.Span).Trim());
        return elements;
    }
}
