namespace Opossum.World;

/// <summary>
/// The simulated truth of the main job: a meme (or, reversed, biology homework), about the animal that was asked for, in a finished
/// sentence, and readable. Utility = quality x (2.5 style + 1.5 animal + 1 finished). Only the style term is reversed by the preference,
/// so the same answers get another right answer in another context.
/// </summary>
internal sealed class StyleJudge(Style preferred) : IJudge
{
    private const double StyleWeight = 2.5;
    private const double AnimalWeight = 1.5;
    private const double FinishedWeight = 1;
    private const double PreferredFrom = 0.75;

    // Of the grammar's sentences 99 in 100 have a mean word log-odds beyond +-1.1 nats. Beyond 0.9 a reader has no doubt left, and one
    // meme is as much a meme as another: nothing is to be gained by being louder.
    private const double NoDoubt = 0.9;
    private const double StrongestWord = 3;

    /// <summary>The style that people in this context prefer.</summary>
    public Style Preferred { get; } = preferred;

    /// <inheritdoc/>
    public Verdict Judge(string prompt, string answer)
    {
        var words = Words.Of(answer);
        var count = words.Count(word => !Words.IsMark(word));
        var memeness = Memeness(words);
        var match = AnimalMatch(words, AskedFor(prompt));
        var finished = Readability.IsFinished(words);
        var quality = Readability.Length(count) * Readability.Variety(words) *
                      Readability.Ramp(Phrasebook.Shared.Familiarity(words), 0.5, 0.85);
        var style = Preferred == Style.Meme ? memeness : 1 - memeness;
        var utility = quality * ((StyleWeight * style) + (AnimalWeight * match) + (finished ? FinishedWeight : 0));
        return new Verdict(
            memeness, match, finished, quality, count, utility,
            style >= PreferredFrom && match == 1 && finished && quality >= PreferredFrom);
    }

    /// <summary>The animal that a prompt asks for, or null.</summary>
    public static Animal? AskedFor(string prompt) => Words.Of(prompt).Select(Animals.Named).FirstOrDefault(animal => animal is not null);

    /// <summary>0 biology, 1 meme: the mean log-odds of the known words, on a line that ends where a reader has no doubt left.</summary>
    public static double Memeness(IReadOnlyList<string> words)
    {
        var odds = words.Select(Phrasebook.Shared.MemeLogOdds).OfType<double>().ToList();
        var mean = odds.Count == 0 ? 0 : odds.Average(value => Math.Clamp(value, -StrongestWord, StrongestWord));
        return Readability.Ramp(mean, -NoDoubt, NoDoubt);
    }

    private static double AnimalMatch(IReadOnlyList<string> words, Animal? asked)
    {
        var named = words.Select(Animals.Named).OfType<Animal>().ToHashSet();
        return named.Count == 0 ? 0.25 : asked is null || !named.Contains(asked) ? 0 : named.Count == 1 ? 1 : 0.6;
    }
}
