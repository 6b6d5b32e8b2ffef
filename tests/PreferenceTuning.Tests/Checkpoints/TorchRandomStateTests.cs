using NUnit.Framework;
using PreferenceTuning.Checkpoints;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Checkpoints;

public sealed class TorchRandomStateTests
{
    [Test]
    public void A_restored_generator_gives_the_same_numbers()
    {
        using var scope = NewDisposeScope();
        _ = randn(3);
        var state = TorchRandomState.Capture();
        var (first, uniform) = (randn(5).data<float>().ToArray(), rand(5).data<float>().ToArray());
        var other = randn(5).data<float>().ToArray();
        TorchRandomState.Restore(state);
        Assert.That(state, Has.Length.EqualTo(5056));
        Assert.That(randn(5).data<float>().ToArray(), Is.EqualTo(first).And.Not.EqualTo(other));
        Assert.That(rand(5).data<float>().ToArray(), Is.EqualTo(uniform));
    }

    [TestCase(0)]
    [TestCase(5055)]
    [TestCase(5057)]
    public void A_state_of_another_length_is_refused_before_it_reaches_torch(int length) =>
        Assert.That(
            () => TorchRandomState.Restore(new byte[length]),
            Throws.ArgumentException.With.Message.Contains($"'state' has {length} bytes"));

    [Test]
    public void No_tensor_is_left_behind()
    {
        var before = Tensor.TotalCount;
        TorchRandomState.Restore(TorchRandomState.Capture());
        Assert.That(Tensor.TotalCount, Is.EqualTo(before));
    }
}
