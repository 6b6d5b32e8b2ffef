namespace Opossum.World;

/// <summary>One animal and what a pupil would write about it. Single words, so that a judge can find them in a text.</summary>
/// <param name="Name">Singular, lower case: <c>opossum</c>.</param>
/// <param name="Plural">Plural, lower case: <c>opossums</c>.</param>
/// <param name="Group">marsupial, rodent, bird, ...; its plural takes an s.</param>
/// <param name="Active">nocturnal or diurnal.</param>
/// <param name="Region">Where on earth.</param>
/// <param name="Places">Habitats, plural.</param>
/// <param name="Foods">What it eats, plural or uncountable.</param>
/// <param name="Habits">What these animals do, as a verb phrase for a plural subject.</param>
/// <param name="Organ">What it is equipped with (its ...).</param>
/// <param name="Use">What that is for (to ...).</param>
internal sealed record Animal(
    string Name,
    string Plural,
    string Group,
    string Active,
    string Region,
    string[] Places,
    string[] Foods,
    string[] Habits,
    string Organ,
    string Use)
{
    /// <summary>With its indefinite article: <c>an opossum</c>.</summary>
    public string WithArticle => $"{Article(Name)} {Name}";

    /// <summary>The article that a word takes; spelling decides, which is right for every word of this world.</summary>
    public static string Article(string word) => "aeiou".Contains(word[0], StringComparison.Ordinal) ? "an" : "a";
}
