using System.Collections;
using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Rollouts;
using PreferenceTuning.Tests.Trainers;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Rollouts;

/// <summary>What an engine leaves behind: the batch that it returns, and nothing else.</summary>
[OneThread]
public sealed class RolloutMemoryTests
{
    private readonly PolicyModel _policy = TinySetup.Policy();

    [Test]
    public void Only_the_tensors_of_the_batch_are_left_and_they_can_be_disposed()
    {
        var engine = new RolloutEngine(_policy, TinySetup.Sampling with { ResponsesPerPrompt = 2, MaxConcurrent = 4 });
        for (var call = 0; call < 10; call++)
        {
            LiveTensors.AssertNoMore(() => engine.Generate(TinySetup.Prompts(call)).Dispose());
        }

        var before = Tensor.TotalCount;
        using var rollouts = engine.Generate(TinySetup.Prompts(0));
        Assert.That(Tensor.TotalCount - before, Is.LessThanOrEqualTo(6));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(9)]
    [TestCase(40)]
    public void A_cancelled_call_leaves_nothing(int after)
    {
        using var source = new CancellationTokenSource();
        var engine = new RolloutEngine(
            _policy, TinySetup.Sampling with { StopTokens = new Tripwire(after, source), MaxConcurrent = 3, ResponsesPerPrompt = 2 });
        LiveTensors.AssertNoMore(() => Assert.That(
            () => engine.Generate(TinySetup.Prompts(0), source.Token), Throws.InstanceOf<OperationCanceledException>()));
    }

    [Test]
    public void A_model_that_breaks_in_the_middle_leaves_nothing()
    {
        using var broken = TinySetup.Policy();
        using (no_grad())
        {
            broken.Parameters[0].Value.fill_(double.NaN);
        }

        var engine = new RolloutEngine(broken, TinySetup.Sampling);
        LiveTensors.AssertNoMore(() => Assert.That(
            () => engine.Generate(TinySetup.Prompts(0)), Throws.InvalidOperationException.With.Message.Contains("no token to draw")));
    }

    /// <summary>Stop tokens that cancel when they have been asked often enough.</summary>
    private sealed class Tripwire(int after, CancellationTokenSource source) : IReadOnlyList<int>
    {
        private int _asked;

        public int Count => 1;

        public int this[int index] => 0;

        public IEnumerator<int> GetEnumerator()
        {
            if (_asked++ >= after)
            {
                source.Cancel();
            }

            yield return 0;
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
