using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

[TestFixture]
public sealed class LabelStudioTasksTests
{
    [Test]
    public void Sides_are_random_and_the_meta_says_which_candidate_stands_where()
    {
        var items = Items(200);
        var tasks = Tasks(items, LabelingConfigs.Pairwise(), new() { Seed = 41, Round = 2, InstructionVersion = "v4" });

        var left = 0;
        foreach (var (task, item) in tasks.Zip(items))
        {
            var own = task.GetProperty("meta").GetProperty("pt");
            Assert.That(own.GetProperty("item").GetString(), Is.EqualTo(item.Id));
            Assert.That(own.GetProperty("seed").GetInt64(), Is.EqualTo(41));
            var leftId = own.GetProperty("left").GetString();
            Assert.That(
                task.GetProperty("data").GetProperty("answer1").GetString(),
                Is.EqualTo(item.Candidates.Single(candidate => candidate.Id == leftId).Text.Text));
            left += leftId == "x" ? 1 : 0;
        }

        // 200 fair coins: outside 70..130 with a probability below 1e-4.
        Assert.That(left, Is.InRange(70, 130));
        Assert.That(Json(items, LabelingConfigs.Pairwise(), new() { Seed = 41 }), Does.Not.Contain("secret-model"));
        Assert.That(Tasks(items.Skip(100).ToList(), LabelingConfigs.Pairwise(), new() { Seed = 41 })[0].GetProperty("meta").GetProperty("pt").GetProperty("left").GetString(),
            Is.EqualTo(tasks[100].GetProperty("meta").GetProperty("pt").GetProperty("left").GetString()), "an item's sides do not depend on the other items");
    }

    [TestCase("pairwise", "x")]
    [TestCase("choices", "y")]
    [TestCase("choices", "tie")]
    [TestCase("ranker", "y")]
    [TestCase("ratings", "x")]
    [TestCase("text", "")]
    public void What_is_written_as_an_annotation_is_read_back(string kind, string best)
    {
        var config = Config(kind);
        var items = Items(20, demonstration: kind == "text");
        var judged = items.Select(item => Judged(item, kind, best)).ToList();
        var json = Json(items, config, new() { Seed = 3, Annotations = judged });
        var reading = LabelStudioExport.Read(
            FeedbackInput.FromText("tasks.json", json), config, new() { Items = items.ToDictionary(item => item.Id) });

        Assert.That(reading.Judgements, Has.Count.EqualTo(20));
        Assert.That(Json(items, config, new() { Seed = 3, Annotations = reading.Judgements }), Is.EqualTo(json), "written again, the same bytes");
        foreach (var (read, given) in reading.Judgements.Zip(judged))
        {
            Assert.Multiple(() =>
            {
                Assert.That(read.Item, Is.EqualTo(given.Item));
                Assert.That(read.Preferred, Is.EqualTo(given.Preferred));
                Assert.That(read.IsTie, Is.EqualTo(given.IsTie));
                Assert.That(read.Annotator, Is.EqualTo("7"));
                Assert.That(read.Seconds, Is.EqualTo(9.5));
                Assert.That(
                    read.Ratings.Select(rating => (rating.Candidate, rating.Value)),
                    Is.EquivalentTo(given.Ratings.Select(rating => (rating.Candidate, rating.Value))));
                Assert.That(read.Texts.Select(text => text.Value.Text), Is.EqualTo(given.Texts.Select(text => text.Value.Text)));
                Assert.That(read.Candidates.Select(candidate => candidate.Model), Is.All.EqualTo("secret-model"));
            });
        }
    }

    [Test]
    public void A_tie_that_pairwise_cannot_store_is_said()
    {
        var items = Items(1);
        using var stream = new MemoryStream();
        var report = LabelStudioTasks.Write(
            stream, items, LabelingConfigs.Pairwise(), new() { Annotations = [Judged(items[0], "choices", "tie")] });

        Assert.That(report.Notes.Single().Kind, Is.EqualTo(ConversionNoteKind.Lost));
        Assert.That(report.ToString(), Does.Contain("tie cannot be stored"));
    }

    // The server stores any value that somebody sends it.
    [TestCase("\"left\"", true)]
    [TestCase("\"up\"", false)]
    [TestCase("\"tie\"", false)]
    [TestCase("\"Right\"", false)]
    [TestCase("2", false)]
    [TestCase("null", false)]
    public void A_value_that_is_no_side_prefers_nothing_and_is_told(string selected, bool isSide)
    {
        var config = LabelingConfigs.Pairwise();
        var json = Json(Items(1), config, new() { Annotations = [Judged(Items(1)[0], "pairwise", "y")] });
        var changed = Regex.Replace(json, "(\"selected\":\\s*)\"(left|right)\"", "${1}" + selected);
        var reading = LabelStudioExport.Read(FeedbackInput.FromText("t.json", changed), config);

        Assert.That(reading.Judgements.Any(judgement => judgement.Preferred is not null), Is.EqualTo(isSide));
        Assert.That(reading.Report.ToString().Contains("neither 'left' nor 'right'", StringComparison.Ordinal), Is.EqualTo(!isSide));
    }

