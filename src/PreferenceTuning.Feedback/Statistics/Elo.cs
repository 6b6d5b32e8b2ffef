namespace PreferenceTuning.Feedback.Statistics;

/// <summary>One game.</summary>
/// <param name="First">A player.</param>
/// <param name="Second">The other.</param>
/// <param name="Score">Score of the first: 1 win, 0.5 draw, 0 loss.</param>
public readonly record struct EloGame(int First, int Second, double Score);

/// <summary>One update.</summary>
/// <param name="Expected">Expected score of the first before the game.</param>
/// <param name="First">New rating of the first.</param>
/// <param name="Second">New rating of the second.</param>
public readonly record struct EloUpdate(double Expected, double First, double Second);

/// <summary>The constants of Elo's rating (Elo 1978, The Rating of Chessplayers).</summary>
public sealed record EloOptions
{
    /// <summary>Rating before the first game; 1500 points.</summary>
    public double Start { get; init; } = 1500;

    /// <summary>Largest change per game; 32 points.</summary>
    public double K { get; init; } = 32;

    /// <summary>Points that make ten to one odds; 400.</summary>
    public double Scale { get; init; } = 400;
}

/// <summary>
/// Elo ratings: <c>E = 1 / (1 + 10^((R_b - R_a) / 400))</c>, <c>R += K (S - E)</c>, both players from the ratings before the game, so
/// that points are conserved. The result depends on the order of the games: use <see cref="Shuffled"/>, or better
/// <see cref="BradleyTerry"/>, for judgements that have no order.
/// </summary>
public static class Elo
{
    /// <summary>Expected score of a player.</summary>
    public static double Expected(double rating, double opponent, double scale = 400) =>
        1 / (1 + Math.Pow(10, (opponent - rating) / scale));

    /// <summary>Ratings after the games in the given order, and every update on the way.</summary>
    /// <param name="players">Number of players.</param>
    /// <param name="games">The games.</param>
    /// <param name="options">Constants; null for the usual ones.</param>
    public static (double[] Ratings, IReadOnlyList<EloUpdate> Updates) Run(
        int players, IReadOnlyList<EloGame> games, EloOptions? options = null)
    {
        var chosen = options ?? new();
        var ratings = Enumerable.Repeat(chosen.Start, players).ToArray();
        var updates = new EloUpdate[games.Count];
        for (var g = 0; g < games.Count; g++)
        {
            updates[g] = Play(ratings, games[g], chosen, g);
        }

        return (ratings, updates);
    }

    /// <summary>
    /// Mean rating over random orders of the games; the interval holds the middle share of the orders, not sampling error.
    /// </summary>
    /// <param name="players">Number of players.</param>
    /// <param name="games">The games.</param>
    /// <param name="orders">Number of random orders, at least 2.</param>
    /// <param name="seed">Seed of <see cref="RandomNumbers"/>.</param>
    /// <param name="options">Constants; null for the usual ones.</param>
    /// <param name="confidence">The middle share, 0.95.</param>
    public static IReadOnlyList<Statistic> Shuffled(
        int players, IReadOnlyList<EloGame> games, int orders, long seed, EloOptions? options = null, double confidence = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(orders, 2);
        var (random, shuffled) = (new RandomNumbers(seed), games.ToArray());
        var ratings = new double[players][];
        for (var p = 0; p < players; p++)
        {
            ratings[p] = new double[orders];
        }

        for (var order = 0; order < orders; order++)
        {
            random.Shuffle<EloGame>(shuffled);
            var (final, _) = Run(players, shuffled, options);
            for (var p = 0; p < players; p++)
            {
                ratings[p][order] = final[p];
            }
        }

        var tail = (1 - Check.Confidence(confidence)) / 2;
        return [.. ratings.Select(r => Statistic.WithInterval(
            r.Average(), Quantiles.Of(r, tail), Quantiles.Of(r, 1 - tail), confidence, "spread over orders of the games"))];
    }

    private static EloUpdate Play(double[] ratings, EloGame game, EloOptions options, int position)
    {
        Check.Index(game.First, ratings.Length, "games", position);
        Check.Index(game.Second, ratings.Length, "games", position);
        if (game.First == game.Second || !(game.Score is >= 0 and <= 1))
        {
            throw new ArgumentException(
                $"Game {position} is {game}; two different players and a score from 0 to 1 are needed.", nameof(game));
        }

        var expected = Expected(ratings[game.First], ratings[game.Second], options.Scale);
        var gain = options.K * (game.Score - expected);
        ratings[game.First] += gain;
        ratings[game.Second] -= gain;
        return new(expected, ratings[game.First], ratings[game.Second]);
    }
}
