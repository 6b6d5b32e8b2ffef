using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Tests.Shared;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>
/// Every case of every file of golden/losses, by what the file holds and not by its name. What is not computed here is listed with the
/// reason.
/// </summary>
[Category("Golden")]
public sealed class LossGoldens
{
    private static readonly ScalarType[] Precisions = [ScalarType.Float64, ScalarType.Float32];

    private static readonly (string Kind, Func<JsonElement, bool> Matches, Func<JsonElement, IEnumerable<Golden>> Cases)[] Kinds =
    [
        ("preference losses", LossGoldensPreference.Matches, LossGoldensPreference.Cases),
        ("PPO functions", LossGoldensPpo.Matches, LossGoldensPpo.Cases),
        ("PPO traces", LossGoldensPpoTraces.Matches, LossGoldensPpoTraces.Cases),
        ("PPO of Ziegler et al.", LossGoldensZiegler.Matches, LossGoldensZiegler.Cases),
        ("pairs of rewards", LossGoldensReward.MatchesPairs, LossGoldensReward.Pairs),
        ("rankings of rewards", LossGoldensReward.MatchesRankings, LossGoldensReward.Rankings),
        ("ties", LossGoldensReward.MatchesTies, LossGoldensReward.Ties),
        ("supervised losses", LossGoldensSupervised.Matches, LossGoldensSupervised.Cases),
        ("KL estimators", LossGoldensNumerics.MatchesKl, LossGoldensNumerics.Kl),
        ("elementary functions", LossGoldensNumerics.Matches, LossGoldensNumerics.Cases),
    ];

    public static IEnumerable<TestCaseData> Cases()
    {
        foreach (var path in GoldenFolder.Files("*.json", "losses"))
        {
            var file = Path.GetFileNameWithoutExtension(path);
            var json = GoldenFolder.Json("losses", Path.GetFileName(path));
            var kind = Array.Find(Kinds, candidate => candidate.Matches(json));
            var cases = kind.Cases is null ? [Golden.NotRun("all", "an algorithm that this library does not have yet")] : kind.Cases(json);
            foreach (var data in cases.SelectMany(golden => golden.ToTestCases(file, Precisions)))
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

/// <summary>One case of a reference file.</summary>
/// <param name="Name">Name inside the file.</param>
/// <param name="Check">The comparison in a given precision.</param>
/// <param name="Reason">Why it is not run, or null.</param>
/// <param name="Only">The only precision that makes sense, or null.</param>
internal sealed record Golden(string Name, Action<ScalarType> Check, string? Reason = null, ScalarType? Only = null)
{
    public static Golden NotRun(string name, string reason) => new(name, _ => { }, reason);

    /// <summary>The cases of a file whose sections are lists, each of one kind.</summary>
    /// <param name="json">The file.</param>
    /// <param name="checkOf">The comparison for a section's name, or null for one that is not known.</param>
    /// <param name="unknown">Why a section that is not known is not run.</param>
    public static IEnumerable<Golden> Sections(JsonElement json, Func<string, Action<JsonElement, ScalarType>?> checkOf, string unknown)
    {
        foreach (var section in json.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Array))
        {
            var check = checkOf(section.Name);
            foreach (var (index, item) in section.Value.EnumerateArray().Index())
            {
                var name = $"{section.Name} {index}";
                yield return check is null ? NotRun(name, unknown) : new Golden(name, precision => check(item, precision));
            }
        }
    }

    public IEnumerable<TestCaseData> ToTestCases(string file, params ScalarType[] precisions)
    {
        foreach (var precision in Only is { } only ? [only] : Reason is null ? precisions : precisions[..1])
        {
            var data = new TestCaseData(Check, precision).SetName($"{file}: {Name}{(Reason is null ? $", {precision}" : "")}");
            yield return Reason is null ? data : data.Ignore(Reason);
        }
    }
}
