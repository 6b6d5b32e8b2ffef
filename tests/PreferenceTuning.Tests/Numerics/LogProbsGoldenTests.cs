using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Numerics;
using PreferenceTuning.Tests.Shared;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>The reference file's log-probs, entropies and exact divergences.</summary>
[Category("Golden")]
public sealed class LogProbsGoldenTests
{
    private const string File = "logprobs_entropy_kl.json";

    private static IEnumerable<TestCaseData> Cases() =>
        Entries("cases", (entry, index) => entry.GetProperty("name").GetString() ?? $"case {index}");

    private static IEnumerable<TestCaseData> Divergences() => Entries("kl_cases", (_, index) => $"kl {index}");

    [TestCaseSource(nameof(Cases))]
    public void Log_probs_and_entropies(JsonElement entry)
    {
        using var scope = NewDisposeScope();
        var logits = Rows(entry.GetProperty("logits"));
        var targets = tensor(Flat(entry.GetProperty("index")).Select(x => (long)x).ToArray());
        var result = TokenLogProbs.FromLogits(logits, targets);
        Compare(result.LogProbs, Flat(entry.GetProperty("selected_logp")), 1e-12);

        // The library gives NaN where a token is impossible; its README recommends 0 log 0 = 0, which the log-probs allow to be computed.
        var expected = Flat(entry.GetProperty("entropy"));
        var recommended = Lines(entry.GetProperty("log_softmax")).Select(line => -line.Sum(x => double.IsNegativeInfinity(x) ? 0 : x * Math.Exp(x))).ToArray();
        Compare(result.Entropies, [.. expected.Select((x, i) => double.IsNaN(x) ? recommended[i] : x)], 1e-12);
        var single = TokenLogProbs.FromLogits(logits.to_type(ScalarType.Float32), targets);

        // Float32 rounds the logits themselves, by up to 6e-8 of their size each.
        var largest = Flat(entry.GetProperty("logits")).Where(double.IsFinite).Max(Math.Abs);
        Compare(single.LogProbs, Flat(entry.GetProperty("selected_logp")), Math.Max(1e-6, 2 * 6e-8 * largest));
        var known = entry.EnumerateObject().Where(
            property => property.Name.StartsWith("selected_logp_temperature_", StringComparison.Ordinal));
        foreach (var property in known)
        {
            var temperature = double.Parse(property.Name["selected_logp_temperature_".Length..], CultureInfo.InvariantCulture);
            Compare(TokenLogProbs.FromLogits(logits, targets, temperature).LogProbs, Flat(property.Value), 1e-12);
        }
    }

    [TestCaseSource(nameof(Divergences))]
    public void Exact_divergence(JsonElement entry)
    {
        using var scope = NewDisposeScope();
        var (policy, reference) = (
            tensor(Flat(entry.GetProperty("policy_logits"))).unsqueeze(0), tensor(Flat(entry.GetProperty("ref_logits"))).unsqueeze(0));
        Compare(ExactKl.FromLogits(policy, reference), [entry.GetProperty("kl_policy_ref_exact").GetDouble()], 1e-12);
        Compare(ExactKl.FromLogits(reference, policy), [entry.GetProperty("kl_ref_policy_exact").GetDouble()], 1e-12);
    }

    private static IEnumerable<TestCaseData> Entries(string list, Func<JsonElement, int, string> name)
    {
        if (!System.IO.File.Exists(GoldenFolder.Path("losses", File)) || !GoldenFolder.Json("losses", File).TryGetProperty(list, out var entries))
        {
            yield return new TestCaseData(default(JsonElement)).SetName($"{File} {list}").Ignore(
                $"the reference set has no {list} in losses/{File}");
            yield break;
        }

        var index = 0;
        foreach (var entry in entries.EnumerateArray())
        {
            yield return new TestCaseData(entry).SetName($"{File} {name(entry, index++)}");
        }
    }

    private static void Compare(Tensor got, double[] expected, double tolerance)
    {
        double[] values = [.. got.to_type(ScalarType.Float64).data<double>()];
        Assert.That(values, Has.Length.EqualTo(expected.Length));
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.That(values[i], Is.EqualTo(expected[i]).Within(tolerance * Math.Max(1, Math.Abs(expected[i]))), $"entry {i}");
        }
    }

    private static Tensor Rows(JsonElement nested)
    {
        var lines = Lines(nested);
        return tensor(lines.SelectMany(line => line).ToArray()).view(lines.Count, -1);
    }

    // The innermost lists.
    private static List<double[]> Lines(JsonElement nested) =>
        nested[0].ValueKind == JsonValueKind.Array ? [.. nested.EnumerateArray().SelectMany(Lines)] : [Flat(nested)];

    private static double[] Flat(JsonElement nested) =>
        nested.ValueKind == JsonValueKind.Array ? [.. nested.EnumerateArray().SelectMany(Flat)]
        : nested.ValueKind == JsonValueKind.String ? [double.Parse(nested.GetString()!, CultureInfo.InvariantCulture)]
        : [nested.GetDouble()];
}
