using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Tests.Goldens;
using PreferenceTuning.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.ModelFiles;

/// <summary>A real pretrained model that nobody here made, where it is there.</summary>
[OneThread]
public sealed class StoriesTests
{
    private static (DecoderModel Model, JsonElement Expected) Load(ScalarType dtype)
    {
        var folder = GoldenFolder.NeededRealInput("models", "stories260K");

        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
        return (DecoderModel.FromPretrained(folder, dtype), document.RootElement.Clone());
    }

    [TestCase(ScalarType.Float64, 1e-9)]
    [TestCase(ScalarType.Float32, 1e-4)]
    public void Logits_and_losses_of_a_real_model_are_those_of_the_library(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (model, expected) = Load(dtype);
        var logits = ModelGoldensFolder.Logits(model, model.Hidden(tensor(new[] { 1L }).view(1, 1)));
        var wanted = expected.GetProperty("logits").GetProperty("values").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        Assert.That(ModelGoldensFolder.MaxDifference(logits.view(-1), tensor(wanted)), Is.LessThan(tolerance));

        var story = expected.GetProperty("story");
        var ids = Ids(story.GetProperty("ids"));
        var result = new PolicyModel(model).LogProbs(ids, null, ones(1, ids.shape[1] - 1, dtype: ScalarType.Bool));
        var losses = story.GetProperty("nll").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        var entropies = story.GetProperty("entropy").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        Assert.That(ModelGoldensFolder.MaxDifference(result.LogProbs.neg().view(-1), tensor(losses)), Is.LessThan(tolerance));
        Assert.That(
            ModelGoldensFolder.MaxDifference(result.Entropies.view(-1).narrow(0, 0, entropies.Length), tensor(entropies)),
            Is.LessThan(tolerance));
    }

    [Test]
    public void Greedy_ids_of_a_real_model_are_those_of_the_library()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (model, expected) = Load(ScalarType.Float32);
        var wanted = expected.GetProperty("greedy").GetProperty("ids").EnumerateArray().Select(id => id.GetInt64()).ToArray();
        using var cache = model.NewCache(1, wanted.Length);
        var produced = new List<long> { wanted[0] };
        while (produced.Count < wanted.Length)
        {
            using var step = NewDisposeScope();
            var hidden = model.Hidden(tensor(new[] { produced[^1] }).view(1, 1), cache: cache);
            produced.Add(ModelGoldensFolder.Logits(model, hidden).argmax(-1).item<long>());
        }

        Assert.That(produced, Is.EqualTo(wanted));
    }

    private static Tensor Ids(JsonElement ids) => tensor(ids.EnumerateArray().Select(id => id.GetInt64()).ToArray()).unsqueeze(0);
}
