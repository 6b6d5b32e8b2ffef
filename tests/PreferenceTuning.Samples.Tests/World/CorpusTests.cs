using NUnit.Framework;
using Opossum.World;

namespace PreferenceTuning.Samples.Tests.World;

public sealed class CorpusTests
{
    private static readonly IReadOnlyList<Document> Documents = Corpus.Training(seed: 7, count: 3000);

    [Test]
    public void The_same_seed_writes_the_same_text_and_another_seed_another()
    {
        Assert.That(Corpus.Hash(Corpus.Training(7, 3000)), Is.EqualTo(Corpus.Hash(Documents)));
        Assert.That(Corpus.Hash(Corpus.Training(8, 3000)), Is.Not.EqualTo(Corpus.Hash(Documents)));
    }

    [Test]
    public void The_first_numbers_of_the_generator_are_those_of_the_published_SplitMix64()
    {
        // Reference outputs for seed 1234567 (Vigna, splitmix64.c; quoted by Rosetta Code).
        var random = new SplitMix64(1234567);
        Assert.That(
            Enumerable.Range(0, 3).Select(_ => random.NextUInt64()),
            Is.EqualTo(new[] { 6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL }));
    }

    [Test]
    public void Four_documents_in_five_are_biology() =>
        Assert.That(Documents.Count(document => document.Style == Style.Biology), Is.EqualTo(2400));

    [Test]
    public void Every_answer_has_8_to_24_words_and_ends_with_a_full_stop()
    {
        var counts = Documents.Select(document => Words.Of(document.Answer).Count(word => !Words.IsMark(word))).ToList();
        Assert.That(counts, Is.All.InRange(8, 24));
        Assert.That(Documents.Select(document => document.Answer[^1]), Is.All.EqualTo('.'));
    }

    [Test]
    public void No_slot_is_left_open()
    {
        Assert.That(Documents.Where(document => document.Text.AsSpan().IndexOfAny("{}/|") >= 0).Select(document => document.Text), Is.Empty);
    }

    [Test]
    public void Every_answer_names_the_animal_asked_for_and_no_other()
    {
        var wrong = Documents.Where(document =>
            Words.Of(document.Answer).Select(Animals.Named).OfType<Animal>().Distinct().ToList() is not [var only] || only != document.Prompt.Animal);
        Assert.That(wrong.Select(document => document.Text), Is.Empty);
    }

    [Test]
    public void Held_out_texts_are_not_trained_on()
    {
        var trained = Documents.Select(document => document.Answer).ToHashSet();
        foreach (var style in Enum.GetValues<Style>())
        {
            Assert.That(Corpus.HeldOut(7, style).Count(document => trained.Contains(document.Answer)), Is.Zero, style.ToString());
        }
    }

    [Test]
    public void Memes_are_at_least_as_varied_as_homework()
    {
        // A model tuned to memes alone must be able to keep its variety, or the variety threshold would measure the world, not the tuning.
        Assert.That(DistinctPairs(Style.Meme), Is.GreaterThan(0.95 * DistinctPairs(Style.Biology)));
    }

    private static int DistinctPairs(Style style) =>
        Documents.Where(document => document.Style == style).Take(200).SelectMany(document => Words.Bigrams(Words.Of(document.Answer))).Distinct().Count();
}
