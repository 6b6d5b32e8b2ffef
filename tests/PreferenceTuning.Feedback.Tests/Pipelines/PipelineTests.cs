using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Pipelines;
using PreferenceTuning.Feedback.Quality;
using PreferenceTuning.Tests.Shared;
using YamlDotNet.RepresentationModel;

namespace PreferenceTuning.Feedback.Tests.Pipelines;

[TestFixture]
public sealed class PipelineTests
{
    // Keys of a stage in DVC's own schema (dvc 9f901e57, schema.py).
    private static readonly string[] StageKeys =
        ["cmd", "wdir", "deps", "params", "outs", "metrics", "plots", "frozen", "meta", "desc", "always_changed", "matrix", "foreach", "do"];

    [Test]
    public void Parameters_are_found_by_dotted_names()
    {
        var said = PipelineParameters.Parse("seed: 7\nreward: {lr: 1e-5, on: true, who: [ana, bo]}\nname: \"5\"\n");
        Assert.That(
            (said.WholeNumber("seed"), said.Number("reward.lr"), said.Flag("reward.on"), said.Text("name")),
            Is.EqualTo((7L, 1e-5, true, "5")));
        Assert.That(said.Texts("reward.who"), Is.EqualTo(new[] { "ana", "bo" }));
        Assert.That((said.Has("reward"), said.Has("reward.epochs"), said.Has("seed.x")), Is.EqualTo((true, false, false)));
        Assert.That(PipelineParameters.Parse("""{"a": {"b": 2.5}}""").Number("a.b"), Is.EqualTo(2.5));
    }

    [TestCase("seed: yes", "true or false")]
    [TestCase("seed: \"true\"", "true or false")]
    [TestCase("seed: [1]", "single value")]
    [TestCase("sead: 1", "no parameter 'seed'")]
    [TestCase("- 1", "one document")]
    [TestCase("", "one document")]
    [TestCase("a: [1", "not YAML")]
    public void Other_kinds_and_missing_names_are_errors_that_name_the_file(string yaml, string message) => Assert.That(
        () => PipelineParameters.Parse(yaml, "params.yaml").Flag("seed"),
        Throws.TypeOf<FeedbackFormatException>().With.Message.Contains(message).And.Message.Contains("params.yaml"));

    [Test]
    public void Numbers_in_quotation_marks_are_texts_and_infinities_no_numbers()
    {
        var said = PipelineParameters.Parse("a: \"1\"\nb: .inf\nc: 1.5\n");
        Assert.That(() => said.Number("a"), Throws.TypeOf<FeedbackFormatException>());
        Assert.That(() => said.Number("b"), Throws.TypeOf<FeedbackFormatException>());
        Assert.That(() => said.WholeNumber("c"), Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("params.yaml(3)"));
    }

