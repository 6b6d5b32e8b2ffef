using NUnit.Framework;
using NUnit.Framework.Interfaces;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests;

/// <summary>
/// One libtorch thread while the tiny models of a fixture run: with more, the threads wait for each other far longer than
/// they work (the golden models took 19 s with one thread and 143 s with two on a busy machine).
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OneThreadAttribute : Attribute, ITestAction
{
    private int _before;

    public ActionTargets Targets => ActionTargets.Suite;

    public void BeforeTest(ITest test)
    {
        _before = get_num_threads();
        set_num_threads(1);
    }

    public void AfterTest(ITest test) => set_num_threads(_before);
}
