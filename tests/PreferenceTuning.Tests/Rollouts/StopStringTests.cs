using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Tests.Trainers;
using PreferenceTuning.Tokenization;

namespace PreferenceTuning.Tests.Rollouts;

[OneThread]
public sealed class StopStringTests
{
    private static readonly TextTokenizer Tokenizer = BpeTrainer.Train(
        ["an opossum plays dead and wins", "an opossum eats ticks", "dead ticks win nothing"], new BpeTrainerOptions { VocabularySize = 290 });

    private readonly PolicyModel _policy = TinySetup.Policy(vocabulary: Tokenizer.LargestId + 1);

    [Test]
    public void A_response_ends_with_the_token_that_completes_the_text()
    {
        var free = new SamplingOptions { MaxNewTokens = 10 };
        var prompts = TinySetup.Prompts(0);
        using var whole = new RolloutEngine(_policy, free).Generate(prompts);
        var stop = Tokenizer.Decode(whole.ResponseTokens(2)[2..5]);
        Assert.That(stop, Has.Length.GreaterThan(1), "the text spans tokens");
        using var stopped = new RolloutEngine(_policy, free with { StopStrings = ["never written", stop] }, Tokenizer).Generate(prompts);
        for (var row = 0; row < stopped.Count; row++)
        {
            var all = whole.ResponseTokens(row);
            var end = Enumerable.Range(1, all.Length).FirstOrDefault(
                n => Tokenizer.Decode(all[..n]).Contains(stop, StringComparison.Ordinal), all.Length);
            Assert.That(stopped.ResponseTokens(row), Is.EqualTo(all[..end]));
            Assert.That(
                stopped.Finished[row].item<bool>(), Is.EqualTo(Tokenizer.Decode(all[..end]).Contains(stop, StringComparison.Ordinal)));
        }

        Assert.That(stopped.ResponseTokens(2), Has.Length.LessThanOrEqualTo(5));
        Assert.That(stopped.Finished[2].item<bool>(), Is.True);
    }
}