    [Test]
    public void Metrics_are_nested_numbers_in_a_fixed_order()
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "metrics.json");
        DvcFiles.WriteMetrics(path, [("b.y", 2), ("a", 1.5), ("b.x", null)]);
        Assert.That(File.ReadAllText(path), Is.EqualTo("{\n  \"a\": 1.5,\n  \"b\": {\n    \"y\": 2\n  }\n}\n"));
        Assert.That(() => DvcFiles.WriteMetrics(path, [("a", double.NaN)]), Throws.ArgumentException.With.Message.Contains("'a'"));
        Assert.That(() => DvcFiles.WriteMetrics(path, [("a", 1), ("a.b", 1)]), Throws.ArgumentException);
        Assert.That(() => DvcFiles.WriteMetrics(path, [("a", 1), ("a", 1)]), Throws.ArgumentException);
        File.Delete(path);
    }

    [Test]
    public void A_plot_is_a_table_with_a_header_and_empty_cells()
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "plot.csv");
        DvcFiles.WritePlot(path, ["who", "x"], [["a,\"b\"", 0.5], ["c", null]]);
        Assert.That(File.ReadAllText(path), Is.EqualTo("who,x\n\"a,\"\"b\"\"\",0.5\nc,\n"));
        Assert.That(() => DvcFiles.WritePlot(path, ["x"], [["a", "b"]]), Throws.ArgumentException);
        File.Delete(path);
    }

    [Test]
    public void What_is_undefined_is_not_in_the_metrics()
    {
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, "quality-metrics");
        QualityMetrics.Write(
            folder, QualityReport.Of([new QualityJudgement { Prompt = "p", Item = "i", Annotator = "x", Label = "first" }]));
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "quality.json")));
        Assert.That(json.RootElement.GetProperty("judgements").GetInt32(), Is.EqualTo(1));
        Assert.That(json.RootElement.TryGetProperty("alpha", out _), Is.False);
        Assert.That(File.ReadAllLines(Path.Combine(folder, "annotators.csv"))[1], Is.EqualTo("x,1,,,,,,,"));
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public void Folders_are_given_or_those_of_a_Pachyderm_job_and_inputs_are_only_read()
    {
        var job = new Dictionary<string, string> { ["PACH_JOB_ID"] = "1" };
        Assert.That(
            PipelineFolders.Of(null, null, "labels", job),
            Is.EqualTo(new PipelineFolders(Path.GetFullPath("/pfs/labels"), Path.GetFullPath("/pfs/out"))));
        Assert.That(PipelineFolders.Of("in", "out", "labels", job).Output, Is.EqualTo(Path.GetFullPath("out")));
        Assert.That(
            () => PipelineFolders.Of(null, "out", "labels", new Dictionary<string, string>()),
            Throws.ArgumentException.With.Message.Contains("PACH_JOB_ID"));
        Assert.That(() => PipelineFolders.Of("in", "in/out", "labels", job), Throws.ArgumentException.With.Message.Contains("only read"));
        Assert.That(() => PipelineFolders.Of("in", "in/", "labels", job), Throws.ArgumentException);
        Assert.That(PipelineFolders.Of("in", "in2", "labels", job).Output, Is.EqualTo(Path.GetFullPath("in2")));
    }

    [Test]
    public void The_documented_dvc_yaml_uses_keys_that_DVC_knows_and_parameters_that_are_there()
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Block("yaml", "stages:")));
        var stages = (YamlMappingNode)((YamlMappingNode)stream.Documents[0].RootNode)["stages"];
        var parameters = PipelineParameters.Parse(Block("yaml", "seed:"));
        Assert.That(stages.Children, Has.Count.EqualTo(3));
        foreach (var stage in stages.Children.Values.Cast<YamlMappingNode>())
        {
            Assert.That(stage.Children.Keys.Select(key => key.ToString()), Is.SubsetOf(StageKeys).And.Contains("cmd"));
            if (stage.Children.TryGetValue("params", out var names))
                Assert.That(((YamlSequenceNode)names).Select(name => parameters.Has(name.ToString())), Is.All.True);
        }
    }

    [Test]
    public void The_documented_specification_holds_Pachyderms_schema()
    {
        var path = GoldenFolder.NeededRealInput("data", "pachyderm", "CreatePipelineRequest.schema.json");
        using var schema = JsonDocument.Parse(File.ReadAllText(path));
        using var specification = JsonDocument.Parse(Block("json", "\"pipeline\""));
        var check = new SchemaCheck(schema.RootElement);
        Assert.That(check.Problems(specification.RootElement), Is.Empty);
        using var broken = JsonDocument.Parse(Block("json", "\"pipeline\"").Replace("\"constant\": 1", "\"constant\": \"one\"", StringComparison.Ordinal).Replace("\"glob\"", "\"blob\"", StringComparison.Ordinal));
        Assert.That(check.Problems(broken.RootElement), Has.Count.EqualTo(2));
        using var example = JsonDocument.Parse(File.ReadAllText(GoldenFolder.RealInput("data", "pachyderm", "gpt-2-train.pipeline.json")!));
        Assert.That(check.Problems(example.RootElement), Is.Empty);
    }

    private static string Block(string language, string holding)
    {
        var page = File.ReadAllText(Path.Combine(GoldenFolder.RepositoryRoot, "docs", "pipelines.md"));
        return Regex.Matches(page, $"```{language}\n(.*?)```", RegexOptions.Singleline).Select(match => match.Groups[1].Value)
            .First(block => block.Contains(holding, StringComparison.Ordinal));
    }
}
