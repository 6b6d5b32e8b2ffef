using PreferenceTuning.Benchmarks.Floors;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks.Steps;

/// <summary>A whole step, ours and plain, and the matrix products in it.</summary>
internal sealed record WholeStep(
    string Name, Func<Device, Action> Ours, Func<Device, Action> Plain, Func<ProductList> OurProducts, Func<ProductList> PlainProducts)
{
    public static readonly WholeStep[] All =
    [
        new("decode-16", on => OurSteps.Decode(16, on), on => PlainSteps.Decode(16, on), () => StepProducts.Decode(16), () => Floors.PlainProducts.Decode(16)),
        new("decode-64", on => OurSteps.Decode(64, on), on => PlainSteps.Decode(64, on), () => StepProducts.Decode(64), () => Floors.PlainProducts.Decode(64)),
        new("sft", OurSteps.Supervised, PlainSteps.Supervised, StepProducts.Supervised, Floors.PlainProducts.Supervised),
        new("dpo", OurSteps.Preference, PlainSteps.Preference, StepProducts.Preference, Floors.PlainProducts.Preference),
        new("ppo", on => OurSteps.Ppo(shared: false, on), on => PlainSteps.Ppo(shared: false, on), () => StepProducts.Ppo(shared: false), () => Floors.PlainProducts.Ppo(shared: false)),
        new("ppo-shared", on => OurSteps.Ppo(shared: true, on), on => PlainSteps.Ppo(shared: true, on), () => StepProducts.Ppo(shared: true), () => Floors.PlainProducts.Ppo(shared: true)),
    ];

    /// <summary>A PPO step is long, and its epochs repeat themselves: the first one is measured.</summary>
    public bool NeedsWarmUp => !Name.StartsWith("ppo", StringComparison.Ordinal);

    /// <summary>"sft,dpo", or "all".</summary>
    public static WholeStep[] Named(string names) => names == "all" ? All : [.. names.Split(',').Select(Find)];

    public static WholeStep Find(string name) =>
        All.FirstOrDefault(step => step.Name == name)
        ?? throw new UsageException($"There is no step '{name}'; there are {string.Join(", ", All.Select(step => step.Name))}, or all.");
}
