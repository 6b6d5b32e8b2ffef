using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Tests.Trainers;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Rollouts;

[OneThread]
public sealed class RolloutEngineTests
{
    private static readonly PolicyModel Gpt2 = TinySetup.Policy();

    private static readonly PolicyModel Llama = new(DecoderModel.Random(
        DecoderConfig.Llama(24, hiddenSize: 16, layers: 2, heads: 4, keyValueHeads: 2, feedForwardSize: 32, contextLength: 32) with { InitializerRange = 0.3 }, seed: 5));

    private static readonly SamplingOptions Plain = new() { MaxNewTokens = 8, StopTokens = [1, 2, 3, 4] };

    private static IEnumerable<TestCaseData> Ways()
    {
        foreach (var (family, policy) in new[] { ("gpt2", Gpt2), ("llama", Llama) })
        {
            yield return Case(family, "plain", policy, Plain);
            yield return Case(family, "greedy", policy, Plain with { Temperature = 0 });
            yield return Case(family, "cool", policy, Plain with { Temperature = 0.7 });
            yield return Case(family, "filtered", policy, Plain with { TopK = 10, TopP = 0.9, MinP = 0.02 });
            yield return Case(family, "no repetitions", policy, Plain with { RepetitionPenalty = 1.5 });
            yield return Case(family, "fixed length", policy, Plain with { StopTokens = [] });
        }

        static TestCaseData Case(string family, string name, PolicyModel policy, SamplingOptions options) =>
            new TestCaseData(policy, options).SetArgDisplayNames(family, name);
    }

    [TestCaseSource(nameof(Ways))]
    public void A_response_is_what_its_prompt_alone_gives_without_cache_and_batch(PolicyModel policy, SamplingOptions options)
    {
        var prompts = TinySetup.Prompts(0, count: 9);
        using var rollouts = new RolloutEngine(policy, options with { ResponsesPerPrompt = 3 }).Generate(prompts);
        Assert.That(rollouts.Count, Is.EqualTo(27));
        for (var row = 0; row < rollouts.Count; row++)
        {
            var (tokens, logProbs) = SlowSampler.Draw(policy, prompts.Prompts[row / 3], row % 3, options);
            Assert.That(rollouts.ResponseTokens(row), Is.EqualTo(tokens), $"response {row}");
            Assert.That(rollouts.PromptTokens(row), Is.EqualTo(prompts.Prompts[row / 3].TokenIds));
            Assert.That(Row(rollouts.OldLogProbs, row)[..tokens.Length], Is.EqualTo(logProbs).Within(1e-5));
            Assert.That(Row(rollouts.OldLogProbs, row)[tokens.Length..], Is.All.Zero, "outside the mask");
            Assert.That(rollouts.Finished[row].item<bool>(), Is.EqualTo(options.StopTokens.Contains(tokens[^1])));
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(5)]
    [TestCase(64)]
    public void How_many_are_generated_at_once_changes_no_response(int concurrent)
    {
        var prompts = TinySetup.Prompts(0, count: 9);
        using var expected = new RolloutEngine(Gpt2, Plain with { ResponsesPerPrompt = 2 }).Generate(prompts);
        using var rollouts = new RolloutEngine(Gpt2, Plain with { ResponsesPerPrompt = 2, MaxConcurrent = concurrent }).Generate(prompts);
        Assert.That(Responses(rollouts), Is.EqualTo(Responses(expected)));
    }

    [Test]
    public void The_order_of_the_prompts_changes_no_response()
    {
        var prompts = TinySetup.Prompts(0, count: 9).Prompts;
        var engine = new RolloutEngine(Gpt2, Plain);
        using var forwards = engine.Generate(new PromptBatch(prompts));
        using var backwards = engine.Generate(new PromptBatch([.. prompts.Reverse()]));
        Assert.That(Responses(backwards).Reverse(), Is.EqualTo(Responses(forwards)));
        Assert.That(Responses(forwards).Select(tokens => string.Join(' ', tokens)).Distinct().Count(), Is.GreaterThan(5), "the prompts must matter");
    }

    [Test]
    public void Another_seed_gives_other_responses_and_the_same_seed_the_same()
    {
        var engine = new RolloutEngine(Gpt2, Plain);
        IReadOnlyList<int>[] prompt = [[5, 6, 7], [5, 6, 7], [5, 6, 7], [5, 6, 7]];
        using var first = engine.Generate(PromptBatch.Create(prompt, seed: 1));
        using var again = engine.Generate(PromptBatch.Create(prompt, seed: 1));
        using var other = engine.Generate(PromptBatch.Create(prompt, seed: 2));
        Assert.That(Responses(again), Is.EqualTo(Responses(first)));
        Assert.That(Responses(other), Is.Not.EqualTo(Responses(first)));
        Assert.That(Responses(first).Select(tokens => string.Join(' ', tokens)).Distinct().Count(), Is.GreaterThan(1), "each episode draws anew");
    }

    // Episode 6 of a resumed run is episode 6 of the whole run.
    [Test]
    public void A_seed_belongs_to_an_episode()
    {
        IReadOnlyList<int>[] prompts = [[5], [6], [7], [8]];
        Assert.That(
            PromptBatch.Create(prompts[2..], seed: 9, firstEpisode: 2).Prompts.Select(prompt => prompt.Seed),
            Is.EqualTo(PromptBatch.Create(prompts, seed: 9).Prompts.Skip(2).Select(prompt => prompt.Seed)));
    }

    [TestCase(1.0)]
    [TestCase(0.7)]
    public void The_log_probs_of_generation_are_those_of_a_fresh_forward_pass(double temperature)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var rollouts = new RolloutEngine(Gpt2, Plain with { Temperature = temperature, TopK = 12 }).Generate(TinySetup.Prompts(0, count: 12));
        var fresh = Gpt2.LogProbs(rollouts.SequenceIds(), rollouts.SequenceMask(), rollouts.ResponseMask, temperature).LogProbs;
        Assert.That((fresh - rollouts.OldLogProbs).abs().max().item<float>(), Is.LessThan(1e-5));
        Assert.That(rollouts.OldLogProbs.min().item<float>(), Is.LessThan(-1), "there is something to compare");
    }

