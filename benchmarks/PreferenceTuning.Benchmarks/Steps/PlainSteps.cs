using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static PreferenceTuning.Benchmarks.Steps.StepSizes;

namespace PreferenceTuning.Benchmarks.Steps;

/// <summary>The same steps as one writes them with TorchSharp: full logits, modules, <c>optim.AdamW</c>, a decode loop with a cache.</summary>
internal static class PlainSteps
{
    private const double LearningRate = 1e-5;

    public static Action Decode(int newTokens, Device device)
    {
        var model = new PlainGpt2(Small, device);
        var prompts = Ids(Rows, PromptLength, 1, device);
        return () =>
        {
            using var scope = NewDisposeScope();
            Generate(model, prompts, newTokens);
        };
    }

    public static Action Supervised(Device device)
    {
        var model = new PlainGpt2(Small, device);
        var optimizer = optim.AdamW(model.parameters(), LearningRate);
        var ids = Ids(SupervisedRows, SupervisedLength, 1, device);
        return () =>
        {
            using var scope = NewDisposeScope();
            var logits = model.Logits(model.forward(ids)).narrow(1, 0, SupervisedLength - 1).reshape(-1, Vocabulary);
            var loss = functional.cross_entropy(logits, ids.narrow(1, 1, SupervisedLength - 1).reshape(-1));
            Update(loss, optimizer, model.parameters());
        };
    }

    public static Action Preference(Device device)
    {
        var (model, reference) = (new PlainGpt2(Small, device), new PlainGpt2(Small, device));
        var optimizer = optim.AdamW(model.parameters(), LearningRate);
        var prompts = Ids(Pairs, PairPrompt, 1, device).repeat(2, 1);
        var ids = cat([prompts, Ids(2 * Pairs, PairResponse, 2, device)], 1);
        return () =>
        {
            using var scope = NewDisposeScope();
            var policy = LogProbs(model.Logits(model.forward(ids)), ids, PairResponse).LogProbs.sum([1]);
            Tensor old;
            using (no_grad())
            {
                old = LogProbs(reference.Logits(reference.forward(ids)), ids, PairResponse).LogProbs.sum([1]);
            }

            var ratio = policy - old;
            var loss = -functional.logsigmoid(0.1 * (ratio.narrow(0, 0, Pairs) - ratio.narrow(0, Pairs, Pairs))).mean();
            Update(loss, optimizer, model.parameters());
        };
    }

    public static Action Ppo(bool shared, Device device)
    {
        var (policy, reference, reward) = (new PlainGpt2(Small, device), new PlainGpt2(Small, device), new PlainGpt2(Small, device));
        var value = shared ? policy : new PlainGpt2(Small, device);
        var (valueHead, rewardHead) = (Linear(Width, 1).to(device), Linear(Width, 1).to(device));
        Parameter[] parameters = [.. policy.parameters(), .. shared ? [] : value.parameters(), .. valueHead.parameters()];
        var optimizer = optim.AdamW(parameters, LearningRate);
        var prompts = Ids(Rows, PromptLength, 1, device);
        return () =>
        {
            using var scope = NewDisposeScope();
            Tensor Values(Tensor hidden) => valueHead.forward(hidden).squeeze(-1).narrow(1, PromptLength - 1, NewTokens);
            Tensor ids, old, advantages, returns, oldValues;
            using (no_grad())
            {
                ids = Generate(policy, prompts, NewTokens);
                var hidden = policy.forward(ids);
                old = LogProbs(policy.Logits(hidden), ids, NewTokens).LogProbs;
                var known = LogProbs(reference.Logits(reference.forward(ids)), ids, NewTokens).LogProbs;
                oldValues = Values(shared ? hidden : value.forward(ids));
                var rewards = -0.05 * (old - known);
                rewards.select(1, NewTokens - 1).add_(rewardHead.forward(reward.forward(ids).select(1, PromptLength + NewTokens - 1)).squeeze(-1));
                advantages = Advantages(rewards, oldValues);
                returns = advantages + oldValues;
                advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8);
            }

            for (var epoch = 0; epoch < Epochs; epoch++)
            {
                using var step = NewDisposeScope();
                var hidden = policy.forward(ids);
                var (logProbs, entropies) = LogProbs(policy.Logits(hidden), ids, NewTokens);
                var ratio = (logProbs - old).exp();
                var policyLoss = max(-advantages * ratio, -advantages * ratio.clamp(0.8, 1.2)).mean();
                var values = Values(shared ? hidden : value.forward(ids));
                var clipped = oldValues + (values - oldValues).clamp(-0.2, 0.2);
                var valueLoss = 0.5 * max((values - returns).square(), (clipped - returns).square()).mean();
                Update(policyLoss + (0.1 * valueLoss), optimizer, parameters);
                _ = entropies.mean().item<float>();
            }
        };
    }

    internal static Tensor Generate(PlainGpt2 model, Tensor prompts, int newTokens)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        PlainCache[] caches = [.. Enumerable.Range(0, model.Sizes.Layers).Select(_ => new PlainCache())];
        var (ids, last) = (prompts, prompts);
        for (var i = 0; i < newTokens; i++)
        {
            using var step = NewDisposeScope();
            var held = caches.Select(cache => (cache.Keys, cache.Values)).ToArray();
            var hidden = model.Forward(last, caches);
            foreach (var (keys, values) in held)
            {
                keys?.Dispose();
                values?.Dispose();
            }

            var probabilities = model.Logits(hidden.select(1, hidden.shape[1] - 1)).softmax(-1);
            last = multinomial(probabilities, 1).MoveToOuterDisposeScope();
            ids = cat([ids, last], 1).MoveToOuterDisposeScope();
        }

        foreach (var cache in caches)
        {
            cache.Keys!.Dispose();
            cache.Values!.Dispose();
        }

        return ids.MoveToOuterDisposeScope();
    }

    private static (Tensor LogProbs, Tensor Entropies) LogProbs(Tensor logits, Tensor ids, int last)
    {
        var length = ids.shape[1];
        var all = logits.narrow(1, length - last - 1, last).log_softmax(-1);
        Tensor entropies;
        using (no_grad())
        {
            entropies = -(all.exp() * all).sum([-1]);
        }

        return (all.gather(2, ids.narrow(1, length - last, last).unsqueeze(2)).squeeze(2), entropies);
    }

    private static Tensor Advantages(Tensor rewards, Tensor values)
    {
        var result = zeros_like(values);
        var last = zeros_like(values.select(1, 0));
        for (var t = NewTokens - 1; t >= 0; t--)
        {
            var next = t == NewTokens - 1 ? zeros_like(last) : values.select(1, t + 1);
            last = rewards.select(1, t) + next - values.select(1, t) + (0.95 * last);
            result.select(1, t).copy_(last);
        }

        return result;
    }

    private static void Update(Tensor loss, AdamW optimizer, IEnumerable<Parameter> parameters)
    {
        optimizer.zero_grad();
        loss.backward();
        nn.utils.clip_grad_norm_(parameters, 1);
        optimizer.step();
        _ = loss.item<float>();
    }

    internal static Tensor Ids(int rows, int length, int seed, Device device) =>
        tensor(Tokens(rows * length, seed).Select(id => (long)id).ToArray(), device: device).view(rows, length).DetachFromDisposeScope();
}
