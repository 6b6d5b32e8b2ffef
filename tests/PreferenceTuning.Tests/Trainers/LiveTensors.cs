using NUnit.Framework;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>
/// Counts live tensors. What earlier tests left to the finaliser may vanish meanwhile, so a count may fall at any time, but only a leak
/// makes it rise.
/// </summary>
internal static class LiveTensors
{
    public static void AssertNoMore(Action action)
    {
        var before = Tensor.TotalCount;
        action();
        Assert.That(Tensor.TotalCount - before, Is.LessThanOrEqualTo(0), "live tensors left behind");
    }
}
