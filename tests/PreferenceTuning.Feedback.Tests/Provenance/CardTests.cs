using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Provenance;
using PreferenceTuning.Tests.Shared;
using DataProvenance = PreferenceTuning.Feedback.Provenance.Provenance;

namespace PreferenceTuning.Feedback.Tests.Provenance;

[TestFixture]
public sealed class CardTests
{
    [Test]
    public void Forty_cents_for_38_seconds_are_37_89_an_hour()
    {
        // 0.40 * 3600 / 38 = 37.894736...
        var pay = new PayRecord { Currency = "EUR", Amount = 0.40, Unit = PayUnit.PerTask, MedianSeconds = 38, MinimumWage = 12.82 };

        Assert.That(pay.EffectiveHourly, Is.EqualTo(37.894736842).Within(1e-9));
        Assert.That(
            pay.ToString(),
            Does.Contain("effective 37.89 EUR per hour").And.Contain("legal minimum 12.82").And.Contain("qualification not known"));
        using var json = JsonDocument.Parse(pay.ToJson());
        Assert.That(json.RootElement.GetProperty("effective_hourly").GetDouble(), Is.EqualTo(37.8947).Within(1e-9));
        Assert.That(json.RootElement.GetProperty("paid_by").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That((pay with { MedianSeconds = null }).EffectiveHourly, Is.Null);
        Assert.That((pay with { Unit = PayUnit.PerHour, Amount = 20 }).EffectiveHourly, Is.EqualTo(20));
        Assert.That((pay with { Unit = PayUnit.Unpaid, Amount = 0 }).ToString(), Does.StartWith("Unpaid"));
    }

    [Test]
    public void Times_of_the_judgements_make_pay_by_the_task_hourly_pay_in_every_card()
    {
        // 0.40 EUR * 3600 / 25 s, the median of the judgements.
        var data = Data() with { Pay = new PayRecord { Currency = "EUR", Amount = 0.4, Unit = PayUnit.PerTask, Date = new DateOnly(2026, 2, 1) } };
        foreach (var card in new[] { DatasetCard.Render(data), Datasheet.Render(data), ModelCard.Render(new() { Name = "m" }, data), Croissant.Render(data) })
            Assert.That(card, Does.Contain("effective 57.60 EUR per hour").And.Contain("date of the rate 2026-02-01").And.Not.Contain("working times not known"));
        using var json = JsonDocument.Parse(Croissant.Render(data));
        Assert.That(json.RootElement.GetProperty("pt:compensation").GetProperty("effective_hourly").GetDouble(), Is.EqualTo(57.6));
        Assert.That(DatasetCard.Render(data with { Facts = null }), Does.Contain("effective hourly pay not known"));
    }

    [Test]
    public void Of_the_environment_only_what_names_the_run_is_taken()
    {
        var data = new DataProvenance { Name = "x" }.FromEnvironment(new Dictionary<string, string>
        {
            ["PACH_JOB_ID"] = "j", ["PACH_OUTPUT_COMMIT_ID"] = "o", ["PACH_DATUM_ID"] = "d", ["labels_COMMIT"] = "c", ["PACH_TOKEN"] = "secret", ["PATH"] = "/",
        });

        Assert.That(data.Environment.Keys, Is.EqualTo(new[] { "PACH_DATUM_ID", "PACH_JOB_ID", "PACH_OUTPUT_COMMIT_ID", "labels_COMMIT" }));
    }

    [Test]
    public void Columns_have_their_types_where_all_files_have_the_same()
    {
        DataFile File(string split, params (string, string)[] columns) => new($"{split}.parquet", split, 1, 1, new string('a', 64), columns);
        (string, string)[] columns = [("prompt", "sc:Text"), ("margin", "sc:Float")];
        string Card(params DataFile[] files) => DatasetCard.Render(Data() with { Files = files });

        Assert.That(Card(File("train", columns), File("test", columns)), Does.Contain(
            "dataset_info:\n  features:\n  - name: prompt\n    dtype: string\n  - name: margin\n    dtype: float64\n  splits:\n"));
        Assert.That(Card(File("train", columns), File("test", columns[..1])), Does.Contain("dataset_info:\n  splits:\n"));
        Assert.That(Card(File("train", ("prompt", DataFile.Messages))), Does.Contain("dataset_info:\n  splits:\n"));
    }

    [Test]
    public void Facts_are_counted()
    {
        var facts = JudgementFacts.Count(Votes());

        Assert.Multiple(() =>
        {
            Assert.That(facts.Judgements, Is.EqualTo(5));
            Assert.That(facts.Items, Is.EqualTo(2));
            Assert.That(facts.Annotators, Is.EqualTo(2));
            Assert.That(facts.Ties, Is.EqualTo(1));
            Assert.That(facts.Skipped, Is.EqualTo(1));
            Assert.That((facts.FewestPerItem, facts.MostPerItem), Is.EqualTo((2, 2)));
            // 10, 20, 30, 40 seconds and one without
            Assert.That(facts.MedianSeconds, Is.EqualTo(25));
            Assert.That(facts.Hours, Is.EqualTo(100 / 3600.0).Within(1e-12));
            Assert.That(facts.Models.Single().Model, Is.EqualTo("gpt2"));
        });
    }

    [Test]
    public void The_dataset_card_has_the_hubs_head_and_says_what_it_does_not_know()
    {
        var card = DatasetCard.Render(Data());

        Assert.Multiple(() =>
        {
            Assert.That(
                card, Does.StartWith("---\nlanguage:\n- en\n- \"no\"\nlicense: cc-by-4.0\npretty_name: \"Support: answers, round 2\"\n"));
            Assert.That(card, Does.Contain("size_categories:\n- 1K<n<10K\n"));
            Assert.That(card, Does.Contain("configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: train.jsonl\n  - split: test\n    path: test.jsonl\n"));
            Assert.That(card, Does.Contain("    num_examples: 1200\n"));
            Assert.That(card, Does.Contain("### Curation Rationale\n\nNot known."));
            Assert.That(card, Does.Contain("effective 57.60 EUR per hour"), "0.40 EUR * 3600 / 25 s");
            Assert.That(card, Does.Contain("Krippendorff's alpha, nominal 0.710 (95 % 0.660 to 0.750)"));
            Assert.That(card, Does.Contain("Cohen's kappa: undefined; only one annotator"));
            Assert.That(card, Does.Contain("Removed for speed: 2 of 14 people (100 before, 90 after)"));
            Assert.That(card, Does.Contain("> Choose the better answer."));
            Assert.That(card, Is.EqualTo(DatasetCard.Render(Data())), "the same provenance gives the same bytes");
        });
    }

    [Test]
    public void A_card_about_nothing_is_a_card_full_of_not_known()
    {
        var card = DatasetCard.Render(new DataProvenance { Name = "x" });

        Assert.That(Regex.Count(card, "(?i)not known"), Is.GreaterThan(20));
        Assert.That(card, Does.Contain("#### Pay\n\nNot known."));
        Assert.That(card, Does.Not.Contain("crowdsourced"));
    }

    [Test]
    public void The_datasheet_answers_who_was_paid_what()
    {
        var sheet = Datasheet.Render(Data());

        Assert.That(sheet, Does.Contain("How were they compensated").And.Contain("0.40 EUR per judgement"));
        Assert.That(sheet, Does.Contain("**Were any ethical review processes conducted?**\n\nNot known."));
    }

    [Test]
    public void The_model_card_names_data_people_and_results()
    {
        var card = ModelCard.Render(
            new() { Name = "tuned", BaseModel = "gpt2", Tags = ["dpo"], Results = [new("Support", "test", "accuracy", 0.75)], Settings = new Dictionary<string, string> { ["seed"] = "7" } },
            Data());

        Assert.That(card, Does.Contain("base_model: gpt2\n").And.Contain("metrics:\n- accuracy\n").And.Contain("- dpo\n").And.Contain("value: 0.75"));
        Assert.That(card, Does.Contain("2 annotators").And.Contain("- seed: 7"));
        Assert.That(ModelCard.Render(new() { Name = "x" }, null), Does.Contain("## Who judged\n\nNot known."));
    }

    [TestCase(999, "n<1K")]
    [TestCase(1000, "1K<n<10K")]
    [TestCase(99_999, "10K<n<100K")]
    [TestCase(20_000_000, "n>10M")]
    public void Sizes_have_the_hubs_names(long records, string name) => Assert.That(DatasetCard.SizeCategory(records), Is.EqualTo(name));

    [TestCase("en", "en")]
    [TestCase("no", "\"no\"")]
    [TestCase("1.0", "\"1.0\"")]
    [TestCase("a: b", "\"a: b\"")]
    [TestCase("- x", "\"- x\"")]
    [TestCase("10K<n<100K", "10K<n<100K")]
    [TestCase("", "\"\"")]
    public void Texts_that_YAML_reads_as_something_else_are_quoted(string text, string yaml) =>
        Assert.That(Yaml.Scalar(text), Is.EqualTo(yaml));

    internal static DataProvenance Data()
    {
        var votes = Votes();
        var facts = JudgementFacts.Count(votes);
        return new DataProvenance
        {
            Name = "Support: answers, round 2",
            Languages = ["en", "no"],
            License = "cc-by-4.0",
            Facts = facts,
            Instructions = "Choose the better answer.\nThink.",
            InstructionVersion = "v4",
            Platform = "Label Studio 1.23.2 Community",
            AnnotationsCreators = ["crowdsourced"],
            Pay = new PayRecord { Currency = "EUR", Amount = 0.4, Unit = PayUnit.PerTask, MedianSeconds = facts.MedianSeconds },
            Agreement = [new("Krippendorff's alpha, nominal", 0.71, 0.66, 0.75), new("Cohen's kappa", null, Note: "only one annotator")],
            Files =
            [
                new("train.jsonl", "train", 1200, 1000, new string('a', 64), [("prompt", "sc:Text"), ("margin", "sc:Float")]),
                new("test.jsonl", "test", 100, 100, new string('b', 64), [("prompt", "sc:Text")]),
            ],
        }.From(FeedbackInput.FromText("export.json", "[]"), records: 5).Then(
            new ProcessingStep("Removed for speed", "2 of 14 people", 100, 90));
    }

    private static List<Judgement> Votes()
    {
        var vote = new Judgement
        {
            Item = "1",
            Prompt = "p",
            Candidates = [new() { Id = "a", Text = "x", Model = "gpt2", Sampling = new() { Seed = 1 } }, new() { Id = "b", Text = "y", Model = "gpt2", Sampling = new() { Seed = 2 } }],
            Annotator = "ana",
            Ranking = [["a"], ["b"]],
            Seconds = 10,
            CreatedAt = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero),
        };
        return
        [
            vote,
            vote with { Annotator = "bo", Seconds = 20 },
            vote with { Item = "2", Ranking = [["a", "b"]], Seconds = 30 },
            vote with { Item = "2", Annotator = "bo", Seconds = 40 },
            vote with { Item = "2", Ranking = null, Skipped = true, Seconds = null },
        ];
    }
}
