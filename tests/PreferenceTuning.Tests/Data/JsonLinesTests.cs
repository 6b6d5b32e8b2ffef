using System.Text;
using NUnit.Framework;
using PreferenceTuning.Data;

namespace PreferenceTuning.Tests.Data;

public sealed class JsonLinesTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("preference-tuning-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private string Given(string content)
    {
        File.WriteAllText(At("given.jsonl"), content);
        return At("given.jsonl");
    }

    [Test]
    public void A_pair_is_read_with_margin_and_soft_label()
    {
        var pairs = JsonLines.ReadPreferencePairs(Given("""{"prompt":"What is an opossum?","chosen":"A meme.","rejected":"A marsupial.","margin":1.5,"chosen_probability":0.75,"source":"x"}"""));
        Assert.That(
            pairs,
            Is.EqualTo(
                new[] { new PreferencePair("What is an opossum?", "A meme.", "A marsupial.") { Margin = 1.5, ChosenProbability = 0.75 } }));
    }

    [Test]
    public void A_line_feed_at_the_end_starts_no_line_and_carriage_returns_and_a_byte_order_mark_are_dropped()
    {
        var path = Given("\uFEFF{\"prompt\":\"a\"}\r\n{\"prompt\":\"b\u2028c\"}\n");
        Assert.That(JsonLines.ReadPrompts(path).Select(p => p.Prompt.Text), Is.EqualTo(new[] { "a", "b\u2028c" }));
        Assert.That(JsonLines.ReadPrompts(Given("")), Is.Empty);
    }

    [TestCase("{\"prompt\":\"a\"}\n\n{\"prompt\":\"b\"}", 2, "the line is empty")]
    [TestCase("{\"prompt\":\"a\"}\n{\"prompt\":", 2, "not valid JSON at byte 11: ")]
    [TestCase("{\"prompt\":NaN}", 1, "not valid JSON at byte 11: 'N' is an invalid start of a value; every line must hold one whole JSON object.")]
    [TestCase("{\n\"prompt\":\"a\"\n}", 1, "one whole JSON object")]
    [TestCase("{\"prompt\":\"a\"}\n[1]", 2, "the line holds a list; a JSON object was expected")]
    [TestCase("{\"query\":\"a\"}", 1, "'prompt' is missing; the line has 'query'")]
    [TestCase("{\"prompt\":3}", 1, "'prompt' is the number 3; a text or a list was expected")]
    [TestCase("{\"prompt\":null}", 1, "'prompt' is null")]
    [TestCase("{\"prompt\":[\"a\"]}", 1, "'prompt[0]' is a text; a message with 'role' and 'content' was expected")]
    [TestCase("{\"prompt\":[{\"role\":\"user\"}]}", 1, "'prompt[0]' has no 'content'")]
    [TestCase("{\"prompt\":[{\"content\":\"hi\"}]}", 1, "'prompt[0]' has no 'role'")]
    [TestCase("{\"prompt\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]}]}", 1, "this library reads text")]
    [TestCase("{\"prompt\":\"a\",\"prompt\":\"b\"}", 1, "not valid JSON")]
    [TestCase("{\"prompt\":\"\\ud800\"}", 1, "not valid Unicode")]
    [TestCase("{\"prompt\":\"a\",\"tools\":\"[\"}", 1, "'tools' is a text that is not valid JSON at byte 2: ")]
    [TestCase("{\"prompt\":\"a\",\"tools\":\"{}\"}", 1, "'tools' is a text that holds an object")]
    public void A_bad_line_is_named_with_file_and_line(string content, int line, string expected)
    {
        var path = Given(content);
        var error = Assert.Throws<DataFormatException>(() => JsonLines.ReadPrompts(path));
        Assert.Multiple(() =>
        {
            Assert.That(error!.Message, Does.StartWith($"{path}({line}): ").And.Contain(expected));
            Assert.That((error.File, error.Line), Is.EqualTo((path, (long)line)));
        });
    }

    [TestCase("""{"prompt":"a","chosen":"b"}""", "'rejected' is missing")]
    [TestCase("""{"chosen":"b","rejected":[]}""", "both must be of one kind")]
    [TestCase("""{"chosen":"b","rejected":"b"}""", "add a 'prompt'")]
    [TestCase("""{"prompt":"a","chosen":"b","rejected":"c","margin":"1"}""", "'margin' is a text; a number was expected")]
    [TestCase("""{"prompt":"a","chosen":"b","rejected":"c","margin":1e999}""", "'margin' is 1e999, beyond the range")]
    [TestCase("""{"prompt":"a","chosen":"b","rejected":"c","chosen_probability":1.5}""", "'chosen_probability' is 1.5; a probability")]
    public void A_bad_pair_says_what_is_wrong(string line, string expected) =>
        Assert.That(() => JsonLines.ReadPreferencePairs(Given(line)), Throws.TypeOf<DataFormatException>().With.Message.Contains(expected));

    [TestCase("""{"prompt":"a","responses":["b"],"ranks":[1]}""", "there are 1 'responses' and 1 'ranks'")]
    [TestCase("""{"prompt":"a","responses":["b","c"],"ranks":[1]}""", "there are 2 'responses' and 1 'ranks'")]
    [TestCase("""{"prompt":"a","responses":["b","c"],"ranks":[1,1.5]}""", "'ranks[1]' is the number 1.5; a whole number was expected")]
    [TestCase("""{"prompt":"a","responses":["b",{}],"ranks":[1,2]}""", "'responses[1]' is an object")]
    public void A_bad_ranking_says_what_is_wrong(string line, string expected) =>
        Assert.That(() => JsonLines.ReadRankings(Given(line)), Throws.TypeOf<DataFormatException>().With.Message.Contains(expected));

    [Test]
    public void A_label_that_is_not_true_or_false_is_refused() =>
        Assert.That(
            () => JsonLines.ReadUnpaired(Given("""{"prompt":"a","completion":"b","label":1}""")),
            Throws.TypeOf<DataFormatException>().With.Message.Contains("'label' is the number 1; true or false was expected"));

    [Test]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        File.WriteAllBytes(At("bytes.jsonl"), [.. "{\"prompt\":\""u8, 0xFF, 0xFE, .. "\"}"u8]);
        Assert.That(
            () => JsonLines.ReadPrompts(At("bytes.jsonl")),
            Throws.TypeOf<DataFormatException>().With.Message.Contains("bytes.jsonl(1): a string is not valid Unicode text"));
    }

    [Test]
    public void Nesting_beyond_the_limit_is_refused()
    {
        var deep = new string('[', 64) + new string(']', 64);
        Assert.That(() => JsonLines.ReadPrompts(Given($$"""{"prompt":"a","x":{{deep}}}""")), Throws.TypeOf<DataFormatException>().With.Message.Contains("depth"));
    }

    [Test]
    public void A_line_beyond_the_limit_is_refused_with_its_number_and_one_at_the_limit_is_read()
    {
        using (var file = File.Create(At("long.jsonl")))
        {
            file.Write("{\"prompt\":\"a\"}\n{\"prompt\":\""u8);
            file.Write(Enumerable.Repeat((byte)'x', JsonLines.MaxLineBytes).ToArray());
        }

        Assert.That(
            () => JsonLines.ReadPrompts(At("long.jsonl")),
            Throws.TypeOf<DataFormatException>().With.Message.Contains("long.jsonl(2): the line is longer than 16777216 bytes"));

        // 16 MiB with the line feed: 13 bytes around the text.
        File.WriteAllText(At("limit.jsonl"), $$"""{"prompt":"{{new string('x', JsonLines.MaxLineBytes - 14)}}"}""" + "\n");
        Assert.That(new FileInfo(At("limit.jsonl")).Length, Is.EqualTo(JsonLines.MaxLineBytes));
        Assert.That(JsonLines.ReadPrompts(At("limit.jsonl"))[0].Prompt.Text, Has.Length.EqualTo(JsonLines.MaxLineBytes - 14));
    }

    [Test]
    public void Without_a_prompt_the_common_beginning_is_the_prompt()
    {
        var pairs = JsonLines.ReadPreferencePairs(Given("""
            {"chosen":"The sky is blue.","rejected":"The sky is green."}
            {"chosen":"Yes 🙂","rejected":"Yes 🙃"}
            {"chosen":"a b","rejected":"a"}
            {"chosen":[{"role":"user","content":"hi"},{"role":"assistant","content":"yes"}],"rejected":[{"role":"user","content":"hi"},{"role":"assistant","content":"no"}]}
            """));
        Assert.That(pairs, Is.EqualTo(new PreferencePair[]
        {
            new("The sky is", " blue.", " green."),
            // 🙂 and 🙃 share their first UTF-16 half, which belongs to neither prompt; TRL works on code points.
            new("Yes ", "🙂", "🙃"),
            new("a", " b", ""),
            new(
                new TextOrMessages([new("user", "hi")]), new TextOrMessages([new("assistant", "yes")]),
                new TextOrMessages([new("assistant", "no")])),
        }));
    }

    [Test]
    public void Running_text_and_conversations_become_responses_to_an_empty_prompt()
    {
        var rows = JsonLines.ReadDemonstrations(Given("""
            {"text":"once upon"}
            {"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"yes"}]}
            {"prompt":"a","completion":"b"}
            """));
        Assert.That(rows, Is.EqualTo(new Demonstration[]
        {
            new("", "once upon"),
            new(new TextOrMessages([]), new TextOrMessages([new("user", "hi"), new("assistant", "yes")])),
            new("a", "b"),
        }));
        Assert.That(rows.Take(2).Select(r => r.Prompt.IsEmpty), Is.All.True);
    }

    [Test]
    public void Tool_calls_and_tools_survive()
    {
        const string Call = """[{"type":"function","function":{"name":"weather","arguments":{"place":"river"}}}]""";
        var rows = JsonLines.ReadPrompts(Given(
            $$"""{"prompt":[{"role":"assistant","content":null,"tool_calls":{{Call}},"name":null}],"tools":"[ {\"type\":\n\"function\"} ]"}"""));
        Assert.That(rows[0].Prompt.Messages, Is.EqualTo(new[] { new Message("assistant", "") { ExtraJson = $$"""{"tool_calls":{{Call}}}""" } }));
        Assert.That(rows[0].ToolsJson, Is.EqualTo("""[{"type":"function"}]"""));

        JsonLines.WritePrompts(At("written.jsonl"), rows);
        Assert.That(File.ReadAllText(At("written.jsonl")), Is.EqualTo(
            $$"""{"prompt":[{"role":"assistant","content":"","tool_calls":{{Call}}}],"tools":[{"type":"function"}]}""" + "\n"));
        Assert.That(JsonLines.ReadPrompts(At("written.jsonl")), Is.EqualTo(rows));
    }

    [Test]
    public void Written_bytes_are_the_expected_ones()
    {
        JsonLines.WritePreferencePairs(At("pairs.jsonl"), [new("Grüße, \"東京\" 🙂\n", "a/b<c>'", "") { Margin = 0.1 }]);
        JsonLines.WriteRankings(At("rankings.jsonl"), [new("p", ["a", "b", "c"], [2, 1, 2])]);
        JsonLines.WriteUnpaired(At("unpaired.jsonl"), [new("p", "a", true)]);
        JsonLines.WriteDemonstrations(At("demonstrations.jsonl"), [new("p", "a"), new("q", "b")]);
        Assert.Multiple(() =>
        {
            // The relaxed encoder leaves text readable; only what JSON demands, and code points above the BMP, are escaped.
            Assert.That(File.ReadAllText(At("pairs.jsonl")), Is.EqualTo("""{"prompt":"Grüße, \"東京\" \uD83D\uDE42\n","chosen":"a/b<c>'","rejected":"","margin":0.1}""" + "\n"));
            Assert.That(File.ReadAllText(At("rankings.jsonl")), Is.EqualTo("""{"prompt":"p","responses":["a","b","c"],"ranks":[2,1,2]}""" + "\n"));
            Assert.That(File.ReadAllText(At("unpaired.jsonl")), Is.EqualTo("""{"prompt":"p","completion":"a","label":true}""" + "\n"));
            Assert.That(File.ReadAllText(At("demonstrations.jsonl")), Is.EqualTo("""{"prompt":"p","completion":"a"}""" + "\n" + """{"prompt":"q","completion":"b"}""" + "\n"));
        });
    }

    [Test]
    public void A_write_that_fails_leaves_the_old_file_and_nothing_beside_it()
    {
        JsonLines.WritePrompts(At("prompts.jsonl"), [new("old")]);
        static IEnumerable<PromptExample> Failing()
        {
            yield return new PromptExample("new");
            throw new InvalidOperationException("the source broke");
        }

        Assert.Throws<InvalidOperationException>(() => JsonLines.WritePrompts(At("prompts.jsonl"), Failing()));
        Assert.That(File.ReadAllText(At("prompts.jsonl")), Is.EqualTo("{\"prompt\":\"old\"}\n"));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void Half_a_surrogate_pair_is_refused_before_anything_is_replaced() =>
        Assert.That(
            () => JsonLines.WritePrompts(At("prompts.jsonl"), [new("\ud800")]),
            Throws.ArgumentException.With.Message.Contains("surrogate"));

    [Test]
    public void A_message_field_that_repeats_the_content_is_refused() =>
        Assert.That(
            () => JsonLines.WritePrompts(At("p.jsonl"), [new(new TextOrMessages([new("user", "a") { ExtraJson = """{"content":"b"}""" }]))]),
            Throws.ArgumentException.With.Message.Contains("'content'"));

    [Test]
    public void A_missing_file_is_named() =>
        Assert.That(
            () => JsonLines.ReadPrompts(At("none.jsonl")), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("none.jsonl"));

    [Test]
    public void A_stream_that_gives_one_byte_at_a_time_reads_the_same()
    {
        var bytes = Encoding.UTF8.GetBytes("{\"prompt\":\"Grüße 🙂\"}\r\n{\"prompt\":\"b\"}");
        Assert.That(JsonLines.ReadPrompts(new Drip(bytes), "drip").Select(p => p.Prompt.Text), Is.EqualTo(new[] { "Grüße 🙂", "b" }));
    }

    private sealed class Drip(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1));
    }
}
