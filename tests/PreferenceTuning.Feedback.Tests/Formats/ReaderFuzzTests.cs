using System.Diagnostics;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Feedback.LabelStudio.Server;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Feedback.Tests.Formats;

/// <summary>
/// 20,000 broken inputs for each reader and each of its layouts; only TRL's many types, which are columns of one row reader, share theirs.
/// Each gives judgements that can be written, or this library's exception with file and position, in bounded time and memory. The seed is
/// fixed; the number can be raised with PREFERENCETUNING_FUZZ.
/// </summary>
[TestFixture]
[Parallelizable(ParallelScope.Children)]
public sealed class ReaderFuzzTests
{
    private static readonly string Judged = Encoding.UTF8.GetString(
        Judgements.JudgementJsonLinesTests.Write([Judgements.JudgementJsonLinesTests.Full()]))
        + """{"prompt":"p","candidates":["x","y"],"tie":true,"rating":3}""" + "\n";

    private const string Pairwise = "<View><Text name='prompt' value='$prompt'/><Pairwise name='comparison' toName='answer1,answer2'/><Text name='answer1' value='$answer1'/><Text name='answer2' value='$answer2'/></View>";

    private const string Everything = """
        <View><Text name='prompt' value='$prompt'/><List name='answers' value='$items'/><Ranker name='rank' toName='answers'/>
        <Choices name='winner' toName='prompt'><Choice value='A' alias='a'/></Choices><Rating name='quality' toName='prompt'/>
        <Number name='effort' toName='prompt'/><TextArea name='reason' toName='prompt'/><Taxonomy name='evals' toName='prompt'/></View>
        """;

    private const string Task = """
        [{"id":1,"data":{"prompt":"p","answer1":"x","answer2":"y","items":[{"id":"c0","body":"x"},{"id":"c1","body":"y"}]},"meta":{"pt":{"item":"i","left":"a","right":"b"}},
        "annotations":[{"id":2,"completed_by":{"id":3},"lead_time":1.5,"was_cancelled":false,"ground_truth":true,"created_at":"2026-11-23T05:33:04.241848Z",
        "prediction":{"result":[{"from_name":"comparison","value":{"selected":"left"}}],"model_version":"m"},
        "result":[{"from_name":"comparison","to_name":"comparison","type":"pairwise","value":{"selected":"left"}},{"from_name":"rank","value":{"ranker":{"rank":["c1","c0"]}}},
        {"from_name":"winner","value":{"choices":["a"]}},{"from_name":"quality","value":{"rating":4}},{"from_name":"effort","value":{"number":7.5}},
        {"from_name":"reason","value":{"text":["why"]}},{"from_name":"evals","value":{"taxonomy":[["Harm","Hate"]]}}]}],
        "predictions":[{"id":9,"score":0.5,"model_version":"rm","result":[]}],"drafts":[]}]
        """;

    private const string Csv = "\"annotation_id\",\"annotator\",\"answer1\",\"answer2\",\"comparison\",\"created_at\",\"id\",\"lead_time\",\"prompt\",\"updated_at\"\r\n"
        + "9001,\"2\",\"4\",\"7, \"\"a prime\"\"\",\"[{\"\"selected\"\":\"\"right\"\"}]\",\"2026-03-01T10:00:00.000000Z\",401,12.5,\"Name a\nprime.\",\"2026-03-01T10:00:00.000000Z\"\r\n";

    private const string CsvOfEverything = "annotation_id,annotator,effort,evals,id,items,lead_time,prompt,quality,rank,reason,winner\r\n"
        + "9,2,\"[{\"\"number\"\":7.5}]\",\"[{\"\"taxonomy\"\":[[\"\"Harm\"\",\"\"Hate\"\"]]}]\",4,\"[{\"\"id\"\":\"\"c0\"\",\"\"body\"\":\"\"x\"\"},{\"\"id\"\":\"\"c1\"\",\"\"body\"\":\"\"y\"\"}]\",1.5,p,\"[{\"\"rating\"\":4}]\","
        + "\"[{\"\"ranker\"\":{\"\"rank\"\":[\"\"c1\"\",\"\"c0\"\"]}}]\",\"{\"\"text\"\":[\"\"one\"\",\"\"two\"\"]}\",a\r\n";

    private const string MinOfEverything = """
        [{"prompt":"p","items":[{"id":"c0","body":"x"},{"id":"c1","body":"y"}],"id":4,"annotator":2,"annotation_id":9,"lead_time":1.5,"effort":[{"number":7.5}],
        "evals":[{"taxonomy":[["Harm","Hate"]]}],"quality":[{"rating":4}],"rank":[{"ranker":{"rank":["c1","c0"]}}],"reason":{"text":["one","two"]},"winner":"a"}]
        """;

