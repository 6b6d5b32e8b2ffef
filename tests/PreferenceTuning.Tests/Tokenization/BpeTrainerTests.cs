using NUnit.Framework;
using PreferenceTuning.Tokenization;

namespace PreferenceTuning.Tests.Tokenization;

public class BpeTrainerTests
{
    private static TextTokenizer Train(string[] texts, int merges, long minFrequency = 1) => BpeTrainer.Train(texts, new BpeTrainerOptions
    {
        VocabularySize = 257 + merges,
        MinFrequency = minFrequency,
    });

    [Test]
    public void The_most_frequent_pair_is_the_first_merge()
    {
        // "abab ab": words "abab" and " ab". a b occurs 3 times, b a once, space a once.
        var tokenizer = Train(["abab ab"], merges: 1);
        Assert.That(tokenizer.Token(257), Is.EqualTo("ab"));
    }

    [Test]
    public void Of_pairs_that_occur_equally_often_the_smaller_ids_are_taken()
    {
        // Each of "dc" and "ab" occurs once; a < d.
        var tokenizer = Train(["dc", "ab"], merges: 2);
        Assert.That((tokenizer.Token(257), tokenizer.Token(258)), Is.EqualTo(("ab", "dc")));
    }

    [Test]
    public void A_repeated_letter_is_counted_as_it_is_merged()
    {
        // "aaaa" has the pair a a three times; merging leaves aa aa, whose pair occurs once.
        var tokenizer = Train(["aaaa"], merges: 2);
        Assert.That((tokenizer.Token(257), tokenizer.Token(258)), Is.EqualTo(("aa", "aaaa")));
        Assert.That(tokenizer.Encode("aaaaa"), Is.EqualTo((int[])[258, tokenizer.Id("a")!.Value]));
    }

    [Test]
    public void Rare_pairs_are_not_merged()
    {
        // a b occurs twice, c d once.
        var tokenizer = Train(["ab", "ab", "cd"], merges: 10, minFrequency: 2);
        Assert.That(tokenizer.VocabularySize, Is.EqualTo(258));
    }

    [Test]
    public void The_order_of_texts_does_not_matter()
    {
        string[] texts = ["the opossum plays dead", "a possum is no opossum", "dead leaves"];
        var forward = Train(texts, merges: 30);
        var backward = Train([.. texts.Reverse()], merges: 30);
        Assert.That(
            Enumerable.Range(0, forward.VocabularySize).Select(backward.Token),
            Is.EqualTo(Enumerable.Range(0, forward.VocabularySize).Select(forward.Token)));
    }

    [Test]
    public void Options_that_cannot_be_kept_are_refused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => BpeTrainer.Train([], new BpeTrainerOptions { VocabularySize = 256 }),
                Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("257"));
            Assert.That(
                () => BpeTrainer.Train([], new BpeTrainerOptions { PadToken = "<pad>" }),
                Throws.ArgumentException.With.Message.Contains("'<pad>'"));
            Assert.That(
                () => BpeTrainer.Train([], new BpeTrainerOptions { SpecialTokens = ["<s>", "<s>"], BosToken = null, EosToken = null }),
                Throws.ArgumentException);
            Assert.That(() => BpeTrainer.Train(["a", null!]), Throws.TypeOf<ArgumentNullException>());
        }
    }
}
