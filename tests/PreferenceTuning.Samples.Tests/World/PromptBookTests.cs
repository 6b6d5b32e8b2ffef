using NUnit.Framework;
using Opossum.World;

namespace PreferenceTuning.Samples.Tests.World;

public sealed class PromptBookTests
{
    private static readonly PromptBook Book = PromptBook.Split(1);

    [Test]
    public void The_first_question_is_the_one_that_the_sample_is_named_after() =>
        Assert.That(Book.Tuning[0].Text, Is.EqualTo("What is an opossum?"));

    [Test]
    public void Every_combination_is_on_one_side_only()
    {
        // 44 animals x 12 templates = 528, of which 44 x 4 = 176 are held out.
        Assert.That((Book.Tuning.Count, Book.HeldOut.Count), Is.EqualTo((352, 176)));
        Assert.That(Book.Tuning.Concat(Book.HeldOut).Select(prompt => prompt.Text).Distinct().Count(), Is.EqualTo(528));
    }

    [Test]
    public void Every_animal_is_on_both_sides()
    {
        Assert.That(Book.Tuning.Select(prompt => prompt.Animal).Distinct().Count(), Is.EqualTo(Animals.All.Count));
        Assert.That(Book.HeldOut.Select(prompt => prompt.Animal).Distinct().Count(), Is.EqualTo(Animals.All.Count));
    }

    [Test]
    public void Articles_follow_the_first_letter()
    {
        var texts = PromptBook.All.Select(prompt => prompt.Text).ToHashSet();
        Assert.That(texts, Does.Contain("What is an owl?").And.Contain("What is a fox?").And.Contain("Tell me about the goose."));
    }

    [Test]
    public void Every_prompt_names_its_animal() =>
        Assert.That(PromptBook.All.Where(prompt => StyleJudge.AskedFor(prompt.Text) != prompt.Animal), Is.Empty);
}
