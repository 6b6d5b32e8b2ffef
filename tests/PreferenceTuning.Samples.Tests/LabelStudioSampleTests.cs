extern alias labelstudio;

using System.Text.Json;
using System.Text.RegularExpressions;
using labelstudio::LabelStudioSample.Steps;
using labelstudio::LabelStudioSample.Terminal;
using NUnit.Framework;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Samples.Tests;

public sealed class LabelStudioSampleTests
{
    private static readonly string Folder = Path.Combine(
        TestContext.CurrentContext.WorkDirectory, "label-studio-" + Guid.NewGuid().ToString("N"));
    private static readonly string Preferences = Path.Combine(Folder, "preferences");
    private static string _said = "";

    [OneTimeSetUp]
    public async Task Run_everything_once()
    {
        using var output = new StringWriter();
        await DemoStep.RunAsync(Folder, 1, output, default);
        _said = output.ToString();
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(Folder, recursive: true);

    [Test]
    public void Tasks_hide_who_wrote_what_and_draw_the_sides()
    {
        var tasks = File.ReadAllText(Path.Combine(Folder, "tasks.json"));
        Assert.That(tasks, Does.Not.Contain("writer-").And.Contain("\"left\": \"a\"").And.Contain("\"left\": \"b\""));
        Assert.That(File.ReadAllText(Path.Combine(Folder, "items.jsonl")), Does.Contain("writer-80"));
        Assert.That(File.ReadAllText(Path.Combine(Folder, "config.xml")), Does.Contain("<Choices"));
    }

    [Test]
    public void Who_does_not_read_is_named_on_the_console_and_nothing_is_left_out_for_it()
    {
        Assert.That(
            _said,
            Does.Contain("It rests on 5.").And.Contain("5 took far less time than the others").And.Contain("User 5 is still in it."));
        Assert.That(_said, Does.Contain("samples/01-opossum -- --judgements").And.Contain("train.jsonl"));
        // 87 items, four people: 348 answers, of which 15 items with a known answer.
        Assert.That(File.ReadLines(Path.Combine(Preferences, "judgements.jsonl")).Count(), Is.EqualTo(348 + 15));
    }

    [Test]
    public void The_page_loads_nothing_from_anywhere_and_closes_what_it_opens()
    {
        var page = File.ReadAllText(Path.Combine(Folder, "quality.html"));
        var links = Regex.Matches(page, """(?:src|href)="([^"]*)""").Select(match => match.Groups[1].Value).ToList();
        Assert.That(links, Has.Count.EqualTo(6));
        Assert.That(links, Is.All.StartsWith("data:image/png;base64,"));
        Assert.That(page, Does.Contain("What is there more than once").And.Contain("candidates of one item"));
        Assert.That(page, Does.Not.Contain("<script").And.Not.Contain("@import").And.Not.Contain("<link"));
        foreach (var tag in new[] { "table", "tr", "td", "div", "p", "figure", "h2", "main", "b", "span", "code" })
            Assert.That(Regex.Count(page, $"</{tag}>"), Is.EqualTo(Regex.Count(page, $@"<{tag}[\s>]")), tag);
    }

    [Test]
    public void What_people_and_models_wrote_is_text_and_never_markup()
    {
        const string Attack = "<script>alert(1)</script>";
        var file = Path.Combine(Folder, "attack.jsonl");
        Judgement Of(string who, string best) => new()
        {
            Item = Attack,
            Prompt = Attack,
            Annotator = who,
            Candidates = [new() { Id = "a", Text = Attack }, new() { Id = "b", Text = "x" }],
            Ranking = [[best], [best == "a" ? "b" : "a"]],
        };
        JudgementJsonLines.WriteFile(file, [Of(Attack, "a"), Of("other", "b"), Of(Attack, "a") with { Item = Attack + "2" }]);
        ReportStep.RunAsync(
            new(new SourceOptions { Export = file }, Path.Combine(Folder, "attack")), TextWriter.Null, default).GetAwaiter().GetResult();
        Assert.That(
            File.ReadAllText(Path.Combine(Folder, "attack", "quality.html")), Does.Not.Contain("<script").And.Contain("&lt;script&gt;"));
    }

    [Test]
    public void Pairs_can_be_read_by_the_main_job_and_no_prompt_is_on_both_sides()
    {
        var train = Read("train.jsonl");
        var test = Read("test.jsonl");
        Assert.That(train, Is.Not.Empty);
        Assert.That(test, Is.Not.Empty);
        Assert.That(train.Select(pair => pair.PromptKey).Intersect(test.Select(pair => pair.PromptKey)), Is.Empty);
        Assert.That(train.All(pair => pair.Ranking is [[_], [_]]));

        static IReadOnlyList<Judgement> Read(string name) =>
            FeedbackFormats.Read(FeedbackInput.FromFile(Path.Combine(Preferences, name))).Judgements;
    }

    [Test]
    public void The_card_and_Croissant_say_what_was_done()
    {
        var card = File.ReadAllText(Path.Combine(Preferences, "README.md"));
        Assert.That(card, Does.StartWith("---\n").And.Contain("Krippendorff's alpha, nominal").And.Contain("ties left out").And.Contain("by prompt, seed 1"));
        Assert.That(card, Does.Not.Contain("\"2\"").And.Contain("Not known."));
        using var croissant = JsonDocument.Parse(File.ReadAllText(Path.Combine(Preferences, "croissant.json")));
        Assert.That(croissant.RootElement.GetProperty("distribution").GetArrayLength(), Is.EqualTo(2));
    }

    [Test]
    public async Task Leaving_somebody_out_is_recorded_with_before_and_after()
    {
        var source = new SourceOptions { Export = Path.Combine(Folder, "export.json") };
        var folder = Path.Combine(Folder, "dropped");
        using var output = new StringWriter();
        await PairsStep.RunAsync(
            new(source, folder) { Drop = ["5"], Reason = "faster than anyone reads", Method = MergeMethod.Weighted }, output, default);
        Assert.That(
            File.ReadAllText(Path.Combine(folder, "README.md")),
            Does.Contain("87 of 348 judgements left out (faster than anyone reads): annotators 4 to 3"));
        Assert.That(File.ReadAllText(Path.Combine(folder, "judgements.jsonl")), Does.Contain("annotator-4"));
        Assert.That(
            async () => await PairsStep.RunAsync(new(source, folder) { Drop = ["6"], Reason = "x" }, output, default),
            Throws.ArgumentException.With.Message.Contains("'6'"));
    }

    [Test]
    public async Task What_a_file_does_not_say_is_not_made_up_and_every_judgement_left_out_is_a_step()
    {
        var file = Path.Combine(Folder, "mixed.jsonl");
        Judgement Of(int item, string? who, string best) => new()
        {
            Item = $"i{item}", Prompt = $"Question {item}?", Annotator = who, AnnotatorKind = AnnotatorKind.Person,
            Candidates = [new() { Id = "a", Text = $"yes {item}" }, new() { Id = "b", Text = $"no {item}" }],
            Ranking = [[best], [best == "a" ? "b" : "a"]],
        };
        JudgementJsonLines.WriteFile(file, Enumerable.Range(0, 12).SelectMany(item => new[]
        {
            Of(item, "ana", item % 2 == 0 ? "a" : "b"), Of(item, "bo", item % 3 == 0 ? "a" : "b"), Of(item, null, "a"),
            Of(item, "lazy", "a") with { Skipped = true, Ranking = null },
        }));
        var folder = Path.Combine(Folder, "mixed");
        await PairsStep.RunAsync(
            new(new SourceOptions { Export = file }, folder) { Method = MergeMethod.Weighted, HeldOut = 0 }, TextWriter.Null, default);
        var card = File.ReadAllText(Path.Combine(folder, "README.md"));

        Assert.That(card, Does.Contain("judgements without an annotator left out: the weight of their votes is not known (48 before, 36 after)"));
        Assert.That(card, Does.Contain("Tool: Not known.").And.Not.Contain("test.parquet"), "a split of nothing is not declared");
        Assert.That(
            File.ReadAllText(Path.Combine(Preferences, "README.md")),
            Does.Contain("Tool: Label Studio").And.Contain("- config.xml, ").And.Contain("- items.jsonl, "), "what the answers mean is a source");
        JudgementJsonLines.WriteFile(file, [Of(1, "ana", "a") with { Skipped = true, Ranking = null }]);
        Assert.That(
            async () => await PairsStep.RunAsync(new(new SourceOptions { Export = file }, folder), TextWriter.Null, default),
            Throws.InvalidOperationException.With.Message.StartsWith("No pair comes of mixed.jsonl").And.Message.Contains("Skipped judgements"));
    }

    [Test]
    public async Task Parameters_of_a_pipeline_decide_and_metrics_come_out()
    {
        var parameters = Path.Combine(Folder, "params.yaml");
        File.WriteAllText(parameters, "seed: 3\npairs: {method: weighted, held_out: 0.25}\n");
        var folder = Path.Combine(Folder, "pipeline");
        await PairsStep.RunAsync(
            new(new SourceOptions { Export = Path.Combine(Folder, "export.json") }, folder) { Params = parameters }, TextWriter.Null,
            default);
        Assert.That(
            File.ReadAllText(Path.Combine(folder, "README.md")),
            Does.Contain("seed 3, expected share held out 0.25").And.Contain("Dawid and Skene"));
        using var metrics = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "quality.json")));
        Assert.That(metrics.RootElement.GetProperty("alpha").GetProperty("value").GetDouble(), Is.InRange(0.2, 0.6));
        File.WriteAllText(parameters, "seed: 3\npairs: {method: loudest, held_out: 0.25}\n");
        Assert.That(
            () => new PairsOptions(new SourceOptions(), "o") { Params = parameters }.Resolved(),
            Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("loudest"));
    }

    [Test]
    public async Task The_same_seed_writes_the_same_bytes()
    {
        var again = Path.Combine(Folder, "again");
        await DemoStep.RunAsync(again, 1, TextWriter.Null, default);
        foreach (var name in new[] { "tasks.json", "export.json", "quality.html", "preferences/README.md", "preferences/train.jsonl", "preferences/train.parquet" })
            Assert.That(File.ReadAllBytes(Path.Combine(again, name)), Is.EqualTo(File.ReadAllBytes(Path.Combine(Folder, name))), name);
    }

    [Test]
    public void An_export_without_its_labelling_config_is_refused_with_the_remedy()
    {
        var alone = Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "alone")).FullName, "export.json");
        File.Copy(Path.Combine(Folder, "export.json"), alone, overwrite: true);
        Assert.That(
            async () => await SourceStep.ReadAsync(new SourceOptions { Export = alone }, default),
            Throws.InstanceOf<FileNotFoundException>().With.Message.Contains("--config"));
    }

    [TestCase("Give an export file, or a server", "report")]
    [TestCase("there is no file", "report", "no-such-export.json")]
    [TestCase("say which project", "report", "--url", "http://localhost:8080")]
    [TestCase("is not an address", "tasks", "--url", "localhost")]
    [TestCase("--project is a number on a server", "tasks", "--project", "3")]
    [TestCase("say why with --reason", "pairs", "--url", "http://localhost:8080", "--project", "3", "--drop", "5")]
    [TestCase("--held-out", "pairs", "--url", "http://localhost:8080", "--project", "3", "--held-out", "1")]
    public void Mistakes_are_named_with_the_remedy(string message, params string[] args)
    {
        var errors = SampleCommand.Make(Nothing).Parse(args).Errors;
        Assert.That(string.Join('\n', errors.Select(error => error.Message)), Does.Contain(message));
    }

    [Test]
    public void Every_option_arrives()
    {
        TasksOptions? tasks = null;
        PairsOptions? pairs = null;
        var command = SampleCommand.Make(Nothing with
        {
            Tasks = (options, _) => { tasks = options; return Task.FromResult(0); },
            Pairs = (options, _) => { pairs = options; return Task.FromResult(0); },
        });
        Assert.That(command.Parse(["tasks", "--form", "ranking", "--seed", "7", "--url", "http://localhost:8080/x", "--title", "T", "--output", "o"]).Invoke(), Is.Zero);
        Assert.That(tasks, Is.EqualTo(new TasksOptions { Form = QuestionForm.Ranking, Seed = 7, Title = "T", Output = "o", Server = new(new Uri("http://localhost:8080/x"), null) }));
        Assert.That(command.Parse(["pairs", "--url", "http://localhost:8080", "--project", "3", "--method", "weighted", "--held-out", "0.2", "--drop", "5", "--reason", "r"]).Invoke(), Is.Zero);
        Assert.That(
            (pairs!.Method, pairs.HeldOut, pairs.Reason, pairs.Source.Server!.Project),
            Is.EqualTo((MergeMethod.Weighted, 0.2, "r", (long?)3)));
        Assert.That(pairs.Drop, Is.EqualTo(new[] { "5" }));
    }

    private static SampleActions Nothing { get; } =
        new((_, _, _) => Task.FromResult(0), (_, _) => Task.FromResult(0), (_, _) => Task.FromResult(0), (_, _) => Task.FromResult(0));
}
