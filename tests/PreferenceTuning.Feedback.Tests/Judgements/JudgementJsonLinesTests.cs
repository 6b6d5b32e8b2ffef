using System.Text;
using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Tests.Judgements;

[TestFixture]
public sealed class JudgementJsonLinesTests
{
    [Test]
    public void A_line_written_by_hand_needs_no_more_than_a_prompt_two_texts_and_the_better_one()
    {
        var judgement = One("""{"prompt":"Name a prime.","candidates":["4","7"],"preferred":"b","annotator":"ana"}""");

        Assert.Multiple(() =>
        {
            Assert.That(judgement.Kind, Is.EqualTo(JudgementKind.Pairwise));
            Assert.That(judgement.Preferred, Is.EqualTo("b"));
            Assert.That(judgement.CandidateOf("b").Text.Text, Is.EqualTo("7"));
            Assert.That(judgement.IsTie, Is.False);
            Assert.That(judgement.Source, Is.Null, "it comes from no other form, and reading adds nothing");
        });
    }

    [Test]
    public void Ties_rankings_ratings_labels_and_texts_have_short_forms()
    {
        Assert.Multiple(() =>
        {
            Assert.That(One("""{"prompt":"p","candidates":["x","y"],"tie":true}""").IsTie);
            var ranked = One("""{"prompt":"p","candidates":["x","y","z"],"ranking":["c",["a","b"]]}""");
            Assert.That(ranked.Kind, Is.EqualTo(JudgementKind.Ranking));
            Assert.That(ranked.Ranking![1], Is.EqualTo(new[] { "a", "b" }));
            Assert.That(One("""{"prompt":"p","candidates":["x"],"rating":4}""").Ratings, Is.EqualTo(new[] { new Rating(4) }));
            Assert.That(One("""{"prompt":"p","candidates":["x"],"label":"good"}""").Labels, Is.EqualTo(new[] { new Label("good") }));
            Assert.That(One("""{"prompt":"p","text":"An answer."}""").Kind, Is.EqualTo(JudgementKind.Demonstration));
            Assert.That(One("""{"prompt":"p","candidates":["x"],"text":"Better."}""").Kind, Is.EqualTo(JudgementKind.TextEdit));
        });
    }

    [TestCase("""{"prompt":"p","candidates":["x","y"],"prefered":"b"}""", "prefered")]
    [TestCase("""{"prompt":"p","candidates":["x","y"],"preferred":"z"}""", "'z'")]
    [TestCase("""{"prompt":"p","candidates":["x","y"],"preferred":"a","tie":true}""", "not several")]
    [TestCase("""{"prompt":"p","candidates":["x","y","z"],"preferred":"a"}""", "ranking")]
    [TestCase("""{"prompt":"p","candidates":[{"id":"a","text":"x"},{"id":"a","text":"y"}]}""", "must differ")]
    [TestCase("""{"prompt":5}""", "prompt")]
    [TestCase("""{"candidates":["x","y"]}""", "is missing")]
    [TestCase("""{"prompt":"p","seconds":-1}""", "seconds")]
    [TestCase("""{"prompt":"p","kind":"duel"}""", "pairwise")]
    [TestCase("""{"prompt":"p","created_at":"yesterday"}""", "ISO 8601")]
    [TestCase("""{"prompt":"p","prompt":"q"}""", "Not valid JSON")]
    [TestCase("""{"prompt":"\ud800"}""", "cannot be read")]
    [TestCase("""{"prompt":"p","skipped":true,"candidates":["x","y"],"preferred":"a"}""", "skipped")]
    public void An_error_names_the_file_the_line_and_what_is_wrong(string line, string expected)
    {
        var error = Assert.Throws<FeedbackFormatException>(
            () => JudgementJsonLines.Read(FeedbackInput.FromText("hand.jsonl", "\n" + line)))!;

        Assert.That(error.Message, Does.StartWith("hand.jsonl(2)").And.Contain(expected));
        Assert.That(error.Line, Is.EqualTo(2));
    }

    [Test]
    public void Everything_survives_writing_and_reading_and_the_bytes_are_the_same_again()
    {
        var full = Full();
        var once = Write([full, full with { Id = "2", Ranking = [["x", "y", "z"]] }]);
        var read = JudgementJsonLines.Read(new FeedbackInput("full.jsonl", once));

        Assert.That(Write(read), Is.EqualTo(once));
        Assert.That(read[0].Source, Is.EqualTo(full.Source));
        Assert.That(read[1].IsTie);
        Assert.That(Encoding.UTF8.GetString(once), Does.Contain("\"東京 ").And.Contain("\"seconds\":12.5"));
    }

    [Test]
    public void What_a_message_says_beside_role_and_content_is_kept()
    {
        const string Line = """{"prompt":[{"role":"user","content":"p","weight":0},{"role":"tool","content":"12","tool_call_id":"c1","more":{"é":[1.50]}}],"kind":"demonstration"}""" + "\n";
        var read = JudgementJsonLines.Read(FeedbackInput.FromText("x", Line));

        Assert.That(read[0].Prompt.Messages![1].Extra, Is.EqualTo("""{"tool_call_id":"c1","more":{"é":[1.50]}}"""));
        Assert.That(Encoding.UTF8.GetString(Write(read)), Is.EqualTo(Line));
        Assert.That(read[0].Prompt, Is.Not.EqualTo(JudgementJsonLines.Read(FeedbackInput.FromText("x", Line.Replace("c1", "c2")))[0].Prompt));
    }

