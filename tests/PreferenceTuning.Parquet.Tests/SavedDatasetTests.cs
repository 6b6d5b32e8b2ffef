using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Parquet.Tests;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SavedDatasetTests
{
    private const string Info = """{"features":{"prompt":{"dtype":"string","_type":"Value"},"label":{"names":["good","bad"],"_type":"ClassLabel"}}}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("saved").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Files_are_read_in_the_order_of_the_state_and_judgements_name_file_and_row()
    {
        Write("b.arrow", ("first", 1), ("second", 0));
        Write("a.arrow", ("third", -1));
        State("b.arrow", "a.arrow");

        Assert.That(Encoding.UTF8.GetString(SavedDataset.ToJsonLines(_folder).Bytes.Span).Split('\n'), Is.EqualTo(new[]
        {
            """{"prompt":"first","chosen":"c","rejected":"r","label":"bad"}""", """{"prompt":"second","chosen":"c","rejected":"r","label":"good"}""",
            """{"prompt":"third","chosen":"c","rejected":"r","label":null}""", "",
        }));
        Assert.That(
            SavedDataset.Read(_folder).Judgements.Select(one => $"{one.Prompt.Text} {one.Source!.File} {one.Source.Line}"),
            Is.EqualTo(new[] { "first b.arrow 1", "second b.arrow 2", "third a.arrow 1" }));
    }

    [TestCase("../outside.arrow")]
    [TestCase("sub/inside.arrow")]
    [TestCase("..\\\\outside.arrow")]
    [TestCase("/etc/passwd")]
    [TestCase("..")]
    [TestCase("")]
    public void A_file_outside_of_the_folder_is_refused(string name)
    {
        Write("a.arrow", ("p", 0));
        State(name);

        Assert.That(() => SavedDataset.Read(_folder), Throws.TypeOf<FeedbackFormatException>()
            .With.Message.Contains("nothing outside of it is read").And.Message.Contains("state.json"));
    }

    [Test]
    public void A_link_that_leads_out_of_the_folder_is_refused()
    {
        var outside = Path.GetTempFileName();
        File.CreateSymbolicLink(Path.Combine(_folder, "a.arrow"), outside);
        State("a.arrow");

        Assert.That(() => SavedDataset.Read(_folder), Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("link"));
        File.Delete(outside);
    }

    [TestCase("""{"_data_files":[{"filename":"a.arrow"},{"filename":"a.arrow"}]}""", "named twice")]
    [TestCase("""{"_data_files":[]}""", "No data file")]
    [TestCase("""{"_data_files":"a.arrow"}""", "a list of data files")]
    [TestCase("""{"_data_files":[{}]}""", "filename")]
    [TestCase("""{}""", "_data_files")]
    [TestCase("""[""", "JSON")]
    [TestCase("""{"_data_files":[{"filename":"a.arrow"}],"_indices_data_files":[{"filename":"i.arrow"}]}""", "flatten_indices")]
    [TestCase("""{"_data_files":[{"filename":"a.arrow"},{"filename":"b.arrow"},{"filename":"c.arrow"}]}""", "2 of 3 data files are not there: b.arrow, c.arrow")]
    public void An_odd_state_is_refused_with_the_reason(string state, string reason)
    {
        Write("a.arrow", ("p", 0));
        File.WriteAllText(Path.Combine(_folder, "state.json"), state);

        Assert.That(() => SavedDataset.Read(_folder), Throws.TypeOf<FeedbackFormatException>()
            .With.Message.Contains(reason).And.Message.StartsWith(Path.GetFileName(_folder) + "/state.json"));
    }

    [Test]
    public void A_folder_of_splits_an_empty_folder_and_one_without_names_are_told_apart()
    {
        Assert.That(SavedDataset.IsSaved(_folder), Is.False);
        Assert.That(() => SavedDataset.Read(_folder), Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("save_to_disk"));
        File.WriteAllText(Path.Combine(_folder, "dataset_dict.json"), """{"splits":["train"]}""");
        Assert.That(() => SavedDataset.Read(_folder), Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("splits"));
        Write("a.arrow", ("p", 0));
        State("a.arrow");
        File.Delete(Path.Combine(_folder, "dataset_info.json"));
        Assert.That(() => SavedDataset.Read(_folder), Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("dataset_info.json"));
    }

    [Test]
    public void A_number_without_a_name_is_refused_with_file_and_row()
    {
        Write("a.arrow", ("p", 0), ("q", 2));
        State("a.arrow");

        Assert.That(() => SavedDataset.Read(_folder), Throws.TypeOf<FeedbackFormatException>()
            .With.Message.StartsWith("a.arrow(2)").And.Message.Contains("'label' is 2"));
    }

    [TestCase("""{"names":["x","y"],"_type":"ClassLabel"}""", """[1,0]""", """["y","x"]""")]
    [TestCase("""{"feature":{"names":["x","y"],"_type":"ClassLabel"},"_type":"List"}""", """[1,null]""", """["y",null]""")]
    [TestCase("""[{"deep":{"names":["x","y"],"_type":"ClassLabel"}}]""", """[{"deep":1,"other":1}]""", """[{"deep":"y","other":1}]""")]
    [TestCase("""{"feature":{"deep":{"names":["x","y"],"_type":"ClassLabel"}},"_type":"Sequence"}""", """{"deep":[0,1]}""", """{"deep":["x","y"]}""")]
    [TestCase("""{"deep":{"names":["x","y"],"_type":"ClassLabel"},"plain":{"dtype":"int64","_type":"Value"}}""", """{"deep":0,"plain":1}""", """{"deep":"x","plain":1}""")]
    public void Labels_stand_in_lists_and_structs_too(string feature, string stored, string named)
    {
        File.WriteAllText(Path.Combine(_folder, "dataset_info.json"), $$$"""{"features":{"column":{{{feature}}}}}""");

        var row = Saved.LabelNames.Of(_folder)!.Named(Encoding.UTF8.GetBytes($$"""{"column":{{stored}}}"""));

        Assert.That(Encoding.UTF8.GetString(row), Is.EqualTo($$"""{"column":{{named}}}"""));
    }

    [Test]
    public void A_label_that_its_layout_reads_as_a_number_stays_one()
    {
        Write("a.arrow", Column("history", "p", "p"), Column("human_ref_A", "x", "x"), Column("human_ref_B", "y", "y"), Column("labels", 1, 0), Column("kind", 1, 0));
        State("a.arrow");
        File.WriteAllText(Path.Combine(_folder, "dataset_info.json"), """{"features":{"labels":{"names":["B","A"],"_type":"ClassLabel"},"kind":{"names":["short","long"],"_type":"ClassLabel"}}}""");

        var judgements = SavedDataset.Read(_folder).Judgements;

        Assert.That(judgements.Select(one => one.Preferred), Is.EqualTo(new[] { "A", "B" }));
        Assert.That(judgements.Select(one => one.Extra["kind"]), Is.EqualTo(new[] { "\"long\"", "\"short\"" }));
    }

    /// <summary>20,000 broken descriptions, half of each file; the number can be raised with PREFERENCETUNING_FUZZ.</summary>
    [TestCase("state.json")]
    [TestCase("dataset_info.json")]
    [Category("Fuzz")]
    public void A_broken_description_gives_judgements_or_an_error_with_its_place(string file)
    {
        Write("a.arrow", ("p", 0));
        State("a.arrow");
        var path = Path.Combine(_folder, file);
        var seed = File.ReadAllBytes(path);
        var name = Path.GetFileName(_folder);

        BrokenFiles.Read(BrokenFiles.Wanted / 2, random => Mutated(seed, random), bytes =>
        {
            File.WriteAllBytes(path, bytes);
            SavedDataset.Read(_folder);
        }, $"{name}/{file}", "a.arrow", name);
    }

    private static byte[] Mutated(byte[] seed, Random random)
    {
        string[] stumbles = ["null", "[]", "{}", "-1", "1e999", "\"\\ud800\"", "\"\"", "true", "\"", "[", "{", "}", "]", ",", "\u0000", "..", "/", "[[[[[[[["];
        var bytes = seed.ToList();
        for (var change = random.Next(1, 4); change > 0 && bytes.Count > 1; change--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 20), bytes.Count - at);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                default:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(stumbles[random.Next(stumbles.Length)]));
                    break;
            }
        }

        return [.. bytes];
    }

    private void State(params string[] files)
    {
        File.WriteAllText(
            Path.Combine(_folder, "state.json"), $$"""{"_data_files":[{{string.Join(',', files.Select(file => $$"""{"filename":"{{file}}"}"""))}}]}""");
        File.WriteAllText(Path.Combine(_folder, "dataset_info.json"), Info);
    }

    private void Write(string name, params (string Prompt, long Label)[] rows) => Write(
        name, Column("prompt", [.. rows.Select(row => row.Prompt)]), Column("chosen", [.. rows.Select(_ => "c")]),
        Column("rejected", [.. rows.Select(_ => "r")]), Column("label", [.. rows.Select(row => row.Label)]));

    private static (string, IArrowArray) Column(string name, params string[] texts) => (name, new StringArray.Builder().AppendRange(texts).Build());

    private static (string, IArrowArray) Column(string name, params long[] numbers) => (name, new Int64Array.Builder().AppendRange(numbers).Build());

    private void Write(string name, params (string Name, IArrowArray Values)[] columns)
    {
        var schema = new Schema(columns.Select(column => new Field(column.Name, column.Values.Data.DataType, true)), []);
        using var batch = new RecordBatch(schema, columns.Select(column => column.Values), columns[0].Values.Length);
        using var stream = File.Create(Path.Combine(_folder, name));
        using var writer = new ArrowStreamWriter(stream, schema);
        writer.WriteRecordBatch(batch);
        writer.WriteEnd();
    }
}
