using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Tests.Shared;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Every case of every file of golden/optimization, by what the file holds and not by its name.</summary>
[Category("Golden")]
public sealed class OptimizationGoldens
{
    private static readonly (Func<JsonElement, bool> Matches, Func<JsonElement, IEnumerable<Golden>> Cases)[] Kinds =
    [
        (OptimizationGoldensSteps.MatchesTrajectories, OptimizationGoldensSteps.Trajectories),
        (OptimizationGoldensSteps.MatchesEpsilonInside, OptimizationGoldensSteps.EpsilonInside),
        (OptimizationGoldensSteps.MatchesMasters, OptimizationGoldensSteps.Masters),
        (OptimizationGoldensClipping.Matches, OptimizationGoldensClipping.Cases),
        (OptimizationGoldensSchedules.Matches, OptimizationGoldensSchedules.Cases),
    ];

    public static IEnumerable<TestCaseData> Cases()
    {
        foreach (var path in GoldenFolder.Files("*.json", "optimization"))
        {
            var json = GoldenFolder.Json("optimization", Path.GetFileName(path));
            var kind = Array.Find(Kinds, candidate => candidate.Matches(json));
            var cases = kind.Cases is null ? [Golden.NotRun("all", "a kind of file that these tests do not know")] : kind.Cases(json);
            foreach (var data in cases.SelectMany(golden => golden.ToTestCases(Path.GetFileNameWithoutExtension(path), ScalarType.Float64)))
            {
                yield return data;
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Matches(Action<ScalarType> check, ScalarType precision)
    {
        using var scope = NewDisposeScope();
        check(precision);
    }
}