    [Test]
    public void Any_judgement_is_written_the_same_after_reading()
    {
        var text = Gen.OneOf(
            Gen.String[0, 12].Where(s => s.EnumerateRunes().All(rune => rune != Rune.ReplacementChar)), Gen.Const("a\u2028b\"\\/\n\t🙂"));
        var generated =
            from prompt in text
            from first in text
            from second in text
            from seconds in Gen.Double[0, 1e6]
            from ids in Gen.Select(Gen.Int[0, 5], Gen.Bool)
            from source in Gen.Int[0, 3]
            select new Judgement
            {
                Prompt = prompt,
                Candidates = [new() { Id = "a", Text = first, Extra = new Dictionary<string, string> { ["n"] = " 1.50 " } }, new() { Id = "b", Text = second }],
                Ranking = ids.Item1 switch { 0 => null, 1 => [["a", "b"]], 2 => [["b"]], _ => [["b"], ["a"]] },
                Gold = ids.Item2,
                Source = source switch { 0 => null, 1 => new SourceReference(second + "f"), 2 => new SourceReference("f", first), _ => new SourceReference("f", null, source) },
                Seconds = seconds,
                Kind = (JudgementKind)ids.Item1,
            };
        generated.Sample(
            judgement =>
            {
                var once = Write([judgement]);
                return Write(JudgementJsonLines.Read(new FeedbackInput("x", once))).SequenceEqual(once);
            },
            iter: 300);
    }

    [Test]
    public void A_judgement_that_contradicts_itself_is_not_written()
    {
        var wrong = new Judgement { Id = "7", Prompt = "p", Candidates = [new() { Id = "a", Text = "x" }], Ranking = [["b"]] };

        Assert.That(() => Write([wrong]), Throws.ArgumentException.With.Message.Contains("Judgement 7").And.Message.Contains("'b'"));
    }

    [Test]
    public void The_same_words_with_other_blanks_or_sides_are_the_same_item()
    {
        var one = One("""{"prompt":"Name  a\nprime.","candidates":["4","7"],"preferred":"b"}""");
        var other = One("""{"prompt":[{"role":"user","content":"Name a prime."}],"candidates":["7","4"],"preferred":"a"}""");
        var third = One("""{"prompt":"Name a prime!","candidates":["4","7"],"preferred":"b"}""");

        Assert.That(other.ItemKey, Is.EqualTo(one.ItemKey));
        Assert.That(other.PromptKey, Is.EqualTo(one.PromptKey));
        Assert.That(third.PromptKey, Is.Not.EqualTo(one.PromptKey));
    }

    internal static byte[] Write(IEnumerable<Judgement> judgements)
    {
        using var stream = new MemoryStream();
        JudgementJsonLines.Write(stream, judgements);
        return stream.ToArray();
    }

    internal static Judgement Full() => new()
    {
        Id = "17",
        Item = "p1",
        Prompt = Passage.FromMessages([new("system", "Be short."), new("user", "東京 🙂"), new("assistant", null) { ToolCalls = """[{"name": "time"}]""" }, new("tool", "12") { Name = "time" }]),
        Candidates =
        [
            new() { Id = "x", Text = "4", Model = "gpt2", Sampling = new() { Temperature = 0.7, TopP = 0.9, TopK = 50, MaxTokens = 64, Seed = 42 } },
            new() { Id = "y", Text = Passage.FromSteps(["one", "two"]), Extra = new Dictionary<string, string> { ["score"] = "1.50", ["a"] = "{\"b\": [1, 2]}" } },
            new() { Id = "z", Text = Passage.FromMessages([new("assistant", "hm")]) },
        ],
        Annotator = "ana",
        AnnotatorKind = AnnotatorKind.Person,
        Kind = JudgementKind.Ranking,
        Shown = ["z", "x", "y"],
        Ranking = [["y"], ["x", "z"]],
        Margin = 1.5,
        Confidence = 0.1,
        Ratings = [new Rating(4, "quality", "x", 1, 5)],
        Labels = [new Label("Hate", "evals", "x", 2, ["Harmful", "Hate"])],
        Texts = [new TextAnswer("because", "reason", "y")],
        Gold = true,
        Seconds = 12.5,
        InstructionVersion = "v4",
        CreatedAt = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.FromHours(2)),
        UpdatedAt = new DateTimeOffset(2026, 3, 1, 12, 0, 0, 500, TimeSpan.Zero),
        Flags = [JudgementFlag.UntouchedOrder],
        Source = new SourceReference("export.json", "ab12", 3),
        Extra = new Dictionary<string, string> { ["b"] = "null", ["a"] = "\"x\"" },
    };

    private static Judgement One(string line) => JudgementJsonLines.Read(FeedbackInput.FromText("hand.jsonl", line)).Single();
}
