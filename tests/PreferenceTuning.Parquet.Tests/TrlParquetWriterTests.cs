using System.Globalization;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Tests.Formats;
using PreferenceTuning.Parquet.Rows;
using PreferenceTuning.Parquet.Thrift;

namespace PreferenceTuning.Parquet.Tests;

[TestFixture]
public sealed class TrlParquetWriterTests
{
    private static readonly ChatMessage Question = new("user", "How deep is the fjord?");

    private static IEnumerable<TestCaseData> Layouts() =>
        GoldenFiles.Layouts().Where(data => Path.GetExtension((string)data.Arguments[1]!) == ".parquet");

    // A margin and a name that only one split knows, and a split without any row.
    [Test]
    public void The_splits_of_a_data_set_have_the_same_columns()
    {
        var folder = Directory.CreateTempSubdirectory("splits-").FullName;
        var pair = new TrlPreference(Passage.FromMessages([Question]), Passage.FromMessages([new("assistant", "Deep.")]), Passage.FromMessages([new("assistant", "No.")]));
        (string Path, IReadOnlyList<TrlPreference> Pairs)[] files =
        [
            (Path.Combine(folder, "train.parquet"), [pair]),
            (Path.Combine(folder, "test.parquet"), [pair with { Margin = 2, Prompt = Passage.FromMessages([Question with { Name = "ana" }]) }]),
            (Path.Combine(folder, "empty.parquet"), []),
        ];
        TrlParquetWriter.WriteSplits(files);
        var schemas = files.Select(file => string.Join(' ', Paths(File.ReadAllBytes(file.Path)))).ToList();
        Assert.That(schemas[0], Does.Contain("margin").And.Contain("name"));
        Assert.That(schemas.Distinct().Count(), Is.EqualTo(1), string.Join('\n', schemas));
        var read = files.Take(2).Select(file => ParquetFeedback.Read(FeedbackInput.FromFile(file.Path)).Judgements).ToList();
        Assert.That((read[0].Single().Margin, read[1].Single().Margin), Is.EqualTo(((double?)null, (double?)2)));
        Assert.That(read[1].Single().Prompt.Messages!.Single().Name, Is.EqualTo("ana"));
        Directory.Delete(folder, recursive: true);
    }

    [TestCaseSource(nameof(Layouts))]
    [Category("Golden")]
    public void A_written_file_has_the_types_of_the_hubs_library_and_reads_back_the_same(string expected, string file)
    {
        GoldenFiles.Require(file);
        var input = FeedbackInput.FromFile(file);
        if (ParquetFeedback.Detect(input) != FeedbackFormat.Trl)
            Assert.Ignore("The file is none of TRL's types, and only these are written.");
        var judgements = ParquetFeedback.Read(input).Judgements;
        using var jsonLines = new MemoryStream();
        var said = TrlDatasetWriter.Write(jsonLines, judgements);
        var (written, report) = Written(judgements);
        Assert.That(report.ToString(), Is.EqualTo(said.ToString()));
        if (report.Records == 0)
            Assert.Ignore("No row of this file can be written as TRL's types: " + report);

        Assert.That(Written(judgements).Bytes, Is.EqualTo(written), "equal rows give equal bytes");
        var again = ParquetFeedback.Read(new FeedbackInput("again.parquet", written)).Judgements;
        var asLines = FeedbackFormats.Read(new FeedbackInput("again.jsonl", jsonLines.ToArray())).Judgements;
        Assert.That(again.Select(ReadAnswers.Line), Is.EqualTo(asLines.Select(ReadAnswers.Line)));
        Assert.That(Written(again).Bytes, Is.EqualTo(written), "write, read, write");
        AssertColumns(expected, written);
    }

    [Test]
    public void Pairs_of_text_keep_their_words_and_numbers()
    {
        var rows = Rows([new("a \"q\"\n", "🙂 yes", "", 0.1), new("", "x", "y", null, 0.75)]);

        Assert.That(rows, Is.EqualTo(new[]
        {
            """{"prompt":"a \"q\"\n","chosen":"\uD83D\uDE42 yes","rejected":"","margin":0.1,"chosen_probability":null}""",
            """{"prompt":"","chosen":"x","rejected":"y","margin":null,"chosen_probability":0.75}""",
        }));
    }

    [Test]
    public void Conversations_are_lists_of_role_and_content()
    {
        var call = new ChatMessage("assistant", null) { ToolCalls = """[{"name":"depth","arguments":{"place":"fjord"}}]""" };
        var rows = Rows(
        [
            new(Passage.FromMessages([Question]), Passage.FromMessages([call]), Passage.FromMessages([new("assistant", "No idea.")])),
            new(Passage.FromMessages([]), Passage.FromMessages([Question, new("assistant", "1,300 m.")]), Passage.FromMessages([])),
        ]);

        Assert.That(rows, Is.EqualTo(new[]
        {
            """{"prompt":[{"role":"user","content":"How deep is the fjord?"}],"chosen":[{"role":"assistant","content":null,"tool_calls":"[{\"name\":\"depth\",\"arguments\":{\"place\":\"fjord\"}}]"}],"rejected":[{"role":"assistant","content":"No idea."}]}""",
            """{"prompt":[],"chosen":[{"role":"user","content":"How deep is the fjord?","tool_calls":null},{"role":"assistant","content":"1,300 m.","tool_calls":null}],"rejected":[]}""",
        }));
    }

