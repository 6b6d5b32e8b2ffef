using NUnit.Framework;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

public sealed class LookupFunctionTests
{
    [Test]
    public void Each_row_of_the_table_gets_the_sum_of_its_gradients()
    {
        using var scope = NewDisposeScope();
        var table = tensor(new[,] { { 1f, 2f }, { 3f, 4f }, { 5f, 6f } }).requires_grad_();
        var rows = LookupFunction.Apply(table, tensor(new long[] { 2, 0, 2 }));
        Assert.That(rows.data<float>().ToArray(), Is.EqualTo(new[] { 5f, 6f, 1f, 2f, 5f, 6f }));

        // Upstream (1 1) (10 10) (100 100): row 2 is asked twice, row 1 never.
        CheckedBackward.Run((rows * tensor(new[,] { { 1f }, { 10f }, { 100f } })).sum());
        float[] once = [10, 10, 0, 0, 101, 101];
        Assert.That(table.grad!.data<float>().ToArray(), Is.EqualTo(once));

        CheckedBackward.Run(LookupFunction.Apply(table, tensor(new long[] { 1 })).sum());
        Assert.That(table.grad!.data<float>().ToArray(), Is.EqualTo(new float[] { 10, 10, 1, 1, 101, 101 }), "a second pass adds");
    }

    [Test]
    public void A_table_in_half_precision_and_one_that_is_no_leaf_get_it_too([Values(ScalarType.BFloat16, ScalarType.Float64)] ScalarType type)
    {
        using var scope = NewDisposeScope();
        var leaf = ones(3, 2, dtype: type).requires_grad_();
        CheckedBackward.Run(LookupFunction.Apply(leaf * 2, tensor(new long[] { 1, 1 })).sum());
        Assert.That(leaf.grad!.to_type(ScalarType.Float32).data<float>().ToArray(), Is.EqualTo(new float[] { 0, 0, 4, 4, 0, 0 }));
    }
}
