using NUnit.Framework;
using PreferenceTuning.Tokenization;

namespace PreferenceTuning.Tests.Tokenization;

public class TokenCollationTests
{
    private static readonly CollationOptions Options = new() { PadId = 9 };

    [Test]
    public void Prompts_end_at_one_column()
    {
        var batch = TokenCollation.Prompts([[1, 2, 3], [4]], Options);
        Assert.That(batch.Ids, Is.EqualTo((int[][])[[1, 2, 3], [9, 9, 4]]));
        Assert.That(batch.AttentionMask, Is.EqualTo((bool[][])[[true, true, true], [false, false, true]]));
        Assert.That(batch.ResponseMask.SelectMany(row => row), Has.None.True);
    }

    [Test]
    public void Pairs_begin_at_one_column_and_the_response_mask_keeps_the_end_token()
    {
        // The padding id is the end token here; only the one that was generated is kept.
        var batch = TokenCollation.PromptsWithResponses([[1, 2], [3]], [[4, 9], [5, 6, 7, 9]], Options);
        Assert.That(batch.Ids, Is.EqualTo((int[][])[[1, 2, 4, 9, 9], [3, 5, 6, 7, 9]]));
        Assert.That(batch.AttentionMask[0], Is.EqualTo((bool[])[true, true, true, true, false]));
        Assert.That(batch.ResponseMask[0], Is.EqualTo((bool[])[false, false, true, true, false]));
        Assert.That(batch.ResponseMask[1], Is.EqualTo((bool[])[false, true, true, true, true]));
    }

    [Test]
    public void A_row_that_is_too_long_is_named()
    {
        Assert.That(() => TokenCollation.Prompts([[1], [1, 2, 3]], Options with { MaxLength = 2 }),
            Throws.ArgumentException.With.Message.Contains("Row 1 has 3 prompt and 0 response tokens; at most 2 fit"));
        Assert.That(() => TokenCollation.PromptsWithResponses(
            [[1, 2]], [[3]], Options with { MaxLength = 2, LongText = LongTextRule.CutResponseEnd }),
            Throws.ArgumentException.With.Message.Contains("does not shorten it"), "the prompt alone fills the context");
    }

    [Test]
    public void A_named_rule_says_what_goes()
    {
        int[][] Rows(LongTextRule rule) =>
            TokenCollation.PromptsWithResponses([[1, 2, 3]], [[4, 5]], Options with { MaxLength = 4, LongText = rule }).Ids;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Rows(LongTextRule.KeepPromptEnd), Is.EqualTo((int[][])[[2, 3, 4, 5]]));
            Assert.That(Rows(LongTextRule.KeepPromptStart), Is.EqualTo((int[][])[[1, 2, 4, 5]]));
            Assert.That(Rows(LongTextRule.CutResponseEnd), Is.EqualTo((int[][])[[1, 2, 3, 4]]));
        }
    }

    [Test]
    public void Columns_are_rounded_up()
    {
        var batch = TokenCollation.Texts([[1, 2, 3]], PaddingSide.Right, Options with { MinColumns = 5, ColumnMultiple = 4 });
        Assert.That(batch.ColumnCount, Is.EqualTo(8));
    }

    [Test]
    public void Nothing_and_empty_texts_are_batches_too()
    {
        Assert.That(TokenCollation.Texts([], PaddingSide.Right, Options).RowCount, Is.Zero);
        Assert.That(TokenCollation.PromptsWithResponses([[1]], [[]], Options).ResponseMask[0], Is.EqualTo((bool[])[false]));
        Assert.That(() => TokenCollation.Prompts([[1], []], Options), Throws.ArgumentException.With.Message.Contains("row 1"));
    }

    [Test]
    public void Counts_that_differ_are_refused()
    {
        Assert.That(
            () => TokenCollation.PromptsWithResponses([[1]], [], Options), Throws.ArgumentException.With.Message.Contains("1 rows"));
    }
}