    private const string PredictCall = """
        {"tasks":[{"id":1,"data":{"prompt":"p","l":"x","r":"y"},"meta":{"pt":{"item":"i","left":"a","right":"b"}}}],"project":"22.1795412005","params":{},
        "label_config":"<View><Text name='prompt' value='$prompt'/><Pairwise name='c' toName='l,r'/><Text name='l' value='$l'/><Text name='r' value='$r'/></View>"}
        """;

    public static IEnumerable<TestCaseData> Readers()
    {
        var total = int.TryParse(Environment.GetEnvironmentVariable("PREFERENCETUNING_FUZZ"), out var wanted) ? wanted : 20_000;
        foreach (var reader in Seeds().GroupBy(seed => seed.Reader).Select(group => group.ToList()))
        {
            foreach (var seed in reader)
                yield return new TestCaseData(
                    Encoding.UTF8.GetBytes(seed.Text), seed.Read, (total + reader.Count - 1) / reader.Count).SetArgDisplayNames(seed.Name);
        }
    }

    private const int MostBytesATime = 64 << 20;

    private sealed record Seed(string Reader, string Name, string Text, Func<FeedbackInput, IEnumerable<Judgement>> Read);

    private static IEnumerable<Seed> Seeds()
    {
        var pairwise = LabelingConfig.Parse(Pairwise);
        var everything = LabelingConfig.Parse(Everything);
        static Seed Case(string name, string seed, Func<FeedbackInput, IEnumerable<Judgement>> read, string? reader = null) =>
            new(reader ?? name, name, seed, read);
        yield return Case("judgements", Judged, JudgementJsonLines.Read);
        yield return Case(
            "items", """{"id":"p","prompt":"q","candidates":["x",{"id":"y","text":"z"}],"gold":"y"}""",
            input => JudgingItemJsonLines.Read(input).Select(_ => (Judgement?)null).OfType<Judgement>());
        yield return Case("Label Studio pairwise", Task, input => All(LabelStudioExport.Read(input, pairwise)));
        yield return Case("Label Studio everything", Task, input => All(LabelStudioExport.Read(input, everything)));
        yield return Case("JSON_MIN", """[{"prompt":"p","answer1":"x","answer2":"y","id":1,"comparison":[{"selected":"left"}],"annotator":1,"annotation_id":9,"lead_time":1.0}]""", input => All(LabelStudioTable.ReadJsonMin(input, pairwise)));
        yield return Case("CSV", Csv, input => All(LabelStudioTable.ReadSeparated(input, pairwise)));
        yield return Case("TSV", Csv.Replace(',', '\t'), input => All(LabelStudioTable.ReadSeparated(input, pairwise)));
        yield return Case("CSV everything", CsvOfEverything, input => All(LabelStudioTable.ReadSeparated(input, everything)));
        yield return Case("JSON_MIN everything", MinOfEverything, input => All(LabelStudioTable.ReadJsonMin(input, everything)));
        yield return Case(
            "prediction call", PredictCall,
            input => PredictionCall.Read("POST", "/predict", input).Tasks.Select(task => new Judgement { Prompt = task.Item.Prompt, Candidates = task.Item.Candidates }));
        yield return Case("labelling config", Everything.Replace('\'', '"'), input => LabelingConfig.Parse(Encoding.UTF8.GetString(input.Bytes.Span)).Controls.Select(_ => (Judgement?)null).OfType<Judgement>());
        yield return Case(
            "webhook", """{"action":"ANNOTATION_CREATED","project":{"id":1}}""",
            input => LabelStudioHint.Parse(input).Action.Select(_ => (Judgement?)null).OfType<Judgement>());
        yield return Case("PandaLM", """[{"idx":0,"cmp_key":"a_b","instruction":"q","input":"i","response1":"x","response2":true,"annotator1":0,"annotator2":1,"annotator3":2}]""", input => All(PandaLm.Read(input)));
        yield return Case("Argilla 1", ArgillaFirstTests.Record, input => All(Argilla.Read(input)));
        foreach (var file in GoldenFolder.Files("*.jsonl", "datasets", "layouts").Concat(GoldenFolder.Files("records*.json", "datasets", "argilla")).Where(file => !file.EndsWith(".expected.json", StringComparison.Ordinal)))
        {
            var text = Shortened(File.ReadAllText(file), file.EndsWith(".jsonl", StringComparison.Ordinal));
            var isTrl = FeedbackFormats.Detect(FeedbackInput.FromText("seed", text)) == FeedbackFormat.Trl;
            yield return Case(Path.GetFileName(file), text, input => All(FeedbackFormats.Read(input)), isTrl ? "TRL" : null);
        }
    }

