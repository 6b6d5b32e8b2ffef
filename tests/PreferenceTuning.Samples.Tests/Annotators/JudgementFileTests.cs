using NUnit.Framework;
using Opossum.Annotators;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Samples.Tests.Annotators;

public sealed class JudgementFileTests
{
    private string _path = "";

    [SetUp]
    public void MakePath() => _path = Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid().ToString("N") + ".jsonl");

    [TearDown]
    public void Delete() => File.Delete(_path);

    [Test]
    public void The_lines_of_the_README_can_be_read()
    {
        // README.md is part of the sample: what it shows must work.
        var readme = File.ReadAllText(Path.Combine(GoldenFolder.RepositoryRoot, "samples", "01-opossum", "README.md"));
        var lines = readme.ReplaceLineEndings("\n").Split('\n').Where(line => line.StartsWith("{\"prompt\"", StringComparison.Ordinal)).ToList();
        File.WriteAllLines(_path, lines);
        var judgements = JudgementFile.Read(_path).Judgements;
        Assert.That(judgements, Has.Count.EqualTo(5));
        Assert.That(judgements.Select(row => row.Kind), Is.EqualTo(new[] { JudgementKind.Pairwise, JudgementKind.Pairwise, JudgementKind.Ranking, JudgementKind.Ranking, JudgementKind.Pairwise }));
        Assert.That((judgements[0].Preferred, judgements[1].IsTie, judgements[4].Skipped), Is.EqualTo(("b", true, true)));
        Assert.That(Comparisons.Usable(judgements), Has.Count.EqualTo(3));
        Assert.That(Comparisons.Pairs(judgements[2]).Count(), Is.EqualTo(2), "b above a and c, which are tied");
        Assert.That(Comparisons.Pairs(judgements[3]).Count(), Is.EqualTo(2), "c above a and b, of which nothing else is known");
    }

    [Test]
    public void The_soft_label_of_an_aggregated_pair_reaches_the_reward_model()
    {
        File.WriteAllText(_path, """
            {"prompt":"What is an owl?","chosen":"a","rejected":"b","chosen_probability":0.75}
            {"prompt":"What is an owl?","chosen":"a","rejected":"c"}
            """);
        var pairs = Comparisons.Usable(JudgementFile.Read(_path).Judgements).SelectMany(Comparisons.Rankings);
        Assert.That(pairs.Select(pair => pair.BetterProbability), Is.EqualTo(new[] { 0.75, 1 }));
    }

    [Test]
    public void A_pick_of_the_best_is_a_pair_of_it_with_each_other_and_none_between_those()
    {
        File.WriteAllText(_path, """{"prompt":"What is an owl?","candidates":["one","two","three","four"],"ranking":["c"]}""");
        var pick = Comparisons.Usable(JudgementFile.Read(_path).Judgements).Single();
        Assert.That(
            Comparisons.Pairs(pick).Select(pair => (pair.Chosen, pair.Rejected)),
            Is.EqualTo(new[] { ("three", "one"), ("three", "two"), ("three", "four") }));
        Assert.That(
            Comparisons.Rankings(pick).Select(ranking => ranking.Groups.Count), Is.EqualTo(new[] { 2, 2, 2 }),
            "three rankings of two for the loss: as one ranking the others would be tied, which pulls their scores together");
    }

    [Test]
    public void Nobody_agrees_by_judging_a_pair_again_and_whoever_is_not_named_is_one_annotator()
    {
        File.WriteAllText(_path, """
            {"item":"i","prompt":"What is an owl?","candidates":["one","two"],"preferred":"a","annotator":"ana","seconds":0}
            {"item":"i","prompt":"What is an owl?","candidates":["one","two"],"preferred":"b","annotator":"ana","seconds":8}
            {"item":"i","prompt":"What is an owl?","candidates":["one","two"],"preferred":"b"}
            {"item":"i","prompt":"What is an owl?","candidates":["one","two"],"preferred":"b"}
            """);
        var report = JudgementReport.Of(JudgementFile.Read(_path).Judgements);
        Assert.That((report.Agreement.Count, report.Agreement.Total), Is.EqualTo((1, 1)), "ana's last word and the nameless one");
        Assert.That(report.Annotators.Single(one => one.Annotator == "ana").MedianSeconds, Is.EqualTo(8), "0 s is no time");
    }

    [Test]
    public void Two_picks_of_three_agree_about_the_pairs_that_they_speak_of_and_about_no_other()
    {
        File.WriteAllText(_path, """
            {"prompt":"What is an owl?","candidates":["one","two","three"],"ranking":["b"],"annotator":"ana"}
            {"prompt":"What is an owl?","candidates":["one","two","three"],"ranking":["c"],"annotator":"ben"}
            {"prompt":"What is an owl?","candidates":["one","two","three"],"ranking":["b","c","a"],"annotator":"cem"}
            """);
        // Pairs in common: ana and ben (b, c), different; ana and cem (a, b) and (b, c), the same; ben and cem (a, c) the same, (b, c) different.
        var report = JudgementReport.Of(JudgementFile.Read(_path).Judgements);
        Assert.That((report.Agreement.Count, report.Agreement.Total), Is.EqualTo((3, 5)));
        Assert.That((report.Picks, report.Rankings), Is.EqualTo((2, 1)));
    }

    [Test]
    public void What_a_format_has_that_is_not_used_is_said_with_its_number()
    {
        // Open Assistant's trees: two replies of the prompt are ranked, the two messages below have one reply each.
        File.WriteAllText(_path,
            """{"message_tree_id":"t","tree_state":"ready_for_export","prompt":{"message_id":"t","role":"prompter","text":"What is a fox?","replies":[""" +
            """{"message_id":"x","role":"assistant","text":"A canid.","rank":0,"replies":[{"message_id":"y","role":"prompter","text":"Thanks.","replies":[""" +
            """{"message_id":"z","role":"assistant","text":"Welcome.","replies":[]}]}]},{"message_id":"w","role":"assistant","text":"No.","rank":1,"replies":[]}]}}""");
        var reading = JudgementFile.Read(_path).Reading;
        Assert.That(reading.Judgements, Has.Count.EqualTo(1));
        Assert.That(JudgementFile.Notes(reading), Is.EqualTo(new[] { "A message with fewer than two ranked replies holds no comparison (2 times, first at y)" }));
    }

    [Test]
    public void A_broken_line_is_named_with_file_and_line()
    {
        File.WriteAllText(_path, """
            {"prompt":"What is an opossum?","candidates":["one","two"],"preferred":"a"}
            {"prompt":"What is an opossum?","candidates":["one","two"],"preferred":
            """);
        Assert.That(() => JudgementFile.Read(_path), Throws.TypeOf<FeedbackFormatException>().With.Message.Contains(Path.GetFileName(_path) + "(2)"));
    }

    [Test]
    public void A_file_without_a_preference_says_what_a_line_looks_like()
    {
        File.WriteAllText(_path, """{"prompt":"What is an opossum?","candidates":["one","two"],"tie":true}""");
        Assert.That(() => JudgementFile.Read(_path), Throws.TypeOf<FeedbackFormatException>().With.Message.Contains("\"preferred\":\"b\""));
    }
}
