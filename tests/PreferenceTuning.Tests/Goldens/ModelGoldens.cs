using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Language models of golden/models: every folder, both spellings of the configuration, float64 and float32.</summary>
[Category("Golden")]
[OneThread]
public sealed class ModelGoldens
{
    private static readonly (ScalarType Dtype, double Tolerance)[] Types = [(ScalarType.Float64, 1e-9), (ScalarType.Float32, 1e-4)];

    private static IEnumerable<ModelGoldensFolder.Folder> LanguageModels() =>
        ModelGoldensFolder.All().Where(folder => folder.Task is "language model");

    public static IEnumerable<TestCaseData> ForwardCases() =>
        from folder in LanguageModels()
        from layout in folder.Expected.GetProperty("cases").EnumerateObject()
        from type in Types
        select ModelGoldensFolder.Case(
            folder, $"{folder.Config}, {layout.Name}, {type.Dtype}", folder.Name, folder.Config, layout.Name, type.Dtype, type.Tolerance);

    public static IEnumerable<TestCaseData> GradientCases() =>
        from folder in LanguageModels()
        from type in Types
        select ModelGoldensFolder.Case(folder, $"{folder.Config}, {type.Dtype}", folder.Name, folder.Config, type.Dtype, type.Tolerance);

    public static IEnumerable<TestCaseData> HiddenCases() =>
        from folder in LanguageModels()
        select ModelGoldensFolder.Case(folder, folder.Config, folder.Name, folder.Config);

    public static IEnumerable<TestCaseData> GenerationCases() =>
        from folder in LanguageModels()
        from type in Types
        from cached in new[] { false, true }
        select ModelGoldensFolder.Case(
            folder, $"{folder.Config}, {type.Dtype}, {(cached ? "with cache" : "without cache")}", folder.Name, folder.Config, type.Dtype, cached);

    public static IEnumerable<TestCaseData> OtherFolders() =>
        from folder in ModelGoldensFolder.All()
        where folder.Task is "unknown" or "none"
        select new TestCaseData(folder.Name).SetName($"{{m}}({folder.Name}, {folder.Config})").Ignore(
            "The folder holds no kind of expectation that is known.");

    [TestCaseSource(nameof(OtherFolders))]
    public void A_folder_of_an_unknown_kind_is_reported(string name) => Assert.Fail(name);

    [TestCaseSource(nameof(ForwardCases))]
    public void Logits_log_probs_and_entropies_are_those_of_the_library(
        string name, string config, string layout, ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (model, key) = ModelGoldensFolder.Model(name, config, dtype);
        var expected = ModelGoldensFolder.Expected(name).GetProperty("cases").GetProperty(layout);
        var (ids, mask) = (
            ModelGoldensFolder.Ids(expected.GetProperty("input_ids")), ModelGoldensFolder.Mask(expected.GetProperty("attention_mask")));
        var logits = ModelGoldensFolder.Once(
            $"logits {layout} {key}", () => ModelGoldensFolder.Logits(model, model.Hidden(ids, mask)).DetachFromDisposeScope());

        using var reader = SafetensorsReader.Open(GoldenFolder.Path("models", name, "expected.safetensors"));
        Assert.That(
            ModelGoldensFolder.MaxDifference(RealTokens(logits, mask), FirstTokens(reader.Read("logits.unpadded"), mask)),
            Is.LessThan(tolerance));
        if (reader.Contains($"logits_last.{layout}"))
        {
            Assert.That(
                ModelGoldensFolder.MaxDifference(LastTokens(logits, mask), reader.Read($"logits_last.{layout}")), Is.LessThan(tolerance));
        }

        var targetMask = ModelGoldensFolder.Mask(expected.GetProperty("target_mask"));
        var (logProbs, entropies) = TokenStatistics(logits.to(ScalarType.Float64), ids);
        Assert.Multiple(() =>
        {
            Assert.That(
                Masked(logProbs, targetMask, ModelGoldensFolder.Doubles(expected.GetProperty("target_logprobs"))), Is.LessThan(tolerance));
            Assert.That(
                Masked(entropies, targetMask, ModelGoldensFolder.Doubles(expected.GetProperty("entropies"))), Is.LessThan(tolerance));
            Assert.That(
                -logProbs.masked_select(targetMask).mean().item<double>(),
                Is.EqualTo(expected.GetProperty("mean_nll").GetDouble()).Within(tolerance));
            Assert.That(logits.isfinite().all().item<bool>(), "padded positions must be finite");
        });
    }