    // One or two records: a mutation then meets the reader more often than the texts, and soon.
    private static string Shortened(string text, bool lines)
    {
        if (lines)
            return string.Join('\n', text.Split('\n').Take(text.IndexOf('\n', StringComparison.Ordinal) < 500 ? 2 : 1));
        using var json = JsonDocument.Parse(text);
        return json.RootElement.ValueKind == JsonValueKind.Array ? $"[{json.RootElement[0].GetRawText()}]" : text;
    }

    [TestCaseSource(nameof(Readers))]
    [Category("Fuzz")]
    public void Broken_input_gives_judgements_or_an_error_with_its_place(
        byte[] seed, Func<FeedbackInput, IEnumerable<Judgement>> read, int count)
    {
        Assert.That(() => read(new FeedbackInput("seed", seed)).ToList(), Throws.Nothing, "the seed itself must be readable");
        var mutation = new Mutation(seed, 20261123);
        var longest = TimeSpan.Zero;
        var errors = 0;
        for (var index = 0; index < count; index++)
        {
            var bytes = mutation.Next();
            var (begun, allocated) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
            try
            {
                _ = Judgements.JudgementJsonLinesTests.Write(read(new FeedbackInput("broken", bytes)));
            }
            catch (FeedbackFormatException exception)
            {
                errors++;
                if (exception.File.Length == 0 || (exception.Line is null && string.IsNullOrEmpty(exception.Position)))
                    Assert.Fail($"Mutation {index} gave an error without a place: {exception.Message}");
            }
            catch (Exception exception)
            {
                Assert.Fail($"Mutation {index} gave {exception.GetType().Name}: {exception.Message}\n{exception.StackTrace}\n{Convert.ToBase64String(bytes)}");
            }

            if (GC.GetAllocatedBytesForCurrentThread() - allocated > MostBytesATime)
                Assert.Fail($"Mutation {index} took {(GC.GetAllocatedBytesForCurrentThread() - allocated) >> 20} MiB.");
            longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, Stopwatch.GetElapsedTime(begun).Ticks));
        }

        Assert.That(errors, Is.GreaterThan(count / 20), "the mutations must break something");
        Assert.That(longest, Is.LessThan(TimeSpan.FromSeconds(5)));
    }

    private static IEnumerable<Judgement> All(FeedbackReading reading) => reading.Judgements.Concat(reading.Suggestions);

    /// <summary>Changes bytes, cuts, repeats and swaps pieces, and puts in what readers stumble over.</summary>
    private sealed class Mutation(byte[] seed, int number)
    {
        private static readonly byte[][] Stumbles =
        [
            .. new[] { "null", "[]", "{}", "-1", "1e999", "\"\\ud800\"", "\"\"", "true", "\"", "[", "{", "}", "]", ",", ":", "\\", "\u0000", "\n", "\r\n", "99999999999999999999", "0.1", "\"x\"", "\"\\u0000\"", "<", "&", "[[[[[[[[" }
                .Select(Encoding.UTF8.GetBytes),
            [0xFF], [0xC0, 0x80], [0xEF, 0xBB, 0xBF], [0xED, 0xA0, 0x80],
        ];

        private readonly Random _random = new(number);

        public byte[] Next()
        {
            var bytes = seed.ToList();
            for (var change = _random.Next(1, 4); change > 0 && bytes.Count > 0; change--)
                Change(bytes);
            return [.. bytes];
        }

        private void Change(List<byte> bytes)
        {
            var at = _random.Next(bytes.Count);
            var length = Math.Min(_random.Next(1, 30), bytes.Count - at);
            switch (_random.Next(7))
            {
                case 0:
                    bytes[at] = (byte)_random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(_random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.InsertRange(at, Stumbles[_random.Next(Stumbles.Length)]);
                    break;
                case 4:
                    ReplaceValue(bytes, at);
                    break;
                case 5:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    ReplaceValue(bytes, at);
                    break;
            }
        }

        // A whole value between separators, so that the JSON often stays JSON and the readers' own checks are met.
        private void ReplaceValue(List<byte> bytes, int at)
        {
            var begin = bytes.FindIndex(at, letter => letter is (byte)':' or (byte)'[' or (byte)',');
            if (begin < 0)
                return;
            var end = bytes.FindIndex(begin + 1, letter => letter is (byte)',' or (byte)'}' or (byte)']');
            if (end < 0)
                return;
            bytes.RemoveRange(begin + 1, end - begin - 1);
            bytes.InsertRange(begin + 1, Stumbles[_random.Next(Stumbles.Length)]);
        }
    }
}
