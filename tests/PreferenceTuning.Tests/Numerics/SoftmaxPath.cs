using PreferenceTuning.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>One test of what computes on softmax rows: by torch operators or by the CPU loop, with a seed and a scope of its own.</summary>
internal sealed class SoftmaxPath
{
    private readonly DisposeScope _scope;

    public SoftmaxPath(bool operators)
    {
        SoftmaxRows.OperatorsOnly = operators;
        _scope = NewDisposeScope();
        random.manual_seed(5);
    }

    public void Close()
    {
        SoftmaxRows.OperatorsOnly = false;
        _scope.Dispose();
    }
}
