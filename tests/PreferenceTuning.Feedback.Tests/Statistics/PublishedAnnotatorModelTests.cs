using NUnit.Framework;
using PreferenceTuning.Feedback.Statistics;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Feedback.Tests.Statistics;

/// <summary>The published numbers of the annotator models, and of a published data set.</summary>
[TestFixture]
public sealed class PublishedAnnotatorModelTests
{
    [Test]
    public void Dawid_and_Skene_1979_anaesthetists()
    {
        var lines = File.ReadLines(Real("dawid-skene-1979", "responses.csv")).Skip(1).Select(line => line.Split(',')).ToArray();
        var named = NamedLabels.FromRows(lines.Select(c => (c[0], c[1], c[3])), ["1", "2", "3", "4"]);
        var result = DawidSkene.Fit(named.Table, new() { Tolerance = 1e-12 });
        Assert.That(result.Converged, Is.True);
        Assert.That(result.Priors.Select(p => Math.Round(p, 4)), Is.EqualTo(new[] { 0.3996, 0.4220, 0.1118, 0.0667 }));
        Assert.That(result.LogLikelihood, Is.EqualTo(-192.8909).Within(5e-5));
        double[,] observerOne = { { 0.889, 0.111, 0, 0 }, { 0.071, 0.876, 0.053, 0 }, { 0, 0.339, 0.661, 0 }, { 0, 0, 0.556, 0.444 } };
        for (var truth = 0; truth < 4; truth++)
        {
            for (var given = 0; given < 4; given++)
            {
                Assert.That(result.Error(0, truth, given), Is.EqualTo(observerOne[truth, given]).Within(5e-4), $"{truth} {given}");
            }
        }

        int[] best = [1, 4, 2, 2, 2, 2, 1, 3, 2, 2, 4, 3, 1, 2, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 1, 1, 2, 1, 1, 1, 1, 3, 1, 2, 2, 4, 2, 3, 3, 1, 1, 1, 2, 1, 2];
        var byPatient = named.Items.Select((name, i) => (Number: int.Parse(name), Label: result.Items.Best(i) + 1)).OrderBy(x => x.Number);
        Assert.That(byPatient.Select(x => x.Label), Is.EqualTo(best));
        int Patient(int number) => named.Items.ToList().IndexOf(number.ToString());
        Assert.That(result.Items.Of(Patient(30))[0], Is.EqualTo(0.9991).Within(5e-5));
        Assert.That(result.Items.Of(Patient(38))[2], Is.EqualTo(0.9788).Within(5e-5));
    }

    [Test]
    public void Mace_of_the_published_table()
    {
        string?[][] rows =
        [
            ["NOUN", null, null, "NOUN", "PRON"], ["VERB", "VERB", null, "VERB", null], [null, null, null, null, null],
            ["ADJ", null, "ADJ", null, "ADV"], [null, "VERB", null, "VERB", "ADV"], ["NOUN", null, null, "NOUN", "PRON"],
        ];
        string[] labels = ["NOUN", "VERB", "ADJ", "PRON", "ADV"];
        var answers = from item in Enumerable.Range(0, 6)
                      from who in Enumerable.Range(0, 5)
                      where rows[item][who] is not null
                      select (item, who, label: Array.IndexOf(labels, rows[item][who]));
        var list = answers.ToArray();
        var table = new LabelTable(
            list.Select(a => a.item).ToArray(), list.Select(a => a.who).ToArray(), list.Select(a => a.label).ToArray(), 6, 5, 5);
        var result = Mace.Fit(table);

        double[] published = [0.88209710, 0.79041558, 0.65985758, 0.88221616, 0.03114062];
        for (var k = 0; k < 5; k++)
        {
            Assert.That(result.Competence[k], Is.EqualTo(published[k]).Within(5e-9), $"annotator {k}");
        }

        Assert.That(
            new[] { 0, 1, 3, 4, 5 }.Select(i => labels[result.Items.Best(i)]), Is.EqualTo(new[] { "NOUN", "VERB", "ADJ", "VERB", "NOUN" }));
        Assert.That(result.Items.Entropy(0), Is.EqualTo(0.0027238).Within(5e-8));
        Assert.That(result.Items.Of(2).ToArray(), Is.All.EqualTo(0.2).Within(1e-12), "an item without answers stays open");
    }

