extern alias labelstudio;

using System.Globalization;
using labelstudio::LabelStudioSample.Terminal;
using NUnit.Framework;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Parquet;

namespace PreferenceTuning.Samples.Tests.LabelStudio;

/// <summary>The commands of 04-label-studio on files as other people have them, from the command line to the exit code.</summary>
public sealed class ExportCommandTests
{
    private readonly SampleConsole _console = new();
    // The config of a tutorial of Label Studio's makers: the choices do not have the names of what is shown.
    private const string ModelAOrB = """
        <View><Header value="Prompt"/><Text name="prompt" value="$prompt"/><Text name="answer_a" value="$answer_a"/><Text name="answer_b" value="$answer_b"/>
        <Choices name="winner" toName="prompt" required="true"><Choice value="Model A"/><Choice value="Model B"/><Choice value="Tie"/></Choices>
        <Textarea name="notes" toName="prompt"/></View>
        """;

    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("export-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Choices_without_objects_are_hinted_at_and_read_when_the_options_tell_them()
    {
        var export = Export(Enumerable.Range(1, 20).Select(item => Annotation(item, item % 4 == 0 ? "Tie" : "Model B")));
        Assert.That(await _console.Run("report", export, "--output", _folder), Is.EqualTo((0, "")));
        const string Hint = "--choice \"Model A=answer_a\" --choice \"Model B=answer_b\"";
        Assert.That(_console.Said, Does.Contain("look like a comparison").And.Contain("Hint: ").And.Contain(Hint));
        var (code, errors) = await _console.Run("pairs", export, "--output", _folder);
        Assert.That((code, errors), Is.EqualTo((1, errors)));
        Assert.That(errors, Does.StartWith("No pair comes of export.json").And.Contain(Hint));

        Assert.That(await _console.Run("pairs", export, "--choice", "Model A=answer_a", "--choice", "Model B=answer_b", "--held-out", "0", "--output", _folder), Is.EqualTo((0, "")));
        var pairs = FeedbackFormats.Read(FeedbackInput.FromFile(Path.Combine(_folder, "train.jsonl"))).Judgements;
        Assert.That(pairs, Has.Count.EqualTo(15), "every fourth of 20 is a tie");
        Assert.That(File.ReadAllText(Path.Combine(_folder, "README.md")), Does.Contain("choices read as: Model A = answer_a; Model B = answer_b"));
        Assert.That(pairs.Select(pair => (pair.Prompt.Text![..2], pair.CandidateOf("chosen").Text.Text![..2])), Is.All.EqualTo(("Is", "b ")));
        Assert.That(await _console.Run("report", export, "--choice", "Model A=answer_a", "--choice", "Model B=answer_b", "--choice", "Tie=tie", "--output", _folder), Is.EqualTo((0, "")));
        Assert.That(_console.Said, Does.Not.Contain("Hint").And.Contain("What stood first was chosen in 0 %"));
    }

    [TestCase("is not CHOICE=OBJECT", "Model A")]
    [TestCase("is not CHOICE=OBJECT", "=answer_a")]
    [TestCase("given twice", "Model A=answer_a", "Model A=answer_b")]
    [TestCase("no choice 'model a'; it has: Model A, Model B, Tie", "model a=answer_a")]
    [TestCase("no object 'answer_c'; it has: prompt, answer_a, answer_b", "Model A=answer_c")]
    public async Task A_choice_that_cannot_be_is_named(string message, params string[] choices)
    {
        var (code, errors) = await _console.Run(["report", Export([Annotation(1, "Tie")]), .. choices.SelectMany(choice => new[] { "--choice", choice }), "--output", _folder]);
        Assert.That((code, errors), Is.EqualTo((1, errors)));
        Assert.That(errors, Does.Contain(message));
    }

    [Test]
    public async Task Choices_of_a_file_that_has_none_are_refused()
    {
        var file = Path.Combine(_folder, "other.jsonl");
        File.WriteAllText(file, """{"prompt":"p","candidates":["x","y"],"preferred":"a"}""");
        var (code, errors) = await _console.Run("report", file, "--choice", "Model A=answer_a", "--output", _folder);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("other.jsonl is no export of Label Studio"));
    }

    [Test]
    public async Task The_same_export_twice_counts_once_and_is_told_on_the_console_and_in_the_card()
    {
        var annotations = Enumerable.Range(1, 10).Select(item => Annotation(item, "Model A")).ToList();
        var export = Export(annotations.Concat(annotations));
        string[] choices = ["--choice", "Model A=answer_a", "--choice", "Model B=answer_b", "--output", _folder];
        Assert.That(await _console.Run(["report", export, .. choices]), Is.EqualTo((0, "")));
        Assert.That(_console.Said, Does.Contain("it counts once. (10 times)").And.Contain("All 10 judgements come from one annotator"));
        Assert.That(await _console.Run(["pairs", export, .. choices]), Is.EqualTo((0, "")));
        Assert.That(File.ReadAllText(Path.Combine(_folder, "README.md")), Does.Contain("read, left out: One annotation is there again").And.Contain("10 judgements (pairwise)"));
    }

