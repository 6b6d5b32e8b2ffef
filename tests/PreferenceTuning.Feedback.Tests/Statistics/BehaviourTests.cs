using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Feedback.Statistics;
using PreferenceTuning.Tokenization;

namespace PreferenceTuning.Feedback.Tests.Statistics;

/// <summary>Gold items, speed, monotony, sides, duplicates.</summary>
[TestFixture]
public sealed class BehaviourTests
{
    [Test]
    public void Gold_accuracy_counts_gold_items_only()
    {
        // Annotator 0: gold items 0 and 1, right and wrong; annotator 1: gold item 0 right; annotator 2: none.
        var answers = new LabelTable([0, 1, 2, 0, 2], [0, 0, 0, 1, 2], [1, 0, 1, 1, 0], 3, 3, 2);
        var scores = GoldAccuracy.ByAnnotator(answers, [1, 1, -1]);
        Assert.That(scores.Select(s => (s.Correct, s.Asked)), Is.EqualTo(new[] { (1L, 2L), (1L, 1L), (0L, 0L) }));
        Assert.That(scores[0].ChanceP.Required, Is.EqualTo(0.75).Within(1e-12), "at least one of two heads");
        Assert.That(scores[2].Accuracy.UndefinedReason, Does.Contain("no gold item"));
        Assert.That(GoldAccuracy.Overall(scores).Required, Is.EqualTo(2.0 / 3).Within(1e-12));
    }

    [TestCase("", 0)]
    [TestCase("Name a prime.", 3)]
    [TestCase("  two\n\twords — ", 2)]
    [TestCase("x = 4, y = 7", 4)]
    [TestCase("我们在这里", 5 / 1.5)]
    public void Words_are_counted_as_they_are_read(string text, double words) =>
        Assert.That(WordCount.Of(text), Is.EqualTo(words).Within(1e-12));

    [Test]
    public void Nobody_reads_seventy_words_in_two_seconds()
    {
        // 70 words in 2 s are 2,100 a minute; in 21 s, 200.
        var fast = Enumerable.Range(0, 10).Select(_ => new TimedJudgement(0, 2, 70, Correct: false));
        var slow = Enumerable.Range(0, 30).Select(i => new TimedJudgement(1 + (i % 3), 21 + (i % 3), 70, Correct: true));
        var result = ReadingSpeed.Analyze([.. fast, .. slow]);
        Assert.That(result.Annotators[0].MedianWordsPerMinute.Required, Is.EqualTo(2100).Within(1e-9));
        Assert.That(result.Annotators[1].MedianWordsPerMinute.Required, Is.EqualTo(200).Within(1e-9));
        Assert.That(result.TooFast.Required, Is.EqualTo(0.25).Within(1e-12));
        Assert.That(result.Annotators[0].TooFast.Required, Is.EqualTo(1));
        Assert.That(result.Annotators[0].RobustZ.Required, Is.LessThan(-3));
        Assert.That(result.TotalSeconds, Is.EqualTo(20 + (10 * (21 + 22 + 23))));
        Assert.That(result.TimeAndCorrectness.Statistic.Required, Is.GreaterThan(0.5));
    }

    [Test]
    public void Speed_without_words_or_people_is_undefined()
    {
        var result = ReadingSpeed.Analyze([new(0, 5), new(1, 7)]);
        Assert.That(result.TooFast.UndefinedReason, Does.Contain("number of words"));
        Assert.That(result.Annotators[0].RobustZ.UndefinedReason, Does.Contain("three annotators"));
        Assert.That(result.MedianSeconds.Required, Is.EqualTo(6));
        Assert.That(ReadingSpeed.Analyze([.. Enumerable.Range(1, 10).Select(i => new TimedJudgement(0, 60.0 / i, 1))]).MedianWordsPerMinute.ToString(),
            Is.EqualTo("5.5000 (95 % 2.0000 to 9.0000)"));
        Assert.That(ReadingSpeed.Analyze([]).MedianSeconds.IsDefined, Is.False);
    }

    [Test]
    public void A_time_of_nothing_is_counted_and_is_no_speed()
    {
        // 60 words in 30 s are 120 a minute; those in 0 s were not measured, nor is their annotator 1 among the timed ones.
        var result = ReadingSpeed.Analyze([new(0, 30, 60), new(0, 0, 60), new(1, 0, 60)]);
        Assert.That((result.MedianWordsPerMinute.Required, result.MedianSeconds.Required, result.TooFast.Required), Is.EqualTo((120.0, 30.0, 0.0)));
        Assert.That((result.NotMeasurable, result.Annotators.Single().Judgements), Is.EqualTo((2, 1)));
        Assert.That(ReadingSpeed.Analyze([new(0, 0, 60)]).MedianSeconds.UndefinedReason, Does.Contain("not measurable"));
        Assert.That(ReadingSpeed.WordsPerMinute(0, 60).UndefinedReason, Does.Contain("not measurable"));
    }

