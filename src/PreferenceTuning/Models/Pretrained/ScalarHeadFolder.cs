using System.Text.Json.Nodes;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>Folders of decoders with a scalar head: <c>*ForSequenceClassification</c> with one label.</summary>
internal static class ScalarHeadFolder
{
    private const string GainKey = "score_gain";
    private const string BiasKey = "score_bias";

    public static (DecoderModel Trunk, Tensor Head) Read(string folder, ScalarType? dtype, Device? device)
    {
        using var loaded = PretrainedFolder.Open(folder);
        var trunk = loaded.Decoder(dtype, device, withHead: false);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var stored = loaded.Weights.Read(ScalarHead.Name, [1, trunk.Config.HiddenSize]);
        return (trunk, ScalarHead.Trainable(stored.to(trunk.Dtype).to(trunk.Device).clone()));
    }

    public static (double Gain, double Bias) Normalisation(DecoderModel trunk) =>
        (Number(trunk, GainKey) ?? 1, Number(trunk, BiasKey) ?? 0);

    public static void Write(string folder, DecoderModel trunk, Tensor head, double gain, double bias)
    {
        var keys = new JsonObject
        {
            ["num_labels"] = 1,
            ["id2label"] = new JsonObject { ["0"] = "LABEL_0" },
            ["label2id"] = new JsonObject { ["LABEL_0"] = 0 },
            [GainKey] = gain,
            [BiasKey] = bias,
        };
        PretrainedFolder.Save(folder, trunk, "ForSequenceClassification", [new NamedParameter(ScalarHead.Name, head)], keys);
    }

    private static double? Number(DecoderModel trunk, string key) => trunk.LoadedJson?[key]?.GetValue<double>();
}
