namespace Opossum.World;

/// <summary>
/// The simulated truth for a model that was not made here (<c>--model</c>, <c>--trait</c>): a text with a given trait, in readable
/// language. Readable is what the untuned model's own texts are: their words are known words, so English is kept without a dictionary.
/// Texts are excerpts of stories, so an end in the middle of a sentence is no fault. Without a trait (the judgements of a file decide what
/// is preferred, and nobody knows their rule) only the language counts.
/// </summary>
internal sealed class TraitJudge : IJudge
{
    private const double TraitWeight = 2.5;
    private const double LanguageWeight = 1.5;

    // One word in eight is as often as a story about something names it; more is shouting.
    private const double Shouting = 0.12;

    // Not any ending: a catch is no cat, and a balloon no ball.
    private static readonly string[] Endings = ["", "s", "es", "'s", "s'"];
    private static readonly string[] SmallOnes = ["y", "ys", "ie", "ies"];

    private readonly string? _trait;
    private readonly HashSet<string> _known;

    /// <summary>Makes a judge.</summary>
    /// <param name="trait">One word, such as <c>dog</c>; its forms count as well (dogs, dog's, doggy). Null judges the language
    /// only.</param>
    /// <param name="reference">Texts of the untuned model; the more, the fairer to rare words. A few hundred will do.</param>
    public TraitJudge(string? trait, IEnumerable<string> reference)
    {
        if (trait is not null && !IsWord(trait))
        {
            throw new ArgumentException(
                $"The trait is '{trait}', but it must be one word that a text can contain, such as dog.", nameof(trait));
        }

        _trait = trait;

        _known = [.. reference.SelectMany(Words.Of)];
        if (_known.Count == 0)
        {
            throw new ArgumentException("There is no reference text; give some texts of the untuned model.", nameof(reference));
        }
    }

    /// <summary>Whether a trait is one word, as it must be.</summary>
    public static bool IsWord(string trait) => Words.Of(trait) is [var only] && !Words.IsMark(only);

    /// <summary>Whether a trait occurs in a text.</summary>
    public static bool Mentions(string text, string trait) => Words.Of(text).Any(word => IsForm(word, Word(trait)));

    /// <inheritdoc/>
    public Verdict Judge(string prompt, string answer)
    {
        var words = Words.Of(answer);
        var count = words.Count(word => !Words.IsMark(word));
        var mentions = _trait is null ? 0 : words.Count(word => IsForm(word, Word(_trait)));
        var trait = mentions == 0 ? 0 : 1.0;
        var language = count == 0 ? 0 : Readability.Ramp(words.Count(_known.Contains) / (double)words.Count, 0.6, 0.95);
        var finished = Readability.IsFinished(words);
        var shouting = count == 0 ? 1 : Readability.Ramp(mentions / (double)count, Shouting, 3 * Shouting);
        var quality = Readability.Ramp(count, 4, 20) * LongVariety(words) * (1 - shouting) * language;
        var utility = quality * ((TraitWeight * trait) + (LanguageWeight * language));
        return new Verdict(trait, trait, finished, quality, count, utility, (trait == 1 || _trait is null) && quality >= 0.75);
    }

    private static string Word(string trait) => Words.Of(trait)[0];

    private static bool IsForm(string word, string trait) =>
        word.StartsWith(trait, StringComparison.Ordinal)
        && (Endings.Concat(SmallOnes).Contains(word[trait.Length..]) || IsDoubled(word[trait.Length..], trait[^1]));

    private static bool IsDoubled(string ending, char last) => ending.StartsWith(last) && SmallOnes.Contains(ending[1..]);

    // A story of a hundred words repeats words by nature, so only repeated triples count.
    private static double LongVariety(IReadOnlyList<string> words)
    {
        if (words.Count < 4)
        {
            return 0;
        }

        var triples = Enumerable.Range(0, words.Count - 2).Select(at => (words[at], words[at + 1], words[at + 2])).ToList();
        return Readability.Ramp(triples.Distinct().Count() / (double)triples.Count, 0.6, 0.9);
    }
}