    [Test]
    public void Runs_of_heads_have_their_probability()
    {
        Assert.That(StraightLining.RunProbability(3, 2, 0.5), Is.EqualTo(3.0 / 8).Within(1e-15), "HHH, HHT, THH of eight");
        Assert.That(StraightLining.RunProbability(4, 2, 0.5), Is.EqualTo(8.0 / 16).Within(1e-15));
        Assert.That(StraightLining.RunProbability(5, 5, 0.1), Is.EqualTo(1e-5).Within(1e-17));
        Assert.That(StraightLining.RunProbability(2, 3, 0.9), Is.Zero);
        Assert.That(StraightLining.RunProbability(100, 1, 1), Is.EqualTo(1));
    }

    [Test]
    public void The_longest_run_is_found()
    {
        var result = StraightLining.Analyze([0, 1, 1, 1, 1, 0, 0, 1], [0.5, 0.5]);
        Assert.That((result.LongestRun, result.RunLabel, result.LargestShare.Required), Is.EqualTo((4, 1, 5.0 / 8)));
        Assert.That(result.LargestShare, Is.EqualTo(Proportion.Wilson(5, 8)));

        // 8 tosses hold four heads in a row in 48 of 256 cases.
        Assert.That(result.RunP.Required, Is.EqualTo(2 * 48.0 / 256).Within(1e-12));
        Assert.That(StraightLining.Analyze([], [0.5, 0.5]).RunP.IsDefined, Is.False);
    }

    [Test]
    public void The_notebooks_sides_are_even_and_PandaLMs_are_not()
    {
        var notebook = PositionBias.Analyze(18, 14);
        Assert.That(notebook.ExactP.Required, Is.EqualTo(0.5966).Within(5e-5));
        Assert.That(notebook.FirstShare.Low, Is.EqualTo(0.393).Within(5e-4));
        Assert.That(notebook.FirstShare.High, Is.EqualTo(0.718).Within(5e-4));
        var pandaLm = PositionBias.Analyze(1255, 1416);
        Assert.That(pandaLm.Z.Required, Is.EqualTo(-3.115).Within(5e-4));
        Assert.That(Distributions.NormalTwoSided(pandaLm.Z.Required), Is.EqualTo(0.0018).Within(5e-5));
        Assert.That(
            pandaLm.ExactP.Required, Is.EqualTo(0.00196).Within(5e-6), "the exact test is a little more careful than the normal one");
        Assert.That(PositionBias.Analyze(0, 0).ExactP.IsDefined, Is.False);
    }

    [Test]
    public void A_swapped_pair_should_keep_its_winner()
    {
        var result = SwapConsistency.Analyze(
        [
            new(0, 1, false, 0), new(0, 1, true, 0), // the same item both times
            new(0, 2, false, 0), new(0, 2, true, 1), // whatever stood first
            new(0, 3, false, 2), new(0, 3, true, 2), // a tie both times
            new(0, 4, false, 1), new(0, 4, true, 2), // neither
            new(0, 5, false, 1), new(1, 5, true, 1), // different people
        ]);
        Assert.That(result.BothOrders, Is.EqualTo(4));
        Assert.That(result.Consistent.Required, Is.EqualTo(0.5));
        Assert.That(result.FollowsFirst.Required, Is.EqualTo(0.25));
        Assert.That(result.FollowsSecond.Required, Is.Zero);
        Assert.That(SwapConsistency.Analyze([]).Consistent.IsDefined, Is.False);
    }

    [Test]
    public void MinHash_of_the_textbook()
    {
        // Mining of Massive Datasets, figure 3.4: h1 = x + 1 mod 5, h2 = 3x + 1 mod 5.
        ulong[][] sets = [[0, 3], [2], [1, 3, 4], [0, 2, 3]];
        Func<ulong, ulong>[] hashes = [x => (x + 1) % 5, x => ((3 * x) + 1) % 5];
        Assert.That(sets.Select(s => MinHash.Signature(s, hashes)), Is.EqualTo(new ulong[][] { [1, 0], [3, 2], [0, 0], [1, 0] }));
        Assert.That(Shingles.Jaccard(sets[0].ToHashSet(), sets[3].ToHashSet()).Required, Is.EqualTo(2.0 / 3).Within(1e-15));
        Assert.That(Shingles.Jaccard(sets[0].ToHashSet(), sets[2].ToHashSet()).Required, Is.EqualTo(0.25).Within(1e-15));
        Assert.That(Shingles.Jaccard(new HashSet<int>(), new HashSet<int>()).IsDefined, Is.False);
    }

