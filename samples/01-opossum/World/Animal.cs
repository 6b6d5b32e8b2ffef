namespace Opossum.World;

/// <summary>One animal and what a pupil would write about it. Single words, so that a judge can find them in a text.</summary>
/// <param name="Name">Singular, lower case: <c>opossum</c>.</param>
/// <param name="Plural">Plural, lower case: <c>opossums</c>.</param>
/// <param name="Group">Its group, with an irregular plural nowhere: <c>marsupial</c>.</param>
/// <param name="Class">mammal, bird, reptile, amphibian, mollusc, ... .</param>
/// <param name="Active">nocturnal, diurnal or crepuscular.</param>
/// <param name="Region">Where on earth.</param>
/// <param name="Places">Habitats, plural or with article.</param>
/// <param name="Foods">What it eats, plural or uncountable.</param>
/// <param name="Traits">What these animals do, as a verb phrase for a plural subject.</param>
/// <param name="Organ">What it is equipped with (its ...).</param>
/// <param name="Use">What that is for (to ...).</param>
internal sealed record Animal(
    string Name,
    string Plural,
    string Group,
    string Class,
    string Active,
    string Region,
    string[] Places,
    string[] Foods,
    string[] Traits,
    string Organ,
    string Use)
{
    /// <summary>With its indefinite article: <c>an opossum</c>.</summary>
    public string WithArticle => $"{Article(Name)} {Name}";

    /// <summary>The article that a word takes; spelling decides, which is right for every word of this world.</summary>
    public static string Article(string word) => "aeiou".Contains(word[0], StringComparison.Ordinal) ? "an" : "a";
}