    [Test]
    public async Task Tasks_are_refused_before_anything_is_written()
    {
        var items = Path.Combine(_folder, "mine.jsonl");
        var output = Path.Combine(_folder, "out");
        File.WriteAllText(items, """{"id":"p1","prompt":"p","candidates":["x","y","z"]}""");
        var (code, errors) = await _console.Run("tasks", "--items", items, "--output", output);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("'p1' has 3 candidates"));
        File.WriteAllText(items, "");
        Assert.That((await _console.Run("tasks", "--items", items, "--output", output)).Errors, Does.Contain("mine.jsonl: There is no item"));
        Assert.That(Directory.Exists(output) ? Directory.GetFiles(output) : [], Is.Empty);
    }

    [TestCase("pairwise", "<Pairwise")]
    [TestCase("choices", "<Choices")]
    [TestCase("ranking", "<Ranker")]
    public async Task A_conversation_is_shown_as_one_and_read_back_as_what_it_was(string form, string tag)
    {
        var items = Path.Combine(_folder, "mine.jsonl");
        File.WriteAllText(items, """
            {"id":"p1","prompt":[{"role":"user","content":"Hi."},{"role":"assistant","content":"Hello."},{"role":"user","content":"Why?"}],"candidates":["x","y"]}
            {"id":"p2","prompt":"A text.","candidates":["x","z"]}
            """);
        Assert.That(await _console.Run("tasks", "--items", items, "--form", form, "--output", _folder), Is.EqualTo((0, "")));
        Assert.That(_console.Said, Does.Not.Contain("Lost"));
        var config = LabelingConfig.FromFile(Path.Combine(_folder, "config.xml"));
        Assert.That(config.Xml, Does.Contain("<Paragraphs").And.Contain(tag));
        Assert.That(File.ReadAllText(Path.Combine(_folder, "tasks.json")), Does.Contain("\"Why?\""));
    }

    [Test]
    public async Task Stars_put_candidates_in_order_when_that_is_asked_for()
    {
        File.WriteAllText(Path.Combine(_folder, "config.xml"), LabelingConfigs.Ratings(2).Xml);
        var export = Path.Combine(_folder, "export.json");
        static string Stars(int answer, int stars) => $$$"""{"from_name":"rating{{{answer}}}","type":"rating","value":{"rating":{{{stars}}}}}""";
        File.WriteAllText(export, $"[{string.Join(',', Enumerable.Range(1, 6).Select(item => $$"""
            {"id":{{item}},"data":{"prompt":"p{{item}}","answer1":"x{{item}}","answer2":"y{{item}}"},"annotations":[{"id":{{item}},"completed_by":1,"result":[{{Stars(1, 2)}},{{Stars(2, item == 1 ? 2 : 5)}}]}]}
            """))}]");
        Assert.That((await _console.Run("pairs", export, "--output", _folder)).Errors, Does.Contain("Candidates are rated (rating1, rating2): --rating QUESTION"));
        Assert.That((await _console.Run("pairs", export, "--rating", "stars", "--output", _folder)).Errors, Does.Contain("no candidate is rated on 'stars'; there are: rating1, rating2"));
        Assert.That(await _console.Run("pairs", export, "--rating", "rating1", "--rating", "rating2", "--held-out", "0", "--output", _folder), Is.EqualTo((0, "")));
        var pairs = FeedbackFormats.Read(FeedbackInput.FromFile(Path.Combine(_folder, "train.jsonl"))).Judgements;
        Assert.That(pairs.Select(pair => (pair.CandidateOf("chosen").Text.Text![..1], pair.Margin)), Is.EqualTo(Enumerable.Repeat(("y", (double?)3), 5)), "2 and 2 stars are a tie");
        Assert.That(File.ReadAllText(Path.Combine(_folder, "README.md")), Does.Contain("put in order by ratings: of rating1, rating2"));
    }

    // Two people, always one star apart: never equal, but near.
    [Test]
    public async Task Stars_are_measured_as_numbers_when_that_is_asked_for()
    {
        var file = Path.Combine(_folder, "stars.jsonl");
        JudgementJsonLines.WriteFile(file, Enumerable.Range(0, 12).SelectMany(item => new[] { 0, 1 }.Select(person => new Judgement
        {
            Item = $"i{item}", Prompt = $"p{item}", Annotator = $"w{person}", Kind = JudgementKind.Rating,
            Candidates = [new() { Id = "a", Text = $"x{item}" }], Ratings = [new((item % 4) + 1 + person, "stars", "a")],
        })));
        Assert.That(await _console.Run("report", file, "--output", _folder), Is.EqualTo((0, "")));
        Assert.That(_console.Said, Does.Contain("alpha (Nominal) is -0.").And.Contain("nominal takes 4 and 5 to be as far apart as 1 and 5"));
        Assert.That(await _console.Run("report", file, "--level", "interval", "--output", _folder), Is.EqualTo((0, "")));
        Assert.That(_console.Said, Does.Contain("alpha (Interval) is 0.").And.Not.Contain("nominal takes"));
        var (code, errors) = await _console.Run("report", Export([Annotation(1, "Tie")]), "--level", "ordinal", "--output", _folder);
        Assert.That((code, errors.Trim()), Is.EqualTo((1, "--level ordinal measures numbers, but an answer is 'Tie'; leave it out.")));
    }

    [Test]
    public async Task Reviewers_and_annotators_of_a_paid_edition_are_not_named_in_what_is_published()
    {
        var task = Annotation(1, "Model A").Replace(
            "\"completed_by\":1", "\"completed_by\":{\"email\":\"ana@example.org\"},\"reviews\":[{\"created_by\":{\"email\":\"boss@example.org\"}}]", StringComparison.Ordinal);
        Assert.That(
            await _console.Run("pairs", Export([task]), "--choice", "Model A=answer_a", "--choice", "Model B=answer_b", "--held-out", "0", "--output", _folder), Is.EqualTo((0, "")));
        var judgements = File.ReadAllText(Path.Combine(_folder, "judgements.jsonl"));
        Assert.That(judgements, Does.Contain("annotator-1").And.Not.Contain("@example.org"));
        Assert.That(File.ReadAllText(Path.Combine(_folder, "README.md")), Does.Contain("addresses left out of judgements.jsonl").And.Not.Contain("@example.org"));
    }

    [Test]
    public async Task A_data_set_without_anything_to_train_on_is_refused_before_it_is_written()
    {
        var file = Path.Combine(_folder, "one.jsonl");
        File.WriteAllText(file, """{"prompt":"p","candidates":["x","y"],"preferred":"a"}""");
        var (code, errors) = await _console.Run("pairs", file, "--held-out", "0.999", "--output", Path.Combine(_folder, "out"));
        Assert.That((code, Directory.Exists(Path.Combine(_folder, "out"))), Is.EqualTo((1, false)));
        Assert.That(errors, Does.Contain("lower --held-out"));
    }

    [TestCase("--instructions is for a new project")]
    [TestCase("--instructions is for a new project", "--url", "http://localhost:1", "--project", "3")]
    public async Task Instructions_that_nobody_would_get_are_refused(string message, params string[] more)
    {
        var text = Path.Combine(_folder, "told.md");
        File.WriteAllText(text, "Read both.");
        Assert.That((await _console.Run(["tasks", "--instructions", text, "--output", _folder, .. more])).Errors, Does.Contain(message));
    }

    [Test]
    public async Task Conversations_and_texts_are_one_data_set_of_which_every_split_has_the_same_columns()
    {
        var file = Path.Combine(_folder, "mixed.jsonl");
        JudgementJsonLines.WriteFile(file, Enumerable.Range(0, 40).Select(item => new Judgement
        {
            Item = $"i{item}",
            Prompt = item % 2 == 0 ? $"Question {item}?" : Passage.FromMessages([new("user", "Hi."), new("assistant", "Hello."), new("user", $"Question {item}?")]),
            Annotator = "ana",
            Candidates = [new() { Id = "a", Text = $"yes {item}" }, new() { Id = "b", Text = $"no {item}" }],
            Ranking = [["a"], ["b"]],
            // Known of a single one, which lies in one split.
            Margin = item == 3 ? 2 : null,
        }));
        Assert.That(await _console.Run("pairs", file, "--held-out", "0.3", "--output", _folder), Is.EqualTo((0, "")));
        var splits = new[] { "train", "test" }.Select(name => ParquetFeedback.Read(FeedbackInput.FromFile(Path.Combine(_folder, name + ".parquet"))).Judgements).ToList();
        Assert.That(splits.SelectMany(pairs => pairs).Count(), Is.EqualTo(40));
        Assert.That(splits.SelectMany(pairs => pairs).Count(pair => pair.Margin == 2), Is.EqualTo(1));
        Assert.That(splits.SelectMany(pairs => pairs).Select(pair => pair.Prompt.Messages), Has.None.Null);
        var card = File.ReadAllText(Path.Combine(_folder, "README.md"));
        var columns = card.Split('\n').Where(line => line.StartsWith("| train.parquet", StringComparison.Ordinal) || line.StartsWith("| test.parquet", StringComparison.Ordinal))
            .Select(line => line.Split('|')[5].Trim()).ToList();
        Assert.That(columns, Has.Count.EqualTo(2).And.All.StartsWith("prompt, chosen, rejected, margin"));
        Assert.That(card, Does.Contain("texts written as conversations"));
    }

    private static string Annotation(int item, string winner) => string.Create(CultureInfo.InvariantCulture, $$$"""
        {"id":{{{item}}},"data":{"prompt":"Is {{{item}}} a prime?","answer_a":"a says yes {{{item}}}","answer_b":"b says no {{{item}}}"},"annotations":[{"id":{{{item + 100}}},"completed_by":1,
         "lead_time":20,"result":[{"from_name":"winner","to_name":"prompt","type":"choices","value":{"choices":["{{{winner}}}"]}}]}]}
        """);

    private string Export(IEnumerable<string> tasks)
    {
        File.WriteAllText(Path.Combine(_folder, "config.xml"), ModelAOrB);
        var path = Path.Combine(_folder, "export.json");
        File.WriteAllText(path, $"[{string.Join(',', tasks)}]");
        return path;
    }
}