    [Test]
    public void Rows_that_fill_several_row_groups_stay_in_order()
    {
        using var stream = new MemoryStream();
        TrlParquetWriter.Write(
            stream,
            Enumerable.Range(0, 100_001).Select(number => new TrlPreference(number.ToString(CultureInfo.InvariantCulture), "a", "b")));
        var lines = Lines(stream.ToArray());

        Assert.That(Footer.Read(stream.ToArray()).RowGroups.Select(group => group.Rows), Is.EqualTo(new long[] { 50_000, 50_000, 1 }));
        Assert.That(lines, Has.Length.EqualTo(100_001));
        Assert.That(lines[50_000], Is.EqualTo("""{"prompt":"50000","chosen":"a","rejected":"b"}"""));
        Assert.That(lines[100_000], Is.EqualTo("""{"prompt":"100000","chosen":"a","rejected":"b"}"""));
    }

    [Test]
    public void Without_rows_the_columns_of_a_preference_stand_there() =>
        Assert.That(() =>
        {
            using var stream = new MemoryStream();
            TrlParquetWriter.Write(stream, Array.Empty<TrlPreference>());
            Assert.That(Lines(stream.ToArray()), Is.Empty);
            return Paths(stream.ToArray());
        }, Is.EqualTo(new[] { "prompt", "chosen", "rejected" }));

    [Test]
    public void Text_and_messages_in_one_column_are_refused_with_the_row() =>
        Assert.That(() => Rows([new("p", "c", "r"), new(Passage.FromMessages([Question]), "c", "r")]),
            Throws.ArgumentException.With.Message.Contains("'prompt' holds a list (of messages, for instance) in row 2 but text before"));

    [Test]
    public void A_failure_leaves_the_file_that_was_there()
    {
        var folder = Directory.CreateTempSubdirectory("parquet-").FullName;
        var path = Path.Combine(folder, "pairs.parquet");
        TrlParquetWriter.WriteFile(path, [new TrlPreference("p", "c", "r")]);
        var before = File.ReadAllBytes(path);
        static IEnumerable<TrlPreference> Failing()
        {
            yield return new TrlPreference("q", "c", "r");
            throw new InvalidOperationException("the source broke");
        }

        Assert.That(() => TrlParquetWriter.WriteFile(path, Failing()), Throws.InvalidOperationException);
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
        Assert.That(Directory.GetFiles(folder), Is.EqualTo(new[] { path }));
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public async Task Another_reader_finds_the_same_texts()
    {
        using var stream = new MemoryStream();
        TrlParquetWriter.Write(stream, [new TrlPreference("p", "c", "r", 2), new TrlPreference("pp", "cc", "rr")]);
        stream.Position = 0;
        await using var reader = await global::Parquet.ParquetReader.CreateAsync(stream);
        using var group = reader.OpenRowGroupReader(0);
        var texts = new string?[2];
        await group.ReadAsync(reader.Schema.FindDataField("chosen"), texts.AsMemory());

        Assert.That(texts, Is.EqualTo(new[] { "c", "cc" }));
        Assert.That(reader.Schema.Fields.Select(field => field.Name), Is.EqualTo(new[] { "prompt", "chosen", "rejected", "margin" }));
    }

    private static (byte[] Bytes, ConversionReport Report) Written(IEnumerable<Judgement> judgements)
    {
        using var stream = new MemoryStream();
        var report = TrlParquetWriter.Write(stream, judgements);
        return (stream.ToArray(), report);
    }

    private static string[] Rows(IEnumerable<TrlPreference> pairs)
    {
        using var stream = new MemoryStream();
        TrlParquetWriter.Write(stream, pairs);
        return Lines(stream.ToArray());
    }

    private static string[] Lines(byte[] file) =>
        Encoding.UTF8.GetString(
            ParquetFeedback.ToJsonLines(new FeedbackInput("written.parquet", file)).Bytes.Span)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string[] Paths(byte[] file) => [.. SchemaTree.Build(Footer.Read(file).Schema).Leaves.Select(leaf => leaf.Path)];

    // Columns that the Hub's file has under the same name must have the same type and depth.
    private static void AssertColumns(string expected, byte[] written)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(expected));
        var columns = json.RootElement.GetProperty("columns")
            .GetProperty("leaf_columns").EnumerateArray().ToDictionary(column => column.GetProperty("path").GetString()!);
        var shared = SchemaTree.Build(Footer.Read(written).Schema).Leaves.Where(leaf => columns.ContainsKey(leaf.Path)).ToList();
        Assert.That(shared.Count + columns.Count(column => column.Key is "text" || column.Key.StartsWith("messages", StringComparison.Ordinal)), Is.GreaterThan(0));
        foreach (var leaf in shared)
        {
            var column = columns[leaf.Path];
            Assert.That(leaf.Definition, Is.EqualTo(column.GetProperty("max_definition_level").GetInt32()), leaf.Path);
            Assert.That(leaf.Repetition, Is.EqualTo(column.GetProperty("max_repetition_level").GetInt32()), leaf.Path);
            Assert.That(
                leaf.Type.ToString().ToUpperInvariant(),
                Is.EqualTo(column.GetProperty("physical_type").GetString()!.Replace("_", "", StringComparison.Ordinal)), leaf.Path);
            Assert.That(
                leaf.Element.Meaning == Meaning.Text, Is.EqualTo(column.GetProperty("logical_type").GetString() == "String"), leaf.Path);
        }
    }
}