    [TestCaseSource(nameof(HiddenCases))]
    public void Hidden_states_of_every_layer_are_those_of_the_library(string name, string config)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (model, _) = ModelGoldensFolder.Model(name, config, ScalarType.Float64);
        var ids = ModelGoldensFolder.Ids(
            ModelGoldensFolder.Expected(name).GetProperty("cases").GetProperty("unpadded").GetProperty("input_ids"));
        using var reader = SafetensorsReader.Open(GoldenFolder.Path("models", name, "expected.safetensors"));
        var differences = new Dictionary<int, double>();
        var last = model.Config.Layers;
        var final = model.Forward(ids, null, null, null, places: null, (layer, hidden) =>
        {
            if (layer < last && reader.Contains($"hidden.{layer}"))
            {
                differences[layer] = ModelGoldensFolder.MaxDifference(hidden[0], reader.Read($"hidden.{layer}"));
            }
        });
        differences[last] = ModelGoldensFolder.MaxDifference(final[0], reader.Read($"hidden.{last}"));
        Assert.That(differences.Keys, Is.EquivalentTo(Enumerable.Range(0, last + 1)));
        Assert.That(differences.Values, Is.All.LessThan(1e-9));
    }

    [TestCaseSource(nameof(GradientCases))]
    public void Gradients_of_the_mean_loss_are_those_of_the_library(string name, string config, ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        var (model, key) = ModelGoldensFolder.Model(name, config, dtype);
        var expected = ModelGoldensFolder.Expected(name);
        var gradients = expected.GetProperty("gradients");
        var layout = expected.GetProperty("cases").GetProperty(gradients.GetProperty("case").GetString()!);
        var loss = ModelGoldensFolder.Once($"gradients {key}", () => Backward(model, layout));
        Assert.That(loss, Is.EqualTo(gradients.GetProperty("loss").GetDouble()).Within(tolerance));

        var norms = gradients.GetProperty("l2_norm");
        Assert.That(
            model.Parameters.Select(parameter => parameter.Name), Is.EquivalentTo(norms.EnumerateObject().Select(entry => entry.Name)));
        using var reader = SafetensorsReader.Open(GoldenFolder.Path("models", name, "expected.safetensors"));
        var globalSquare = 0.0;
        Assert.Multiple(() =>
        {
            foreach (var (parameter, value) in model.Parameters)
            {
                var gradient = value.grad!.to(ScalarType.Float64);
                var norm = norms.GetProperty(parameter).GetDouble();
                globalSquare += gradient.square().sum().item<double>();
                Assert.That(gradient.norm().item<double>(), Is.EqualTo(norm).Within(tolerance * Math.Max(1, norm)), parameter);
                Assert.That(
                    gradient.sum().item<double>(),
                    Is.EqualTo(gradients.GetProperty("sum").GetProperty(parameter).GetDouble()).Within(tolerance * 10),
                    parameter);
                if (reader.Contains($"grad.{parameter}"))
                {
                    Assert.That(
                        ModelGoldensFolder.MaxDifference(gradient, reader.Read($"grad.{parameter}")), Is.LessThan(tolerance), parameter);
                }
            }

            Assert.That(Math.Sqrt(globalSquare), Is.EqualTo(gradients.GetProperty("global_l2_norm").GetDouble()).Within(tolerance * 10));
        });
    }

    [TestCaseSource(nameof(GenerationCases))]
    public void Greedy_ids_are_those_of_the_library(string name, string config, ScalarType dtype, bool cached)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (model, key) = ModelGoldensFolder.Model(name, config, dtype);
        var expected = ModelGoldensFolder.Expected(name).GetProperty("generation");
        var ids = ModelGoldensFolder.Ids(expected.GetProperty("input_ids"));
        var mask = ModelGoldensFolder.Mask(expected.GetProperty("attention_mask"));
        var steps = expected.GetProperty("new_tokens").GetInt32();
        var produced = ModelGoldensFolder.Once(
            $"greedy {cached} {key}", () => (cached ? GreedyCached(model, ids, mask, steps) : Greedy(model, ids, mask, steps)).DetachFromDisposeScope());
        var wanted = ModelGoldensFolder.Ids(expected.GetProperty(cached ? "ids_with_cache" : "ids"));
        Assert.That(produced.data<long>().ToArray(), Is.EqualTo(wanted.data<long>().ToArray()));
    }

    private static double Backward(DecoderModel model, JsonElement layout)
    {
        var (ids, mask) = (
            ModelGoldensFolder.Ids(layout.GetProperty("input_ids")), ModelGoldensFolder.Mask(layout.GetProperty("attention_mask")));
        var (logProbs, _) = TokenStatistics(ModelGoldensFolder.Logits(model, model.Hidden(ids, mask)), ids);
        var loss = logProbs.masked_select(ModelGoldensFolder.Mask(layout.GetProperty("target_mask"))).mean().neg();
        loss.backward();
        return loss.to(ScalarType.Float64).item<double>();
    }

    private static Tensor Greedy(DecoderModel model, Tensor ids, Tensor mask, int steps)
    {
        var prompt = ids.shape[1];
        for (var step = 0; step < steps; step++)
        {
            var next = ModelGoldensFolder.Logits(model, model.Hidden(ids, mask).select(1, -1)).argmax(-1, keepdim: true);
            (ids, mask) = (cat([ids, next], 1), cat([mask, ones_like(next, dtype: ScalarType.Bool)], 1));
        }

        return ids.narrow(1, prompt, steps).contiguous();
    }

    private static Tensor GreedyCached(DecoderModel model, Tensor ids, Tensor mask, int steps)
    {
        using var cache = model.NewCache(ids.shape[0], ids.shape[1] + steps);
        var (input, produced) = (ids, new List<Tensor>());
        for (var step = 0; step < steps; step++)
        {
            var next = ModelGoldensFolder.Logits(model, model.Hidden(input, mask, cache: cache).select(1, -1)).argmax(-1, keepdim: true);
            produced.Add(next);
            (input, mask) = (next, cat([mask, ones_like(next, dtype: ScalarType.Bool)], 1));
        }

        return cat(produced.ToArray(), 1);
    }

    private static (Tensor LogProbs, Tensor Entropies) TokenStatistics(Tensor logits, Tensor ids)
    {
        var logSoftmax = logits.narrow(1, 0, logits.shape[1] - 1).log_softmax(-1);
        var targets = ids.narrow(1, 1, ids.shape[1] - 1).unsqueeze(-1);
        return (logSoftmax.gather(-1, targets).squeeze(-1), logSoftmax.exp().mul(logSoftmax).sum(-1).neg());
    }

    private static double Masked(Tensor actual, Tensor mask, Tensor expected) =>
        actual.sub(expected).abs().masked_select(mask).max().item<double>();

    // Row-major order of the real tokens is the same in every layout.
    private static Tensor RealTokens(Tensor logits, Tensor mask) => logits.masked_select(mask.unsqueeze(-1)).view(-1, logits.shape[2]);

    private static Tensor FirstTokens(Tensor unpadded, Tensor mask)
    {
        var lengths = mask.sum(1, keepdim: true);
        return RealTokens(unpadded, arange(unpadded.shape[1]).unsqueeze(0).lt(lengths));
    }

    private static Tensor LastTokens(Tensor logits, Tensor mask)
    {
        var last = arange(mask.shape[1]).mul(mask.to(ScalarType.Int64)).argmax(1);
        return cat([.. Enumerable.Range(0, (int)logits.shape[0]).Select(row => logits[row].index_select(0, last[row].view(1)))], 0);
    }
}
