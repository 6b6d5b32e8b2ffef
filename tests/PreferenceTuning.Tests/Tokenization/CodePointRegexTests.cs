using NUnit.Framework;
using PreferenceTuning.Tokenization;

namespace PreferenceTuning.Tests.Tokenization;

public class CodePointRegexTests
{
    private static string[] Matches(string pattern, string text)
    {
        var matches = new List<(int Start, int End)>();
        new CodePointRegex(pattern).FindMatches(text, matches);
        return [.. matches.Select(match => text[match.Start..match.End])];
    }

    [Test]
    public void A_character_beyond_the_BMP_is_one_character_of_its_category()
    {
        // U+1D7D8 is a digit, U+1D400 a capital letter, U+1F600 a symbol.
        const string Digit = "\U0001D7D8";
        Assert.That(Matches(@"\p{N}{1,3}", Digit + Digit + Digit + Digit), Is.EqualTo((string[])[Digit + Digit + Digit, Digit]));
        Assert.That(Matches(@"\p{Lu}+|[^\p{L}]", "\U0001D400A\U0001F600"), Is.EqualTo((string[])["\U0001D400A", "\U0001F600"]));
    }

    [Test]
    public void A_stand_in_is_never_a_character_that_the_pattern_names()
    {
        // Gothic letters (category Lo) next to a range of kana (Lo too): only the kana match.
        Assert.That(Matches("[\u3040-\u30FF]+", "\U00010330\u3042\U00010331"), Is.EqualTo((string[])["\u3042"]));
    }

    [Test]
    public void A_possessive_quantifier_gives_nothing_back()
    {
        Assert.That(Matches("a++a", "aaa"), Is.Empty);
        Assert.That(Matches("a?+b", "ab"), Is.EqualTo((string[])["ab"]));
    }

    [Test]
    public void A_plus_after_braces_repeats_them()
    {
        // Ruby syntax: (a{1,2})+, so all five, where a possessive {1,2} would take two at a time.
        Assert.That(Matches("a{1,2}+", "aaaaa"), Is.EqualTo((string[])["aaaaa"]));
    }

    [Test]
    public void Case_is_ignored_by_Unicode_and_only_where_it_is_asked_for()
    {
        Assert.That(Matches("(?i:'s|'k)|x", "'S'\u017F'\u212A'k xX"), Is.EqualTo((string[])["'S", "'\u017F", "'\u212A", "'k", "x"]));
        Assert.That(Matches("'(?i:[sd])", "'D'\u017F"), Is.EqualTo((string[])["'D", "'\u017F"]));
    }

    [Test]
    public void A_dollar_is_the_end_of_a_line()
    {
        Assert.That(Matches(@"\w+$", "one two\nthree"), Is.EqualTo((string[])["two", "three"]));
    }

    [Test]
    public void White_space_is_the_Unicode_property()
    {
        // U+0085 is white space, U+001C is not.
        Assert.That(Matches(@"\s", "\u0085\u001C\u3000"), Is.EqualTo((string[])["\u0085", "\u3000"]));
    }
}
