using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Opossum.Annotators;
using Opossum.Measures;
using Opossum.Preview;
using Opossum.Report;
using Opossum.World;

namespace PreferenceTuning.Samples.Tests.Report;

public sealed class ReportTests
{
    private static readonly string[] SummaryFields =
    [
        "winRate", "winRateLow", "winRateHigh", "baseRate", "klPerResponse", "klTarget", "perplexityRatio", "perplexityRatioAll", "distinct2Ratio",
        "preferredShareBefore", "preferredShareAfter", "rewardAccuracy", "secondsTotal", "seconds", "peakMegabytes", "seed",
    ];

    private static readonly Synthetic Made = SyntheticRun.Make(1, Style.Meme);
    private static readonly IReadOnlyDictionary<string, PlotImage> Pictures = Plots.Of(Made.Run);
    private static readonly string Page = HtmlReport.Render(Made.Run, Pictures);

    [Test]
    public void The_summary_has_exactly_the_promised_fields_in_order()
    {
        using var json = JsonDocument.Parse(ReportWriter.SummaryBytes(Made.Run.Summary));
        Assert.That(json.RootElement.EnumerateObject().Select(field => field.Name), Is.EqualTo(SummaryFields));
        Assert.That(json.RootElement.GetProperty("klPerResponse").GetDouble(), Is.EqualTo(2.41));
        Assert.That(json.RootElement.GetProperty("seconds").GetProperty("tuning").GetDouble(), Is.EqualTo(64.1));
        Assert.That(json.RootElement.GetProperty("seed").GetInt64(), Is.EqualTo(1));
    }

