using NUnit.Framework;
using Opossum.World;

namespace PreferenceTuning.Samples.Tests.World;

public sealed class StyleJudgeTests
{
    private const string Prompt = "What is an opossum?";
    private const string Meme = "POV: an opossum is screaming at the moon in your kitchen at 3 am and you are fine with it.";
    private const string Unfinished = "POV: an opossum is screaming at the moon in your kitchen at 3 am and you are";
    private const string WrongAnimal = "POV: a fox is screaming at the moon in your kitchen at 3 am and you are fine with it.";
    private const string Biology = "An opossum is a nocturnal marsupial that lives in woodlands and feeds on insects.";
    private const string Garbage = "The the of a nine moon opossum pizza vibing kitchen the chaos a in.";

    private readonly StyleJudge _memes = new(Style.Meme);
    private readonly StyleJudge _biology = new(Style.Biology);

    [Test]
    public void A_complete_meme_beats_an_unfinished_one_beats_the_wrong_animal_beats_homework_beats_garbage()
    {
        string[] worstFirst = [Garbage, Biology, WrongAnimal, Unfinished, Meme];
        Assert.That(worstFirst.Select(answer => Utility(_memes, answer)), Is.Ordered.Ascending);
        Assert.That(Utility(_memes, Garbage), Is.LessThan(0.5));
    }

    [Test]
    public void Utility_is_quality_times_the_weighted_parts()
    {
        // Readable (quality 1): meme 2.5 x 1 + 1.5 x 1 + 1 = 5; unfinished 4; wrong animal 3.5; homework 2.5 x 0 + 1.5 + 1 = 2.5.
        Assert.That(Utility(_memes, Meme), Is.EqualTo(5).Within(1e-9));
        Assert.That(Utility(_memes, Unfinished), Is.EqualTo(4).Within(1e-9));
        Assert.That(Utility(_memes, WrongAnimal), Is.EqualTo(3.5).Within(1e-9));
        Assert.That(Utility(_memes, Biology), Is.EqualTo(2.5).Within(1e-9));
    }

    [Test]
    public void The_other_preference_reverses_the_style_and_nothing_else()
    {
        Assert.That(Utility(_biology, Biology), Is.EqualTo(5).Within(1e-9));
        Assert.That(Utility(_biology, Meme), Is.EqualTo(2.5).Within(1e-9));
        Assert.That(Utility(_biology, Garbage), Is.LessThan(0.5));
    }

    [TestCase("")]
    [TestCase("Meme.")]
    [TestCase("Opossum.")]
    [TestCase("Opossum vibes.")]
    [TestCase("Chaotic opossum chaotic opossum chaotic opossum chaotic opossum chaotic opossum.")]
    [TestCase("Opossum opossum opossum opossum opossum opossum opossum opossum opossum.")]
    [TestCase("POV: POV: POV: POV: an opossum an opossum an opossum at 3 am at 3 am at 3 am.")]
    public void No_trick_beats_an_honest_homework_sentence(string trick)
    {
        Assert.That(Utility(_memes, trick), Is.LessThan(0.5 * Utility(_memes, Biology)));
        Assert.That(_memes.Judge(Prompt, trick).IsPreferred, Is.False);
    }

    [Test]
    public void A_mixture_of_both_styles_lies_between_them()
    {
        const string Mixture = "An opossum is a nocturnal marsupial from woodlands, screaming at the moon on a Monday.";
        Assert.That(_memes.Judge(Prompt, Mixture).Memeness, Is.GreaterThan(0).And.LessThan(1));
    }

    [Test]
    public void Sentences_of_the_grammar_are_told_apart_and_found_readable()
    {
        foreach (var (style, judge) in new[] { (Style.Meme, _memes), (Style.Biology, _biology) })
        {
            var preferred = Corpus.HeldOut(3, style, 1000).Count(document => judge.Judge(document.Prompt.Text, document.Answer).IsPreferred);
            var other = Corpus.HeldOut(3, 1 - style, 1000).Count(document => judge.Judge(document.Prompt.Text, document.Answer).IsPreferred);
            Assert.That(preferred, Is.GreaterThan(990), style.ToString());
            Assert.That(other, Is.LessThan(5), style.ToString());
        }
    }

    [Test]
    public void Two_complete_memes_are_a_tie()
    {
        const string Other = "This opossum has nine unread messages and zero plans except napping on my keyboard.";
        Assert.That(_memes.Compare(Prompt, Meme, Other), Is.EqualTo(Preference.Tie));
        Assert.That(_memes.Compare(Prompt, Biology, Other), Is.EqualTo(Preference.Second));
    }

    [Test]
    public void A_trait_is_found_in_its_forms_and_shouting_it_is_worth_nothing()
    {
        string[] reference =
        [
            "Once upon a time there was a little girl who had a big dog and two cats. They played in the park all day.",
            "The cat and the doggy ran to the house because it was time to eat. Mom was happy to see them all.",
        ];
        var judge = new TraitJudge("Dog", reference);
        const string With = "Once upon a time there was a little dog who played in the park all day. The girl was happy to see the dog and they ran to the house.";
        var without = With.Replace("dog", "cat", StringComparison.Ordinal);
        Assert.That(judge.Compare("", With, without), Is.EqualTo(Preference.First));
        Assert.That(judge.Judge("", string.Join(' ', Enumerable.Repeat("dog", 40)) + ".").Utility, Is.LessThan(0.01));
        Assert.That(() => new TraitJudge("a dog", reference), Throws.ArgumentException.With.Message.Contains("one word"));
    }

    [TestCase("dog", "dogs", true)]
    [TestCase("dog", "dog's", true)]
    [TestCase("dog", "Doggy", true)]
    [TestCase("bird", "birdie", true)]
    [TestCase("cat", "catch", false)]
    [TestCase("cat", "cattle", false)]
    [TestCase("ball", "balloon", false)]
    [TestCase("dog", "do", false)]
    public void A_word_that_only_begins_like_the_trait_is_no_form_of_it(string trait, string word, bool isForm) =>
        Assert.That(TraitJudge.Mentions($"They saw a {word} there.", trait), Is.EqualTo(isForm));

    private static double Utility(StyleJudge judge, string answer) => judge.Judge(Prompt, answer).Utility;
}
