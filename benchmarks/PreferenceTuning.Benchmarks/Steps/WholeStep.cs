using PreferenceTuning.Benchmarks.Floors;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks.Steps;

/// <summary>A whole step, ours (with the tokens of a micro-batch) and plain, and the matrix products in it.</summary>
internal sealed record WholeStep(
    string Name, Func<Device, int, Action> Ours, Func<Device, Action> Plain, Func<ProductList> OurProducts, Func<ProductList> PlainProducts)
{
    public static readonly WholeStep[] All =
    [
        Decode(16),
        Decode(64),
        new("sft", OurSteps.Supervised, PlainSteps.Supervised, StepProducts.Supervised, PlainStepProducts.Supervised),
        new("dpo", OurSteps.Preference, PlainSteps.Preference, StepProducts.Preference, PlainStepProducts.Preference),
        Ppo("ppo", shared: false),
        Ppo("ppo-shared", shared: true),
    ];

    /// <summary>Steps before the one that is measured: memory that the system hands out for the first time is slow. A PPO step is long and its epochs repeat themselves.</summary>
    public int WarmUps => Name.StartsWith("ppo", StringComparison.Ordinal) ? 1 : 3;

    /// <summary>"sft,dpo", or "all".</summary>
    public static WholeStep[] Named(string names) => names == "all" ? All : [.. names.Split(',').Select(Find)];

    public static WholeStep Find(string name) =>
        All.FirstOrDefault(step => step.Name == name)
        ?? throw new UsageException($"There is no step '{name}'; there are {string.Join(", ", All.Select(step => step.Name))}, or all.");

    private static WholeStep Decode(int newTokens) => new(
        $"decode-{newTokens}",
        (on, _) => OurSteps.Decode(newTokens, on),
        on => PlainSteps.Decode(newTokens, on),
        () => StepProducts.Decode(newTokens),
        () => PlainStepProducts.Decode(newTokens));

    private static WholeStep Ppo(string name, bool shared) => new(
        name,
        (on, tokens) => OurSteps.Ppo(shared, on, tokens),
        on => PlainSteps.Ppo(shared, on),
        () => StepProducts.Ppo(shared),
        () => PlainStepProducts.Ppo(shared));
}
