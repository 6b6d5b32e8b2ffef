using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PreferenceTuning.Data;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>A Hugging Face model folder: config.json and weights.</summary>
internal sealed class PretrainedFolder : IDisposable
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonObject _json;
    private readonly DecoderFamily _family;

    private PretrainedFolder(string path, ConfigReader reader, DecoderConfig config)
    {
        Path = path;
        Reader = reader;
        Config = config;
        _json = reader.Json;
        _family = DecoderFamilies.Get(config.Family);
        Weights = PretrainedWeights.Open(path, _family.Names.Prefix);
    }

    public string Path { get; }

    public ConfigReader Reader { get; }

    public DecoderConfig Config { get; private set; }

    public PretrainedWeights Weights { get; }


    public static PretrainedFolder Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new ModelFileException(folder, "there is no such folder.", "Give the folder that holds config.json.");
        }

        var reader = ConfigReader.Read(System.IO.Path.Combine(folder, "config.json"));
        return new PretrainedFolder(folder, reader, DecoderFamilies.Read(reader));
    }

    /// <summary>Builds the decoder of the folder.</summary>
    /// <param name="dtype">Element type; null for the one in the file.</param>
    /// <param name="device">Null for the CPU.</param>
    /// <param name="withHead">Whether the head of a language model is wanted; a classifier's folder has none, so its trunk counts as
    /// tied.</param>
    public DecoderModel Decoder(ScalarType? dtype, Device? device, bool withHead = true)
    {
        Config = withHead ? WithTruthfulHead() : Config;
        var (embedding, head) = ($"{_family.Names.Embedding}.weight", $"{_family.Names.Head}.weight");
        var onlyHead = !Weights.Contains(embedding) && Weights.Contains(head);
        var source = WeightSources.Folder(Weights, dtype ?? Weights.Dtype(onlyHead ? head : embedding), device ?? CPU);
        WeightSource read = onlyHead && Config.TiedHead && withHead
            ? block => source(block with { Names = [.. block.Names.Select(name => name == embedding ? head : name)] })
            : source;
        using var noGradient = no_grad();
        var model = new DecoderModel(Config, read, trainable: true, _json, withHead);
        model.UnusedTensors = Weights.Unused;
        return model;
    }

    public void Dispose() => Weights.Dispose();

    /// <summary>Writes a folder: the decoder's tensors, those of a head, and config.json.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="model">The decoder.</param>
    /// <param name="task">What transformers shall load it as.</param>
    /// <param name="head">Tensors beside the decoder's; a classifier is written without the map to logits.</param>
    /// <param name="extraKeys">Keys of config.json beside the decoder's.</param>
    public static void Save(
        string folder, DecoderModel model, PretrainedTask task, IEnumerable<NamedParameter> head, JsonObject? extraKeys = null)
    {
        var family = DecoderFamilies.Get(model.Config.Family);
        var json = DecoderFamilies.Write(model.Config, model.LoadedJson);
        json["architectures"] = new JsonArray(family.ClassName(task));
        json.Remove("dtype");
        json["torch_dtype"] = TorchName(model.Dtype);
        foreach (var (key, value) in extraKeys ?? [])
        {
            json[key] = value?.DeepClone();
        }

        var logits = family.Names.Head + ".";
        var tensors = model.Parameters
            .Where(parameter => task == PretrainedTask.LanguageModel || !parameter.Name.StartsWith(logits, StringComparison.Ordinal))
            .Concat(head)
            .Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value));
        SafetensorsWriter.Write(
            System.IO.Path.Combine(folder, "model.safetensors"), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        DurableFile.Replace(
            System.IO.Path.Combine(folder, "config.json"), stream => stream.Write(JsonSerializer.SerializeToUtf8Bytes(json, Indented)));
    }

    // A tied model whose file holds another head is an untied one; config.json is wrong about it, the weights are not.
    private DecoderConfig WithTruthfulHead()
    {
        var (embedding, head) = ($"{_family.Names.Embedding}.weight", $"{_family.Names.Head}.weight");
        if (!Config.TiedHead || !Weights.Contains(embedding) || !Weights.Contains(head))
        {
            return Config;
        }

        using var scope = NewDisposeScope();
        var (embedded, own) = (Weights.Read(embedding), Weights.Read(head));
        var equal = embedded.dtype == own.dtype && embedded.shape.AsSpan().SequenceEqual(own.shape) && embedded.eq(own).all().item<bool>();
        return equal ? Config : Config with { TiedHead = false };
    }

    private static string TorchName(ScalarType type) => type switch
    {
        ScalarType.Float32 => "float32",
        ScalarType.Float64 => "float64",
        ScalarType.Float16 => "float16",
        ScalarType.BFloat16 => "bfloat16",
        _ => throw new ArgumentException($"A model of type {type} cannot be saved; float32, float64, float16 or bfloat16 was expected."),
    };
}