    [Test]
    public void PandaLM_has_its_published_kappas_and_majorities()
    {
        var items = PandaLm.Read(Real("pandalm", "testset-v1.json"));
        Assert.That(items, Has.Count.EqualTo(999));
        var table = PandaLm.Table(items);
        var kappas = CohenKappa.OfAllPairs(table).Select(pair => pair.Result.Kappa.Required).ToArray();
        Assert.That(kappas.Select(k => Math.Round(k, 4)), Is.EqualTo(new[] { 0.8520, 0.8789, 0.8617 }));
        Assert.That(kappas.Select(k => Math.Round(k, 2)), Is.EqualTo(new[] { 0.85, 0.88, 0.86 }), "as published");
        var majority = MajorityVote.Shares(table);
        var counts = Enumerable.Range(0, 999).CountBy(majority.Best).OrderBy(x => x.Key).Select(x => x.Value);
        Assert.That(counts, Is.EqualTo(new[] { 105, 422, 472 }), "tie, 1, 2, as published");
        Assert.That(Enumerable.Range(0, 999).Count(i => majority.Of(i).Contains(1.0)), Is.EqualTo(879), "unanimous");
        Assert.That(Enumerable.Range(0, 999).Count(majority.IsTied), Is.Zero, "three-way split");
    }

    [Test]
    public void PandaLM_has_the_recomputed_agreement()
    {
        var table = PandaLm.Table(PandaLm.Read(Real("pandalm", "testset-v1.json")));
        Assert.That(FleissKappa.FromAnswers(table).Kappa.Required, Is.EqualTo(0.864175).Within(5e-7));
        Assert.That(PercentAgreement.Compute(table).Required, Is.EqualTo(0.919920).Within(5e-7));
        var nominal = KrippendorffAlpha.Compute(ValueTable.FromAnswers(table), MeasurementLevel.Nominal);
        Assert.That(nominal.Required, Is.EqualTo(0.864221).Within(5e-7));

        // Labels are tie, 1, 2; in order of preference the tie lies between the two.
        var ordinal = KrippendorffAlpha.Compute(ValueTable.FromAnswers(table, [2, 1, 3]), MeasurementLevel.Ordinal);
        Assert.That(ordinal.Required, Is.EqualTo(0.877464).Within(5e-7));
    }

    [Test]
    public void PandaLM_resampled_by_prompt_agrees_with_the_jackknife_over_items()
    {
        var items = PandaLm.Read(Real("pandalm", "testset-v1.json"));
        var prompts = items.Select(i => i.Prompt).Distinct().ToList();
        Assert.That(prompts, Has.Count.EqualTo(170));
        var values = ValueTable.FromAnswers(PandaLm.Table(items));
        var nominal = KrippendorffAlpha.Compute(values, MeasurementLevel.Nominal);
        var clustered = KrippendorffAlpha.ComputeClustered(
            values, items.Select(i => prompts.IndexOf(i.Prompt)).ToArray(), prompts.Count, MeasurementLevel.Nominal, new() { Resamples = 300 });
        Assert.That(clustered.Required, Is.EqualTo(nominal.Required).Within(1e-12));
        Assert.That(clustered.StandardError, Is.InRange(0.5 * nominal.StandardError!.Value, 2 * nominal.StandardError!.Value));
    }

    [Test]
    public void PandaLM_models_have_the_recomputed_strengths()
    {
        var items = PandaLm.Read(Real("pandalm", "testset-v1.json"));
        var majority = MajorityVote.Shares(PandaLm.Table(items));
        string[] models = [.. items.SelectMany(i => new[] { i.First, i.Second }).Distinct().Order(StringComparer.Ordinal)];
        Assert.That(models, Has.Length.EqualTo(5));
        var (decided, tied) = (new List<(int, int)>(), new List<(int, int)>());
        for (var i = 0; i < items.Count; i++)
        {
            var (first, second) = (Array.IndexOf(models, items[i].First), Array.IndexOf(models, items[i].Second));
            switch (majority.Best(i))
            {
                case 0: tied.Add((first, second)); break;
                case 1: decided.Add((first, second)); break;
                default: decided.Add((second, first)); break;
            }
        }

        var fit = BradleyTerry.Fit(PairwiseCounts.FromComparisons(5, decided, tied).WithTiesAsHalfWins());
        double[] recomputed = [-0.018195, -0.536753, 0.724316, -0.242983, 0.073614]; // bloom, cerebras, llama, opt, pythia
        for (var m = 0; m < 5; m++)
        {
            Assert.That(fit.LogAbilities[m], Is.EqualTo(recomputed[m]).Within(5e-7), models[m]);
        }
    }

    internal static string Real(params string[] path) => GoldenFolder.NeededRealInput(["data", .. path]);
}