    [Test]
    public void A_response_ends_with_its_stop_token_and_padding_follows()
    {
        var options = Plain with { PadToken = 23 };
        using var rollouts = new RolloutEngine(Gpt2, options).Generate(TinySetup.Prompts(0, count: 12));
        var lengths = new HashSet<int>();
        for (var row = 0; row < rollouts.Count; row++)
        {
            var tokens = rollouts.ResponseTokens(row);
            lengths.Add(tokens.Length);
            Assert.That(tokens[..^1].Any(options.StopTokens.Contains), Is.False, "nothing after the first stop token");
            var padding = rollouts.ResponseIds[row].data<long>().ToArray()[tokens.Length..];
            Assert.That(padding, Is.All.EqualTo(23));
        }

        Assert.That(lengths, Has.Count.GreaterThan(2), "responses of several lengths");
    }

    [Test]
    public void Finished_rows_leave_the_batch()
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var prompts = TinySetup.Prompts(0, count: 8).Prompts;
        var rows = prompts.Select(prompt => new ResponseBuffer(prompt, SampleRandom.Mix(prompt.Seed, 0), Plain)).ToList();
        using var state = DecodeState.Prefill(Gpt2, prompts, rows, Plain);
        using var samplers = new ThreadLocal<TokenSampler>(() => new TokenSampler(Plain, Gpt2.Config.VocabularySize));
        var computed = new List<long>();
        for (var step = 0; step < Plain.MaxNewTokens; step++)
        {
            state.Draw(samplers, tokenizer: null);
            if (!state.DropFinished())
            {
                break;
            }

            Assert.That(state.Rows, Is.EqualTo(rows.Count(row => !row.Finished)), "of eight rows each one that has finished is an eighth or more");
            computed.Add(state.Rows);
            state.Advance(Gpt2);
        }

        Assert.That(computed.Distinct().Count(), Is.GreaterThan(2), string.Join(' ', computed));
    }

    [Test]
    public void Bad_prompts_are_named()
    {
        var engine = new RolloutEngine(Gpt2, Plain);
        Assert.That(() => Generate([5], []), Throws.ArgumentException.With.Message.Contains("Prompt 1 has no tokens").And.Message.Contains("start token"));
        Assert.That(
            () => Generate([5], [.. Enumerable.Repeat(5, 25)]),
            Throws.ArgumentException.With.Message.Contains("Prompt 1 has 25 tokens and 8 more").And.Message.Contains("context is 32").And.Message.Contains("shorten"));
        Assert.That(() => Generate([5, 24]), Throws.ArgumentException.With.Message.Contains("the token 24").And.Message.Contains("has 24 entries"));
        Assert.That(() => Generate([-1]), Throws.ArgumentException.With.Message.Contains("the token -1"));
        Assert.That(() => Generate(), Throws.ArgumentException.With.Message.Contains("no prompts"));

        using var longest = Generate([.. Enumerable.Repeat(5, 24)]);
        Assert.That(longest.PromptLength, Is.EqualTo(24), "24 + 8 fill the context exactly");

        RolloutBatch Generate(params IReadOnlyList<int>[] prompts) => engine.Generate(PromptBatch.Create(prompts, seed: 1));
    }

    [Test]
    public void Bad_options_are_named()
    {
        Assert.That(() => Make(Plain with { MaxNewTokens = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxNewTokens"));
        Assert.That(() => Make(Plain with { Temperature = -1 }), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Temperature must be 0 (greedy) or above"));
        Assert.That(() => Make(Plain with { Temperature = double.NaN }), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Make(Plain with { TopP = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("TopP"));
        Assert.That(() => Make(Plain with { MinP = 1.5 }), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("MinP"));
        Assert.That(() => Make(Plain with { RepetitionPenalty = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("RepetitionPenalty"));
        Assert.That(() => Make(Plain with { StopStrings = ["x"] }), Throws.ArgumentException.With.Message.Contains("tokenizer"));
        Assert.That(() => Make(Plain with { StopStrings = [""] }), Throws.ArgumentException.With.Message.Contains("StopStrings has an empty text"));
        Assert.That(() => Make(Plain with { StopTokens = [1, 24] }), Throws.ArgumentException.With.Message.Contains("StopTokens has the token 24").And.Message.Contains("has 24 entries"));
        Assert.That(() => Make(Plain with { PadToken = -1 }), Throws.ArgumentException.With.Message.Contains("PadToken has the token -1"));

        static RolloutEngine Make(SamplingOptions options) => new(Gpt2, options);
    }

    private static float[] Row(Tensor tensor, int row) => tensor[row].contiguous().data<float>().ToArray();

    private static int[][] Responses(RolloutBatch rollouts) => [.. Enumerable.Range(0, rollouts.Count).Select(rollouts.ResponseTokens)];
}
