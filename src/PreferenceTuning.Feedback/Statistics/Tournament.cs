namespace PreferenceTuning.Feedback.Statistics;

/// <summary>How far a set of preferences is from a ranking.</summary>
/// <param name="CircularTriads">Number of triples in which A beats B, B beats C and C beats A.</param>
/// <param name="Largest">Largest possible number for so many items.</param>
/// <param name="Consistency">Kendall's zeta: 1 for a ranking, 0 for as many circles as possible; undefined below three items.</param>
/// <param name="Wins">Number of items that each item beats.</param>
/// <param name="Components">Groups of items that beat each other in circles; all of size 1 for a ranking.</param>
public sealed record TournamentResult(
    double CircularTriads, double Largest, Statistic Consistency, IReadOnlyList<int> Wins, IReadOnlyList<IReadOnlyList<int>> Components);

/// <summary>
/// Circular triads in a complete tournament, <c>d = n(n-1)(2n-1)/12 - ½ Σ a_i²</c>, and <c>ζ = 1 - 24 d / (n³ - n)</c> for odd n,
/// <c>1 - 24 d / (n³ - 4n)</c> for even n. Kendall and Babington Smith 1940, Biometrika 31.
/// </summary>
public static class Tournament
{
    /// <summary>Circular triads of a complete tournament.</summary>
    /// <param name="beats">[n, n]: whether the row beats the column; exactly one direction for each pair.</param>
    /// <exception cref="ArgumentException">A pair has no winner or two: use <see cref="StrongComponents"/> for incomplete data.</exception>
    public static TournamentResult Analyze(bool[,] beats)
    {
        Check.Square(beats, nameof(beats));
        var n = beats.GetLength(0);
        var (wins, edges) = (new int[n], new List<(int, int)>());
        for (var i = 0; i < n; i++)
        {
            for (var j = i + 1; j < n; j++)
            {
                if (beats[i, j] == beats[j, i])
                {
                    throw new ArgumentException(
                        $"Items {i} and {j} need exactly one winner; a tournament is complete and without ties.", nameof(beats));
                }

                var (winner, loser) = beats[i, j] ? (i, j) : (j, i);
                wins[winner]++;
                edges.Add((winner, loser));
            }
        }

        double size = n;
        var triads = (size * (size - 1) * ((2 * size) - 1) / 12) - (wins.Sum(w => (double)w * w) / 2);
        var largest = n % 2 == 1 ? ((size * size * size) - size) / 24 : ((size * size * size) - (4 * size)) / 24;
        var consistency = n < 3 ? Statistic.Undefined("circles need at least three items") : Statistic.Of(1 - (triads / largest));
        return new(triads, largest, consistency, wins, StrongComponents.Find(n, edges));
    }
}