    [Test]
    public void MinHash_estimates_Jaccard()
    {
        // 0..299 and 100..399 share 200 of 400.
        var (a, b) = (Enumerable.Range(0, 300).Select(x => (ulong)x), Enumerable.Range(100, 300).Select(x => (ulong)x));
        var estimate = MinHash.Similarity(MinHash.Signature(a, 1024), MinHash.Signature(b, 1024));
        Assert.That(estimate.Required, Is.EqualTo(0.5).Within(0.06));
    }

    [Test]
    public void Exact_duplicates_differ_in_white_space_only()
    {
        var groups = Duplicates.Exact(["caf\u00e9  au lait", "tea", "caf\u00e9 au\nlait ", "Tea", "tea "]);
        Assert.That(groups, Is.EqualTo(new[] { new[] { 0, 2 }, [1, 4] }));
    }

    [Test]
    public void Exact_duplicates_may_be_composed_differently_with_or_without_ICU()
    {
        // UAX 15: e + acute; Angstrom sign; two marks in the other order; Hangul han of three letters; a composition exclusion.
        string[] texts =
        [
            "caf\u00e9", "cafe\u0301", "\u212b", "\u00c5", "q\u0307\u0323", "q\u0323\u0307", "\ud55c", "\u1112\u1161\u11ab", "\u0958", "\u0915\u093c", "e", "\u0301",
        ];
        Assert.That(Duplicates.Exact(texts), Is.EqualTo(new[] { new[] { 0, 1 }, [2, 3], [4, 5], [6, 7], [8, 9] }));
        Assert.That(Shingles.Fold("\u0958"), Is.EqualTo("\u0915\u093c"), "what is excluded stays apart");
    }

    [Test]
    public void A_text_is_called_composed_only_if_composing_does_not_change_it()
    {
        int[] points = [0x61, 0x65, 0x301, 0x327, 0x323, 0xC5, 0x212B, 0x958, 0x915, 0x93C, 0xD55C, 0xD558, 0x1112, 0x1161, 0x11AB, 0x4E00, 0x1F642, 0x1D15E, 0x110B9, 0x110BA, 0x2014];
        Gen.Int[0, points.Length - 1].Array[0, 8].Sample(chosen =>
        {
            var text = string.Concat(chosen.Select(one => char.ConvertFromUtf32(points[one])));
            var whole = string.Concat(
                UnicodeForms.Compose(UnicodeForms.Decompose(text, compatibility: false)).Select(one => one.Rune.ToString()));
            return UnicodeForms.Composed(text) == whole && UnicodeForms.Composed(whole) == whole;
        }, iter: 20_000);
    }

    [Test]
    public void Near_duplicates_are_found_and_others_are_not()
    {
        var words = Enumerable.Range(0, 120).Select(i => $"w{i}").ToArray();
        var changed = words.ToArray();
        changed[60] = "other"; // 5 of 116 shingles differ on each side: 111 / 121.
        var texts = new[] { string.Join(' ', words), string.Join(' ', words.Reverse()), string.Join("  ", changed), "", "short one" };
        var found = Duplicates.Near(texts);
        Assert.That(found, Has.Count.EqualTo(1));
        Assert.That((found[0].First, found[0].Second), Is.EqualTo((0, 2)));
        Assert.That(found[0].Similarity, Is.EqualTo(111.0 / 121).Within(1e-12));
    }

    [Test]
    public void Groups_hold_texts_that_are_alike_over_others()
    {
        // Each differs from the one before by one word of 120, 111 / 121; first and third by two far apart, 106 / 126 = 0.841.
        var words = Enumerable.Range(0, 120).Select(i => $"w{i}").ToArray();
        string Changed(params int[] places) => string.Join(' ', words.Select((word, i) => places.Contains(i) ? "other" : word));
        var found = Duplicates.NearGroups([Changed(), "something else", Changed(30), Changed(30, 90), "something  else"]);
        Assert.That(found.Select(group => group.Members), Is.EqualTo(new[] { new[] { 0, 2, 3 }, [1, 4] }));
        Assert.That(found.Select(group => group.Similarity), Is.EqualTo(new[] { 111.0 / 121, 1 }).Within(1e-12));
    }

    [Test]
    public void Ten_thousand_texts_that_are_all_alike_are_one_group_soon()
    {
        // 29 of 30 words are shared, the last differs: 25 of 27 shingles.
        var start = string.Join(' ', Enumerable.Range(0, 29).Select(i => $"w{i}"));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var found = Duplicates.NearGroups(
            [.. Enumerable.Range(0, 10_000).Select(i => $"{start} x{i}")], new() { Permutations = 64, BandRows = 4 });
        Assert.That(found.Single().Members, Has.Count.EqualTo(10_000));
        Assert.That(found[0].Similarity, Is.EqualTo(25.0 / 27).Within(1e-12));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)), "every pair would be fifty million comparisons");
    }
}
