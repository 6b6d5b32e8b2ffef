using System.Text.Json;
using PreferenceTuning.Losses;
using static PreferenceTuning.Tests.Goldens.GoldenValues;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Files like sft.json: token losses divided by a given count.</summary>
internal static class LossGoldensSupervised
{
    public static bool Matches(JsonElement json) => json.TryGetProperty("inputs", out var inputs) && inputs.Has("logps", "label_mask");

    public static IEnumerable<Golden> Cases(JsonElement json)
    {
        var inputs = json.GetProperty("inputs");
        foreach (var item in json.GetProperty("cases").EnumerateArray())
        {
            var type = item.GetProperty("loss_type").GetString();
            var name = $"{type}, items {item.GetProperty("num_items_in_batch").GetRawText()}";
            yield return type is "nll" or "dft"
                ? new Golden(name, precision => Check(inputs, item, precision))
                : Golden.NotRun(name, $"loss '{type}' is not supported yet");
        }
    }

    private static void Check(JsonElement inputs, JsonElement item, ScalarType precision)
    {
        var (logProbs, mask) = (inputs.Trained("logps", precision), inputs.Mask("label_mask"));
        var losses = item.GetProperty("loss_type").GetString() == "nll"
            ? SupervisedLosses.NegativeLogLikelihood(logProbs, mask)
            : SupervisedLosses.Dft(logProbs, mask);
        var loss = losses.sum() / item.Number("num_items_in_batch", Math.Max(1, mask.sum().Scalar()));
        loss.backward();
        var isExact = precision == ScalarType.Float64;
        Close(loss.Scalar(), item.Number(isExact ? "loss" : "loss_float32"), isExact ? 1e-12 : 1e-6, "loss");
        // The library sums without the mask (its model returns 0 outside), so only the gradients inside it mean something.
        var expected = item.Values("grad", ScalarType.Float64).masked_fill(mask.logical_not(), 0);
        Close(logProbs.grad!, expected, isExact ? 1e-12 : 1e-6, "gradient");
    }
}
