using System.Text;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using NUnit.Framework;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Parquet.Tests;

[TestFixture]
public sealed class ArrowFeedbackTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void Every_type_is_spelled_as_in_Parquet(bool asFile)
    {
        Assert.That(Lines(Written(Everything(), asFile)), Is.EqualTo(new[]
        {
            """{"truth":true,"whole":-1,"large":18446744073709551615,"single":0.5,"double":"NaN","text":"a \"q\" \uD83D\uDE42","bytes":"AQI=","list":["x",null],"record":{"a":"y"},"map":[["k",2]],"coded":"two","day":"1970-01-02","moment":"1970-01-01T00:00:01.500000+00:00","price":12.50,"nothing":null}""",
            """{"truth":null,"whole":7,"large":0,"single":-2,"double":"-Infinity","text":null,"bytes":"","list":[],"record":{"a":null},"map":null,"coded":"one","day":"1969-12-31","moment":"1969-12-31T23:59:59.500000+00:00","price":-0.05,"nothing":null}""",
        }));
    }

    [Test]
    public void Judgements_name_the_file_its_hash_and_the_row()
    {
        var input = new FeedbackInput("data.arrow", Written(Pairs("p", "q")));
        var judgements = ArrowFeedback.Read(input).Judgements;

        Assert.That(ArrowFeedback.IsArrow(input) && ArrowFeedback.Detect(input) == FeedbackFormat.Trl);
        Assert.That(judgements.Select(one => one.Prompt.Text), Is.EqualTo(new[] { "p", "q" }));
        Assert.That(judgements[1].Source, Is.EqualTo(new SourceReference("data.arrow", input.Sha256, 2)));
        Assert.That(ArrowFeedback.IsArrow(FeedbackInput.FromText("x", "{}")), Is.False);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_file_cut_anywhere_is_refused(bool asFile)
    {
        var whole = Written(Pairs("p"), asFile);
        // Behind the end mark a file has a table of contents, which is not needed.
        var needed = asFile ? whole.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]) + 8 : whole.Length;
        for (var length = 0; length < needed; length++)
            Assert.That(
                () => ArrowFeedback.Read(new FeedbackInput("cut", whole.AsMemory(0, length))),
                Throws.TypeOf<FeedbackFormatException>().With.Message.StartsWith("cut"), $"{length} bytes");
    }

    [Test]
    public void A_schema_nested_without_end_is_refused()
    {
        IArrowArray array = new NullArray(0);
        for (var depth = 0; depth < 80; depth++)
            array = new ListArray(new ListType(array.Data.DataType), 0, new ArrowBuffer(new byte[4]), array, ArrowBuffer.Empty);
        Assert.That(
            () => Lines(Written(Batch(("deep", array)))),
            Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("nested more than 64 deep"));
    }

    [Test]
    public void What_is_not_supported_is_named()
    {
        var duration = new DurationArray.Builder(DurationType.Second).Append(TimeSpan.FromSeconds(1)).Build();
        Assert.That(
            () => Lines(Written(Batch(("took", duration)))),
            Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("'took'").And.Message.Contains("duration"));
    }

    [Test]
    public void Without_rows_there_is_nothing_to_detect()
    {
        var input = new FeedbackInput("empty.arrow", Written(Pairs()));
        Assert.That(ArrowFeedback.ToJsonLines(input).Bytes.Length, Is.Zero);
        Assert.That(() => ArrowFeedback.Detect(input), Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("no row"));
    }

    public static IEnumerable<TestCaseData> Seeds()
    {
        List<(string Name, Func<byte[]> Bytes)> seeds =
        [
            ("every type, stream", () => Written(Everything())), ("every type, file", () => Written(Everything(), asFile: true)),
            .. GoldenFiles.All().Select(data => (string)data.Arguments[1]!)
            .Where(file => Path.GetExtension(file) == ".arrow" && File.Exists(file))
                .Select(file => (Path.GetFileName(file), (Func<byte[]>)(() => File.ReadAllBytes(file)))),
        ];
        return seeds.Select(
            seed => new TestCaseData(seed.Bytes, (BrokenFiles.Wanted + seeds.Count - 1) / seeds.Count).SetArgDisplayNames(seed.Name));
    }

    [TestCaseSource(nameof(Seeds))]
    [Category("Fuzz")]
    public void A_broken_file_gives_judgements_or_an_error_with_its_name(Func<byte[]> made, int count)
    {
        var seed = made();
        BrokenFiles.Read(count, random => Mutated(seed, random), input => ArrowFeedback.Read(input));
    }

    private static byte[] Mutated(byte[] seed, Random random)
    {
        var bytes = seed.ToArray();
        for (var change = random.Next(1, 5); change > 0; change--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.AsSpan(at, Math.Min(random.Next(1, 9), bytes.Length - at)).Fill(random.Next(2) == 0 ? (byte)0xFF : (byte)0);
                    break;
                case 3:
                    var length = Math.Min(random.Next(1, 16), bytes.Length - at);
                    bytes.AsSpan(random.Next(bytes.Length - length), length).CopyTo(bytes.AsSpan(at));
                    break;
                default:
                    bytes = random.Next(4) == 0
                        ? bytes[..Math.Max(at, 1)]
                        : [.. bytes[..at], .. bytes[Math.Min(at + random.Next(1, 9), bytes.Length - 1)..]];
                    break;
            }
        }

        return bytes;
    }

    private static RecordBatch Pairs(params string[] prompts)
    {
        StringArray Text(IEnumerable<string> texts) => new StringArray.Builder().AppendRange(texts).Build();
        return Batch(("prompt", Text(prompts)), ("chosen", Text(prompts.Select(_ => "c"))), ("rejected", Text(prompts.Select(_ => "r"))));
    }

    private static RecordBatch Everything()
    {
        var list = new ListArray.Builder(StringType.Default);
        var items = (StringArray.Builder)list.ValueBuilder;
        list.Append();
        items.Append("x").AppendNull();
        list.Append();
        var map = new MapArray.Builder(new MapType(StringType.Default, Int32Type.Default));
        map.Append();
        ((StringArray.Builder)map.KeyBuilder).Append("k");
        ((Int32Array.Builder)map.ValueBuilder).Append(2);
        map.AppendNull();
        var record = new StructArray(
            new StructType([new Field("a", StringType.Default, true)]), 2, [new StringArray.Builder().Append("y").AppendNull().Build()], ArrowBuffer.Empty);
        var coded = new DictionaryArray(
            new DictionaryType(Int32Type.Default, StringType.Default, false), new Int32Array.Builder().Append(1).Append(0).Build(),
            new StringArray.Builder().Append("one").Append("two").Build());
        var half = TimeSpan.FromMilliseconds(500);
        return Batch(
            ("truth", new BooleanArray.Builder().Append(true).AppendNull().Build()),
            ("whole", new Int16Array.Builder().Append(-1).Append(7).Build()),
            ("large", new UInt64Array.Builder().Append(ulong.MaxValue).Append(0).Build()),
            ("single", new FloatArray.Builder().Append(0.5f).Append(-2).Build()),
            ("double", new DoubleArray.Builder().Append(double.NaN).Append(double.NegativeInfinity).Build()),
            ("text", new StringArray.Builder().Append("a \"q\" 🙂").AppendNull().Build()),
            ("bytes", new BinaryArray.Builder().Append(new byte[] { 1, 2 }.AsEnumerable()).Append(System.Array.Empty<byte>().AsEnumerable()).Build()),
            ("list", list.Build()), ("record", record), ("map", map.Build()), ("coded", coded),
            ("day", new Date32Array.Builder().Append(DateTime.UnixEpoch.AddDays(1)).Append(DateTime.UnixEpoch.AddDays(-1)).Build()),
            ("moment", new TimestampArray.Builder(new TimestampType(TimeUnit.Microsecond, "UTC"))
                .Append(DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(1) + half).Append(DateTimeOffset.UnixEpoch - half).Build()),
            ("price", new Decimal128Array.Builder(new Decimal128Type(10, 2)).Append(12.5m).Append(-0.05m).Build()),
            ("nothing", new NullArray(2)));
    }

    private static RecordBatch Batch(params (string Name, IArrowArray Values)[] columns) => new(
        new Schema(columns.Select(column => new Field(column.Name, column.Values.Data.DataType, true)), []), columns.Select(column => column.Values), columns[0].Values.Length);

    private static byte[] Written(RecordBatch batch, bool asFile = false)
    {
        using var stream = new MemoryStream();
        using (var writer = asFile ? new ArrowFileWriter(stream, batch.Schema, leaveOpen: true) : new ArrowStreamWriter(stream, batch.Schema, leaveOpen: true))
        {
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        return stream.ToArray();
    }

    private static string[] Lines(byte[] file) =>
        Encoding.UTF8.GetString(
            ArrowFeedback.ToJsonLines(new FeedbackInput("written.arrow", file)).Bytes.Span)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
