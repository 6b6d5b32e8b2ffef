using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Feedback.Tests.Statistics;

/// <summary>Every case of every file in golden/agreement is one test; a kind that is not known is shown as not run.</summary>
[TestFixture]
[Category("Golden")]
public sealed class AgreementGoldenTests
{
    /// <summary>Checks by file, or by file and kind where a file holds several.</summary>
    private static readonly Dictionary<string, Action<JsonElement>> Checks = new(StringComparer.Ordinal)
    {
        ["cohen"] = GoldenAgreement.Cohen,
        ["fleiss"] = GoldenAgreement.Fleiss,
        ["krippendorff"] = GoldenAgreement.Krippendorff,
        ["crowd-models"] = GoldenCrowdModels.Check,
        ["preference-models/bradley_terry"] = GoldenPreferences.BradleyTerryCase,
        ["preference-models/plackett_luce"] = GoldenPreferences.PlackettLuceCase,
        ["preference-models/top1"] = GoldenPreferences.TopOne,
        ["preference-models/ties"] = GoldenPreferences.Ties,
        ["preference-models/elo_derived"] = GoldenPreferences.EloCase,
        ["preference-models/tournament_derived"] = GoldenPreferences.TournamentCase,
        ["preference-models/noisy_bradley_terry"] = GoldenPreferences.NoisyBradleyTerryCase,
        ["proportions/proportion"] = GoldenIntervals.ProportionCase,
        ["bootstrap/cluster_bootstrap"] = GoldenIntervals.ClusterBootstrapCase,
        ["bootstrap/bca_derived"] = GoldenIntervals.BcaCase,
        ["calibration/reliability"] = GoldenIntervals.Reliability,
        ["calibration/temperature_binary"] = GoldenIntervals.TemperatureBinary,
        ["calibration/temperature_multi"] = GoldenIntervals.TemperatureMulti,
        ["rank-and-tests/rank_correlation"] = GoldenTests.RankCorrelationCase,
        ["rank-and-tests/kendall_w"] = GoldenTests.KendallWCase,
        ["rank-and-tests/multiple_tests"] = GoldenTests.MultipleTests,
        ["rank-and-tests/mcnemar"] = GoldenTests.McNemar,
        ["rank-and-tests/two_samples"] = GoldenTests.TwoSamples,
        ["rank-and-tests/robust_z"] = GoldenTests.RobustZ,
    };

    [TestCaseSource(nameof(Cases))]
    public void The_reference_number_is_met(string check, JsonElement goldenCase) => Checks[check](goldenCase);

    private static IEnumerable<TestCaseData> Cases()
    {
        foreach (var path in GoldenFolder.Files("*.json", "agreement"))
        {
            var file = Path.GetFileNameWithoutExtension(path);
            var root = GoldenFolder.Json("agreement", Path.GetFileName(path));
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("cases", out var cases))
            {
                yield return new TestCaseData(file, root).SetName($"agreement/{file}").Ignore($"{file}.json has no list of cases.");
                continue;
            }

            var index = 0;
            foreach (var goldenCase in cases.EnumerateArray())
            {
                var kind = goldenCase.TryGetProperty("kind", out var given) ? $"{file}/{given.GetString()}" : file;
                var name = goldenCase.TryGetProperty("name", out var title) ? title.GetString() : null;
                var test = new TestCaseData(kind, goldenCase).SetName(
                    $"agreement/{file} {index++}: {name}".Replace('(', '[').Replace(')', ']'));
                yield return Checks.ContainsKey(kind) ? test : test.Ignore($"No check for cases of the kind '{kind}'.");
            }
        }
    }
}