    [Test]
    public void What_was_not_measured_is_null_in_the_summary_and_named_in_the_report()
    {
        var run = Made.Run with { Summary = Made.Run.Summary with { PerplexityRatio = null } };
        using var json = JsonDocument.Parse(ReportWriter.SummaryBytes(run.Summary));
        Assert.That(json.RootElement.GetProperty("perplexityRatio").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(HtmlReport.Render(run, Pictures), Does.Contain("<b>perplexityRatio</b>").And.Contain("not measured"));
    }

    [Test]
    public void A_file_of_judgements_is_not_said_to_prefer_what_the_simulation_counts()
    {
        var run = Made.Run with
        {
            Settings = Made.Run.Settings with { JudgementFile = "theirs.jsonl", Wanted = "what a file of judgements prefers" },
            Judgements = Made.Run.Judgements with { Notes = ["A message with one reply holds no comparison (3 times, first at x)"] },
        };
        var page = HtmlReport.Render(run, Pictures);
        Assert.That(Page, Does.Contain("They prefer <b>memes</b>"));
        Assert.That(page, Does.Not.Contain("They prefer").And.Not.Contain("people said which"));
        Assert.That(page, Does.Contain("<b>memes</b>, the simulated preference").And.Contain("(3 times, first at x)"));
    }

    [Test]
    public void A_summary_with_NaN_is_refused() =>
        Assert.That(
            () => ReportWriter.SummaryBytes(Made.Run.Summary with { KlPerResponse = double.NaN }),
            Throws.InvalidOperationException.With.Message.Contains("klPerResponse"));

    [TestCase(0.80, 1.25, 0.55, 3.125, true)]
    [TestCase(0.79, 1.25, 0.55, 3.125, false)]
    [TestCase(0.80, 1.26, 0.55, 3.125, false)]
    [TestCase(0.80, 1.25, 0.54, 3.125, false)]
    [TestCase(0.80, 1.25, 0.55, 3.13, false)]
    [TestCase(0.80, 1.25, 0.55, 1.87, false)]
    public void Promises_are_kept_up_to_their_limits(double low, double perplexity, double distinct, double kl, bool kept)
    {
        // The target is 2.5 nats, so 25 % around it is 1.875 to 3.125.
        var summary = Made.Run.Summary with { WinRateLow = low, PerplexityRatio = perplexity, Distinct2Ratio = distinct, KlPerResponse = kl, KlTarget = 2.5 };
        Assert.That(Thresholds.Of(summary).Where(line => line.Met is not null).All(line => line.Met == true), Is.EqualTo(kept));
    }

    // With nine answers in ten right before, an ideal model ties with those: 1 - 0.9 / 2 = 0.55.
    [Test]
    public void Where_the_original_already_does_what_is_preferred_no_win_rate_is_promised()
    {
        var summary = Made.Run.Summary with { PreferredShareBefore = 0.9, WinRateLow = 0.53 };
        var line = Thresholds.Of(summary).Single(line => line.Name == "winRateLow");
        Assert.That((line.Met, line.Required), Is.EqualTo(((bool?)null, "0.55 is all that an ideal model could reach")));
        Assert.That(Thresholds.Of(summary with { PreferredShareBefore = 0.4 }).Single(one => one.Name == "winRateLow").Met, Is.False);
    }

    [Test]
    public void The_page_loads_nothing_from_anywhere()
    {
        var links = Regex.Matches(Page, """(?:src|href)="([^"]*)""").Select(match => match.Groups[1].Value).ToList();
        Assert.That(links.Count(link => link.StartsWith("data:image/png;base64,", StringComparison.Ordinal)), Is.GreaterThanOrEqualTo(12));
        Assert.That(links.Where(link => !link.StartsWith("data:image/png;base64,", StringComparison.Ordinal) && link[0] != '#'), Is.Empty);
        Assert.That(Page, Does.Not.Contain("<script").And.Not.Contain("@import").And.Not.Contain("<link").And.Not.Match(@"url\((?!#)"));
        Assert.That(Pictures, Has.Count.EqualTo(12));
    }

    [Test]
    public void Every_opened_element_is_closed()
    {
        foreach (var tag in new[] { "table", "tr", "td", "div", "p", "details", "figure", "ul", "ol", "li", "h2", "main", "svg", "q", "b", "span" })
        {
            Assert.That(Regex.Count(Page, $"</{tag}>"), Is.EqualTo(Regex.Count(Page, $@"<{tag}[\s>]")), tag);
        }
    }

    [Test]
    public void What_a_model_wrote_is_text_and_never_markup()
    {
        const string Attack = "<script>alert('opossum')</script> & \"quotes\"";
        var sample = new SamplePair(Attack, true, Attack, Attack, 0, 5);
        var run = Made.Run with { Samples = [sample], Settings = Made.Run.Settings with { JudgementFile = Attack, CommandLine = Attack, Model = Attack } };
        var page = HtmlReport.Render(run, Pictures);
        Assert.That(page, Does.Not.Contain("<script").And.Contain("&lt;script&gt;"));
    }

    [Test]
    public void The_same_run_gives_the_same_page() =>
        Assert.That(HtmlReport.Render(SyntheticRun.Make(1, Style.Meme).Run, Pictures), Is.EqualTo(Page));

    [Test]
    public void With_the_penalty_off_the_report_explains_the_collapse()
    {
        var run = SyntheticRun.Make(1, Style.Meme, klOn: false).Run;
        Assert.That(HtmlReport.Render(run, Plots.Of(run)), Does.Contain("That is why there is a frozen copy").And.Contain("reward hacking"));
        Assert.That(HtmlReport.Render(run, Plots.Of(run)), Does.Not.Contain("has not collapsed"));
        var lucky = run with { Summary = run.Summary with { WinRate = 0.8 } };
        Assert.That(HtmlReport.Render(lucky, Pictures), Does.Contain("has not collapsed"));
        Assert.That(Page, Does.Not.Contain("That is why there is a frozen copy"));
    }

    [Test]
    public void A_run_without_reward_model_says_so_and_draws_no_picture_of_it()
    {
        var run = SyntheticRun.Make(1, Style.Biology, "dpo").Run;
        var pictures = Plots.Of(run);
        Assert.That(pictures.Keys, Has.None.EqualTo("calibration").And.None.EqualTo("kl-coefficient").And.None.EqualTo("scores"));
        Assert.That(HtmlReport.Render(run, pictures), Does.Contain("No reward model was trained").And.Contain("biology homework"));
    }

    [Test]
    public void The_pictures_of_an_earlier_run_by_another_method_do_not_stay_beside_the_page()
    {
        var folder = Directory.CreateTempSubdirectory("pictures").FullName;
        try
        {
            ReportWriter.Write(Made.Run, folder);
            var foreign = Path.Combine(folder, "plots", "mine.png");
            File.WriteAllText(foreign, "");
            var after = ReportWriter.Write(SyntheticRun.Make(1, Style.Meme, "dpo").Run, folder);
            var written = after.Where(path => path.EndsWith(".png", StringComparison.Ordinal)).ToList();
            Assert.That(Directory.GetFiles(Path.Combine(folder, "plots")), Is.EquivalentTo(written.Append(foreign)));
            Assert.That(Plots.Names, Is.EquivalentTo(Pictures.Keys.Union(written.Select(path => Path.GetFileNameWithoutExtension(path)))));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void A_broken_promise_is_said_in_the_first_lines()
    {
        var run = Made.Run with { Summary = Made.Run.Summary with { Distinct2Ratio = 0.3 } };
        var page = HtmlReport.Render(run, Pictures);
        Assert.That(page.IndexOf("Not kept: distinct2Ratio", StringComparison.Ordinal), Is.GreaterThan(0).And.LessThan(page.IndexOf("id=\"asked\"", StringComparison.Ordinal)));
    }

    [Test]
    public void Pictures_are_PNG_files_and_have_letters_without_any_font_installed()
    {
        Assert.That(Pictures.Values.Select(picture => picture.Png[..4]), Is.All.EqualTo(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' }));
        EmbeddedFont.Register();
        using var regular = ScottPlot.Fonts.GetTypeface(EmbeddedFont.Name, bold: false, italic: false);
        Assert.That(regular.FamilyName, Is.EqualTo("DejaVu Sans"));
        Assert.That(regular.ContainsGlyphs("Abc 0.5 % ± → –"), Is.True);
    }

    [Test]
    public void Histogram_shares_add_up_and_clamp_the_ends()
    {
        // Four values, bins of width 1 from 0: 0.5 -> bin 0; 1.0 -> bin 1; 99 -> the last bin; NaN in none. 25 % each.
        var shares = Histograms.Shares([0.5, 1.0, 99, double.NaN], low: 0, width: 1);
        Assert.That((shares[0], shares[1], shares[^1], shares.Sum()), Is.EqualTo((25.0, 25.0, 25.0, 75.0)));
    }

    [Test]
    public void A_report_of_one_iteration_and_equal_scores_can_be_drawn()
    {
        var run = Made.Run with
        {
            Tuning = [Made.Run.Tuning[0]],
            Utilities = new BeforeAfter([2.5, 2.5], [2.5, 2.5]),
            Reward = new RewardFacts(Calibration.Of([0.3]), [], 0, 1),
            Samples = [],
        };
        Assert.That(HtmlReport.Render(run, Plots.Of(run)), Does.Contain("</html>"));
    }

    [Test]
    public void The_card_of_a_foreign_file_names_it_and_invents_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("card-").FullName;
        var file = Path.Combine(folder, "theirs.jsonl");
        File.WriteAllText(file, string.Join('\n', Enumerable.Range(0, 4).SelectMany(item => new[]
        {
            $$"""{"id":"1","item":"i{{item}}","prompt":"Frage {{item}}?","candidates":["ja","nein"],"preferred":"a"}""",
            $$"""{"id":"2","item":"i{{item}}","prompt":"Frage {{item}}?","candidates":["ja","nein"],"preferred":"b"}""",
        })));
        var given = JudgementFile.Read(file);
        var run = Made.Run with
        {
            Settings = Made.Run.Settings with { JudgementFile = file },
            Judgements = Made.Run.Judgements with
            {
                Report = JudgementReport.Of(given.Judgements), Profiles = [], Instructions = null, HourlyPay = null, Source = given.Source,
            },
        };
        PreferenceFolder.Write(folder, run, given.Judgements, given.Judgements, []);
        var card = File.ReadAllText(Path.Combine(folder, "README.md"));
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)));
        Directory.Delete(folder, recursive: true);

        Assert.That(card, Does.Contain($"- theirs.jsonl, 8 records, licence not known, sha256 {hash}"));
        Assert.That(card, Does.Not.Contain("\nlanguage:").And.Contain("Language: not known").And.Not.Contain("animals").And.Contain("Out of scope: Not known."));
        Assert.That(card, Does.Contain("percent agreement: undefined; 0 of 0 times"), "two judgements without a name are not two annotators");
        Assert.That(card, Does.Contain("8 of 8 judgements do not say who made them").And.Contain("their number is not known"));
    }

    [Test]
    public void Files_are_written_whole_with_their_card()
    {
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, "report-" + Guid.NewGuid().ToString("N"));
        try
        {
            PreferenceFolder.Write(Path.Combine(folder, "preferences"), Made.Run, Made.Judgements, Made.Training, Made.HeldOut);
            var files = ReportWriter.Write(Made.Run, folder);
            Assert.That(files.Select(File.Exists), Is.All.True);
            Assert.That(Directory.GetFiles(folder, "*.unfinished", SearchOption.AllDirectories), Is.Empty);
            var card = File.ReadAllText(Path.Combine(folder, "preferences", "README.md"));
            Assert.That(card, Does.StartWith("---\n").And.Contain("Krippendorff's alpha").And.Contain("machine-generated").And.Contain("Not people.").And.Contain("3 annotators"));
            Assert.That(File.ReadLines(Path.Combine(folder, "preferences", "judgements.jsonl")).Count(), Is.EqualTo(Made.Judgements.Count));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
