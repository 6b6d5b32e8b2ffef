using NUnit.Framework;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Tests.Statistics;

/// <summary>Worked examples of the strength models.</summary>
[TestFixture]
public sealed class PublishedStrengthTests
{
    [Test]
    public void Bradley_Terry_of_statistics_journals()
    {
        // Agresti's citation data: the row is cited by the column and so beats it; the diagonal does not count.
        var fit = BradleyTerry.Fit(PairwiseCounts.FromMatrices(new double[,]
        {
            { 714, 730, 498, 221 }, { 33, 425, 68, 17 }, { 320, 813, 1072, 142 }, { 284, 276, 325, 188 },
        }));
        double[] published = [0, -2.9491, -0.4796, 0.2690];
        for (var i = 0; i < 4; i++)
        {
            Assert.That(fit.Difference(i, 0).Required, Is.EqualTo(published[i]).Within(5e-5));
        }
    }

    [Test]
    public void Bradley_Terry_of_the_American_League_East_1987()
    {
        var fit = BradleyTerry.Fit(PairwiseCounts.FromMatrices(new double[,]
        {
            { 0, 7, 9, 7, 7, 9, 11 }, { 6, 0, 7, 5, 11, 9, 9 }, { 4, 6, 0, 7, 7, 8, 12 }, { 6, 8, 6, 0, 6, 7, 10 },
            { 6, 2, 6, 7, 0, 7, 12 }, { 4, 4, 5, 6, 6, 0, 6 }, { 2, 4, 1, 3, 1, 7, 0 },
        }));
        double[] published = [1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0];
        for (var i = 0; i < 7; i++)
        {
            Assert.That(fit.Difference(i, 6).Required, Is.EqualTo(published[i]).Within(5e-5));
        }
    }

    [Test]
    public void Bradley_Terry_of_the_choix_example()
    {
        // Items 0 and 1 meet twice (2 to 0), 1 beats 2, 2 beats 0.
        var fit = BradleyTerry.Fit(PairwiseCounts.FromComparisons(3, [(0, 1), (0, 1), (1, 2), (2, 0)]));
        Assert.That(fit.LogAbilities[0], Is.EqualTo(0.419618).Within(1e-6));
        Assert.That(fit.LogAbilities[1], Is.EqualTo(-0.419618).Within(1e-6));
        Assert.That(fit.LogAbilities[2], Is.EqualTo(0).Within(1e-9));
    }

    [Test]
    public void Davidson_1970_puddings()
    {
        (int A, int B)[] pairs =
            [(1, 2), (1, 3), (2, 3), (1, 4), (2, 4), (3, 4), (1, 5), (2, 5), (3, 5), (4, 5), (1, 6), (2, 6), (3, 6), (4, 6), (5, 6)];
        int[] wins = [19, 16, 19, 18, 23, 19, 13, 16, 16, 17, 18, 22, 13, 14, 11];
        int[] losses = [22, 19, 19, 23, 19, 20, 19, 20, 15, 14, 21, 20, 18, 19, 21];
        int[] ties = [16, 12, 10, 13, 9, 15, 18, 12, 17, 16, 12, 12, 10, 18, 12];
        var (won, tied) = (new double[6, 6], new double[6, 6]);
        for (var i = 0; i < pairs.Length; i++)
        {
            var (a, b) = (pairs[i].A - 1, pairs[i].B - 1);
            (won[a, b], won[b, a]) = (wins[i], losses[i]);
            tied[a, b] = tied[b, a] = ties[i];
        }

        var fit = TieModels.Davidson(PairwiseCounts.FromMatrices(won, tied));
        Assert.That(
            fit.Abilities.Select(p => Math.Round(p, 5)), Is.EqualTo(new[] { 0.13880, 0.17300, 0.16175, 0.16537, 0.15869, 0.20239 }));
        Assert.That(fit.TieParameter.Required, Is.EqualTo(0.74682).Within(5e-6));
    }

    [Test]
    public void Plackett_Luce_of_the_choix_example()
    {
        int[][] rankings = [[0, 1, 2], [3, 2, 0], [1, 3]];
        var fit = PlackettLuce.FitRankings(4, rankings);
        double[] published = [-0.44328, 0.69506, -0.67061, 0.41883];
        for (var i = 0; i < 4; i++)
        {
            Assert.That(fit.LogAbilities[i], Is.EqualTo(published[i]).Within(1e-4));
        }
    }

    [Test]
    public void Elo_of_the_Wikipedia_tournament()
    {
        // Opponents 1609 loss, 1477 draw, 1388 win, 1586 win, 1720 loss against 1613, rated as one tournament: K (S - Σ E).
        double[] opponents = [1609, 1477, 1388, 1586, 1720];
        double[] rounded = [0.506, 0.686, 0.785, 0.539, 0.351];
        var expected = opponents.Select(r => Elo.Expected(1613, r)).ToArray();
        Assert.That(expected.Select(e => Math.Round(e, 3)), Is.EqualTo(rounded));
        Assert.That(1613 + (32 * (2.5 - expected.Sum())), Is.EqualTo(1601.27).Within(5e-3));
    }

    [Test]
    public void The_Elo_of_the_notebook_is_not_reproduced()
    {
        // That code used K as the 400 scale and updated the second player from the first one's new rating: its points do not add up.
        var (ratings, _) = Elo.Run(4, [new(1, 0, 1), new(3, 0, 1), new(1, 2, 1)]);
        Assert.That(ratings.Sum(), Is.EqualTo(4 * 1500).Within(1e-9));
        Assert.That(ratings[1], Is.EqualTo(1500 + 16 + (32 * (1 - (1 / (1 + Math.Pow(10, -16.0 / 400)))))).Within(1e-9));
    }

    [TestCase(new[] { 0, 1, 1, 2, 2, 0 }, 3, 1, 0)]
    [TestCase(new[] { 0, 1, 0, 2, 1, 2 }, 3, 0, 1)]
    [TestCase(new[] { 0, 1, 1, 2, 2, 0, 0, 3, 3, 1, 3, 2 }, 4, 2, 0)]
    public void Circular_triads_of_small_tournaments(int[] beats, int n, double triads, double zeta)
    {
        var matrix = new bool[n, n];
        for (var i = 0; i < beats.Length; i += 2)
        {
            matrix[beats[i], beats[i + 1]] = true;
        }

        var result = Tournament.Analyze(matrix);
        Assert.That(result.CircularTriads, Is.EqualTo(triads).Within(1e-12));
        Assert.That(result.Consistency.Required, Is.EqualTo(zeta).Within(1e-12));
        Assert.That(result.Components, Has.Count.EqualTo(triads > 0 ? 1 : n));
    }
}
