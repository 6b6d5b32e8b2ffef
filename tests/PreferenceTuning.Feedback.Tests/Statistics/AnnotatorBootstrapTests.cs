using NUnit.Framework;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Tests.Statistics;

public sealed class AnnotatorBootstrapTests
{
    private static readonly double[] Accuracies = [0.95, 0.8, 0.65];

    // Three annotators of known accuracy answer 200 items; 20 such experiments, 60 intervals of 90 %: 54 are expected to hold the
    // truth, with a standard deviation of 2.3.
    [Test]
    public void Intervals_of_Dawid_and_Skene_hold_the_true_accuracy_as_often_as_they_say()
    {
        var held = 0;
        for (var experiment = 0; experiment < 20; experiment++)
        {
            var intervals = AnnotatorBootstrap.Percentile(
                Answers(200, seed: experiment), OneCoin, new BootstrapOptions { Resamples = 60, Confidence = 0.9, Seed = experiment });
            held += intervals.Where((interval, annotator) => interval.Low <= Accuracies[annotator] && Accuracies[annotator] <= interval.High).Count();
        }

        Assert.That(held, Is.InRange(45, 59));
    }

    [Test]
    public void The_estimate_is_the_fit_of_the_whole_and_the_same_seed_gives_the_same_interval()
    {
        var answers = Answers(60, seed: 1);
        var options = new BootstrapOptions { Resamples = 20, Seed = 5 };
        var (first, second) = (AnnotatorBootstrap.Percentile(answers, Competence, options), AnnotatorBootstrap.Percentile(answers, Competence, options));
        Assert.That(first.Select(one => one.Required), Is.EqualTo(Competence(answers)));
        Assert.That(first, Is.EqualTo(second));
        Assert.That(first.All(one => one.Low < one.High && one.Confidence == 0.95));
    }

    [Test]
    public void Who_answered_nothing_or_next_to_nothing_has_no_interval()
    {
        // Annotator 1 answers one item of ten, which is missing from 0.9^10 = 35 % of the resamples; annotator 2 none.
        int[] items = [.. Enumerable.Range(0, 10), 0], annotators = [.. Enumerable.Repeat(0, 10), 1], labels = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0];
        var answers = new LabelTable(items, annotators, labels, itemCount: 10, annotatorCount: 3, labelCount: 2);
        var intervals = AnnotatorBootstrap.Percentile(answers, OneCoin, new BootstrapOptions { Resamples = 200 });
        Assert.That(intervals[0].IsDefined);
        Assert.That(intervals[1].UndefinedReason, Does.Contain("of 200 resamples"));
        Assert.That(intervals[2].UndefinedReason, Is.EqualTo("this annotator answered nothing"));
    }

    [Test]
    public void A_fit_with_another_number_of_annotators_is_refused() =>
        Assert.That(() => AnnotatorBootstrap.Percentile(Answers(5, 1), _ => [1.0], new()), Throws.ArgumentException.With.Message.Contains("1 numbers for 3 annotators"));

    private static IReadOnlyList<double> OneCoin(LabelTable answers)
    {
        var fit = DawidSkene.FitOneCoin(answers);
        return [.. Enumerable.Range(0, answers.AnnotatorCount).Select(fit.Accuracy)];
    }

    private static IReadOnlyList<double> Competence(LabelTable answers) => Mace.Fit(answers, new MaceOptions { Starts = 1 }).Competence;

    private static LabelTable Answers(int count, long seed)
    {
        var random = new RandomNumbers(seed);
        var (items, annotators, labels) = (new List<int>(), new List<int>(), new List<int>());
        for (var item = 0; item < count; item++)
        {
            var truth = random.Next(2);
            for (var annotator = 0; annotator < Accuracies.Length; annotator++)
            {
                items.Add(item);
                annotators.Add(annotator);
                labels.Add(random.NextDouble() < Accuracies[annotator] ? truth : 1 - truth);
            }
        }

        return new LabelTable([.. items], [.. annotators], [.. labels], count, Accuracies.Length, 2);
    }
}
