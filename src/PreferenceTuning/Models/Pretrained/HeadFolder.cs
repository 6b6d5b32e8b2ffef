using System.Globalization;
using System.Text.Json.Nodes;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>Reads and writes folders of a decoder with a head of scores: transformers' sequence and token classifiers.</summary>
internal static class HeadFolder
{
    private const string OwnKeys = "preference_tuning";

    // transformers calls the head of a token classifier "score" or "classifier", depending on the family.
    private static readonly string[] HeadNames = ["score", "classifier"];

    /// <returns>The trunk, the head, and this library's own keys of config.json.</returns>
    public static (DecoderModel Trunk, ScoreHead Head, ConfigReader? OwnKeys) Read(string folder, ScalarType? dtype, Device? device)
    {
        using var loaded = PretrainedFolder.Open(folder);
        var name = Array.Find(HeadNames, head => loaded.Weights.Contains($"{head}.weight")) ?? throw new ModelFileException(
            folder,
            "there is no head of scores (score.weight) in the weights.",
            "This is a language model: give its DecoderModel a new head, for example with RewardModel.FromDecoder.");
        using var scope = NewDisposeScope();
        var weight = loaded.Weights.ReadWeight($"{name}.weight");
        var bias = loaded.Weights.Contains($"{name}.bias") ? loaded.Weights.ReadWeight($"{name}.bias") : null;
        var trunk = loaded.Decoder(dtype, device, withHead: false);
        if (weight.dim() != 2 || weight.shape[1] != trunk.OutputSize || (bias is not null && !bias.shape.SequenceEqual([weight.shape[0]])))
        {
            trunk.Dispose();
            throw new ModelFileException(
                folder,
                $"{name}.weight has shape {Check.Shape(weight)}; [labels, {trunk.OutputSize}] was expected, and a bias of as many labels or none.",
                "The weights belong to another configuration.");
        }

        return (trunk, new ScoreHead(Own(weight, trunk), bias is null ? null : Own(bias, trunk)), loaded.Reader.Object(OwnKeys));
    }

    /// <summary>Writes a classifier's folder.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="trunk">The decoder.</param>
    /// <param name="head">The head; with a bias it is written as a token classifier, which has one in transformers, else as a sequence
    /// classifier.</param>
    /// <param name="ownKeys">This library's own keys; null for none.</param>
    public static void Save(string folder, DecoderModel trunk, ScoreHead head, JsonObject? ownKeys)
    {
        var task = head.HasBias ? PretrainedTask.TokenClassification : PretrainedTask.SequenceClassification;
        var name = head.HasBias ? DecoderFamilies.Get(trunk.Config.Family).Names.TokenHead : "score";
        var labels = Enumerable.Range(0, head.Labels).Select(label => label.ToString(CultureInfo.InvariantCulture)).ToArray();
        var keys = new JsonObject
        {
            ["id2label"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label, (JsonNode?)$"LABEL_{label}"))),
            ["label2id"] = new JsonObject(labels.Select((label, id) => KeyValuePair.Create($"LABEL_{label}", (JsonNode?)id))),
        };
        if (ownKeys is not null)
        {
            keys[OwnKeys] = ownKeys;
        }

        var tensors = head.Parameters.Select(
            parameter => parameter with { Name = parameter.Name.Replace("score.", $"{name}.", StringComparison.Ordinal) });
        PretrainedFolder.Save(folder, trunk, task, tensors, keys);
    }

    private static Tensor Own(Tensor loaded, DecoderModel trunk) =>
        loaded.to(trunk.Dtype, trunk.Device, copy: true).DetachFromDisposeScope();
}