    [Test]
    public void A_prediction_points_at_the_first_object_as_the_bulk_validator_wants()
    {
        var items = Items(1);
        var prediction = Judged(items[0], "pairwise", "y") with { Annotator = "rm-1", Confidence = 0.8 };
        var task = Tasks(items, LabelingConfigs.Pairwise(), new() { Predictions = [prediction] })[0];
        var written = task.GetProperty("predictions")[0];

        Assert.That(written.GetProperty("model_version").GetString(), Is.EqualTo("rm-1"));
        Assert.That(written.GetProperty("result")[0].GetProperty("to_name").GetString(), Is.EqualTo("answer1"));
        var left = task.GetProperty("meta").GetProperty("pt").GetProperty("left").GetString();
        Assert.That(
            written.GetProperty("result")[0].GetProperty("value").GetProperty("selected").GetString(),
            Is.EqualTo(left == "y" ? "left" : "right"));
    }

    [Test]
    public void Gold_items_carry_a_ground_truth_annotation()
    {
        var items = Items(1).Select(item => item with { Gold = "y" }).ToList();
        var config = LabelingConfigs.ChoicesWithTie();
        var reading = LabelStudioExport.Read(FeedbackInput.FromText("t.json", Json(items, config, new())), config);

        Assert.That(reading.Judgements.Single().Gold);
        Assert.That(reading.Judgements.Single().Preferred, Is.EqualTo("y"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_conversation_that_was_shown_as_text_is_one_again(bool conversation)
    {
        var item = Items(1)[0];
        item = item with
        {
            Prompt = Passage.FromMessages([new("system", "Be short."), new("user", "Name a prime.")]),
            Candidates = [item.Candidates[0] with { Text = Passage.FromSteps(["one", "two"]) }, item.Candidates[1]],
        };
        var config = LabelingConfigs.Pairwise(conversation);
        var json = Json([item], config, new() { Annotations = [Judged(item, "pairwise", "y")] });

        var read = LabelStudioExport.Read(
            FeedbackInput.FromText("t.json", json), config, new() { Items = new Dictionary<string, JudgingItem> { [item.Id] = item } }).Judgements.Single();
        var changed = LabelStudioExport.Read(
            FeedbackInput.FromText("t.json", json.Replace("Name a", "Name no")), config, new() { Items = new Dictionary<string, JudgingItem> { [item.Id] = item } }).Judgements.Single();

        Assert.That(read.Prompt, Is.EqualTo(item.Prompt));
        Assert.That(read.CandidateOf("x").Text, Is.EqualTo(item.Candidates[0].Text));
        Assert.That(changed.Prompt.ToPlainText(), Does.Contain("Name no prime"), "what was shown counts");
    }

    [Test]
    public void The_known_best_of_three_says_nothing_of_the_other_two()
    {
        var item = Items(1)[0];
        item = item with { Candidates = [.. item.Candidates, new() { Id = "z", Text = "Third" }], Gold = "z" };
        var reading = LabelStudioExport.Read(FeedbackInput.FromText("t.json", Json([item], LabelingConfigs.Ranker(), new())), LabelingConfigs.Ranker());

        Assert.That(reading.Judgements.Single().Ranking, Is.EqualTo(new[] { new[] { "z" } }));
        Assert.That(reading.Judgements.Single().IsPickOfBest);
    }

    [Test]
    public void What_an_annotation_or_prediction_cannot_hold_is_said()
    {
        var items = Items(1);
        var judged = Judged(items[0], "pairwise", "x") with
        {
            Id = "9", Margin = 2, Confidence = 0.5, InstructionVersion = "v3", CreatedAt = DateTimeOffset.UnixEpoch, Gold = true,
            Extra = new Dictionary<string, string> { ["k"] = "1" },
        };
        var stray = judged with { Item = "elsewhere" };

        var report = Report(items, LabelingConfigs.Pairwise(), new() { InstructionVersion = "v4", Annotations = [judged, stray], Predictions = [judged] });

        Assert.That(report.Notes.Select(note => note.Message), Is.EquivalentTo(new[]
        {
            "An annotation or prediction judges an item that is not among the items.",
            "These have no place in an annotation: ids, margins, dates, instruction versions other than the tasks', what the source says beyond that, confidence.",
            "These have no place in a prediction: ids, margins, dates, instruction versions other than the tasks', what the source says beyond that, working times, gold marks.",
        }));
    }

    [Test]
    public void The_order_of_three_that_a_choice_cannot_store_is_said()
    {
        var config = LabelingConfig.Parse("""
            <View><Text name="prompt" value="$prompt"/><Text name="a" value="$a"/><Text name="b" value="$b"/><Text name="c" value="$c"/>
            <Choices name="best" toName="prompt"><Choice value="a"/><Choice value="b"/><Choice value="c"/></Choices></View>
            """);
        var item = Items(1)[0];
        item = item with { Candidates = [.. item.Candidates, new() { Id = "z", Text = "Third" }] };

        var report = Report([item], config, new() { Annotations = [new() { Item = item.Id, Prompt = item.Prompt, Candidates = item.Candidates, Ranking = [["z"], ["x"], ["y"]] }] });

        Assert.That(report.Notes.Single().Message, Does.Contain("order of the others"));
    }

    [Test]
    public void A_prompt_of_text_stays_text_whatever_tag_shows_it()
    {
        var config = LabelingConfig.Parse(
            "<View><HyperText name='q' value='$q'/><Pairwise name='best' toName='l,r'/><Text name='l' value='$l'/><Text name='r' value='$r'/></View>");

        Assert.That(Tasks(Items(1), config, new())[0].GetProperty("data").GetProperty("q").GetString(), Is.EqualTo("Question 0?"));
    }

    [TestCase("<View><Text name='q' value='$q'/><Image name='i' value='$picture'/><Pairwise name='best' toName='l,r'/><Text name='l' value='$l'/><Text name='r' value='$r'/></View>", "'$picture'")]
    [TestCase("<View><Text name='q' value='$q'/><Pairwise name='best' toName='l,r'/><Text name='l' value='always'/><Text name='r' value='$r'/></View>", "constant")]
    public void A_config_that_items_cannot_fill_is_refused(string xml, string reason) =>
        Assert.That(() => Json(Items(1), LabelingConfig.Parse(xml), new()), Throws.ArgumentException.With.Message.Contains(reason));

    [Test]
    public void Items_or_candidates_with_one_name_are_refused()
    {
        Assert.That(() => Json([Items(1)[0], Items(1)[0]], LabelingConfigs.Pairwise(), new()), Throws.ArgumentException.With.Message.Contains("'p0' has the id"));
        var twins = Items(1)[0] with { Candidates = [Items(1)[0].Candidates[0], Items(1)[0].Candidates[0]] };
        Assert.That(() => Json([twins], LabelingConfigs.Pairwise(), new()), Throws.ArgumentException.With.Message.Contains("'p0' cannot be: Two candidates"));
    }

    [Test]
    public void An_item_that_does_not_fit_the_config_is_refused()
    {
        Assert.That(() => Json([new JudgingItem { Id = "q", Prompt = "p" }], LabelingConfigs.Pairwise(), new()),
            Throws.ArgumentException.With.Message.Contains("'q'").And.Message.Contains("2"));
    }

    [TestCase("<View>", "well-formed")]
    [TestCase("<View><Text name='t' value='$t'/><Choices name='c' toName='zz'/></View>", "'zz'")]
    [TestCase("<View><Text name='t' value='$t'/><Choices name='t' toName='t'/></View>", "must differ")]
    [TestCase("<View><Text name='t' value='$t'/><Pairwise name='p' toName='t'/></View>", "two different names")]
    [TestCase("<!DOCTYPE x [<!ENTITY a 'b'>]><View>&a;</View>", "well-formed")]
    public void A_config_that_cannot_work_is_refused(string xml, string expected) =>
        Assert.That(() => LabelingConfig.Parse(xml), Throws.TypeOf<FeedbackFormatException>().With.Message.Contains(expected));

    private static LabelingConfig Config(string kind) => kind switch
    {
        "pairwise" => LabelingConfigs.Pairwise(),
        "choices" => LabelingConfigs.ChoicesWithTie(comment: true),
        "ranker" => LabelingConfigs.Ranker(),
        "ratings" => LabelingConfigs.Ratings(2),
        _ => LabelingConfigs.Demonstrations(),
    };

    private static List<JudgingItem> Items(int count, bool demonstration = false) =>
        [.. Enumerable.Range(0, count).Select(number => new JudgingItem
    {
        Id = $"p{number}",
        Prompt = $"Question {number}?",
        Candidates = demonstration ? [] :
        [
            new() { Id = "x", Text = $"First of {number}", Model = "secret-model" },
            new() { Id = "y", Text = $"Second of {number}", Model = "secret-model" },
        ],
    })];

    private static Judgement Judged(JudgingItem item, string kind, string best) => new()
    {
        Item = item.Id,
        Prompt = item.Prompt,
        Candidates = item.Candidates,
        Annotator = "7",
        Seconds = 9.5,
        Ranking = kind is "ratings" or "text" ? null : best == "tie" ? [["x", "y"]] : [[best], [best == "x" ? "y" : "x"]],
        Ratings = kind == "ratings" ? [new Rating(4, null, "x"), new Rating(2, null, "y")] : [],
        Texts = kind == "text" ? [new TextAnswer("An answer.")] : [],
    };

    private static ConversionReport Report(IReadOnlyList<JudgingItem> items, LabelingConfig config, LabelStudioTaskOptions options)
    {
        using var stream = new MemoryStream();
        return LabelStudioTasks.Write(stream, items, config, options);
    }

    private static string Json(IReadOnlyList<JudgingItem> items, LabelingConfig config, LabelStudioTaskOptions options)
    {
        using var stream = new MemoryStream();
        LabelStudioTasks.Write(stream, items, config, options);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static List<JsonElement> Tasks(IReadOnlyList<JudgingItem> items, LabelingConfig config, LabelStudioTaskOptions options) =>
        [.. JsonDocument.Parse(Json(items, config, options)).RootElement.EnumerateArray()];
}
