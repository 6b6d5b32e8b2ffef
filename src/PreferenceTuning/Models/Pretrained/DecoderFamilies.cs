using System.Text.Json;
using System.Text.Json.Nodes;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>One family of models: how its folder is read and written. The computation itself is in the options.</summary>
/// <param name="ModelType"><c>model_type</c> in config.json.</param>
/// <param name="ClassPrefix">What transformers' class names begin with, for example <c>GPT2</c>; as heads of sequence classifiers have
/// it.</param>
/// <param name="LanguageModelClass">The class of the language model.</param>
/// <param name="Names">The tensor names.</param>
/// <param name="Read">config.json to options.</param>
/// <param name="Write">Options to the keys of config.json, spelled so that both transformers 4 and 5 read them.</param>
internal sealed record DecoderFamily(
    string ModelType,
    string ClassPrefix,
    string LanguageModelClass,
    TensorNames Names,
    Func<ConfigReader, DecoderConfig> Read,
    Func<DecoderConfig, JsonObject> Write)
{
    /// <summary>The names where they depend on the options; <see cref="Names"/> elsewhere.</summary>
    public Func<DecoderConfig, TensorNames>? NamesOf { get; init; }

    public TensorNames NamesFor(DecoderConfig config) => NamesOf?.Invoke(config) ?? Names;

    /// <summary>The class that transformers loads a folder with.</summary>
    public string ClassName(PretrainedTask task) => task switch
    {
        PretrainedTask.LanguageModel => LanguageModelClass,
        PretrainedTask.SequenceClassification => $"{ClassPrefix}ForSequenceClassification",
        PretrainedTask.TokenClassification => $"{ClassPrefix}ForTokenClassification",
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, "There is no such task."),
    };
}

/// <summary>What a folder's model is for.</summary>
internal enum PretrainedTask
{
    LanguageModel,
    SequenceClassification,
    TokenClassification,
}

/// <summary>The families that are known, and the way from options to config.json and back.</summary>
internal static class DecoderFamilies
{
    private static readonly DecoderFamily[] All =
    [
        Families.Gpt2Family.Gpt2,
        .. Families.LlamaFamilies.All,
        .. Families.GemmaFamilies.All,
        Families.NeoxFamily.Neox,
        Families.PhiFamily.Phi,
        Families.OptFamily.Opt,
        .. Families.AlibiFamilies.All,
        Families.FalconFamily.Falcon,
    ];

    public static string Known => string.Join(", ", All.Select(family => family.ModelType));

    public static DecoderFamily Get(string modelType) =>
        Array.Find(All, family => family.ModelType == modelType)
        ?? throw new ArgumentException($"There is no decoder family '{modelType}'; known are {Known}.");

    /// <summary>The options that a config.json describes.</summary>
    public static DecoderConfig Read(ConfigReader reader)
    {
        var modelType = reader.OptionalString("model_type");
        var family = Array.Find(All, family => family.ModelType == modelType) ?? throw new ModelFileException(
            reader.Path,
            $"the architecture is '{modelType ?? "(no model_type)"}', which is not known; known are {Known}.",
            "Choose a model of one of these.");
        try
        {
            var config = family.Read(reader);
            config.Validate();
            return config;
        }
        catch (Exception exception) when (exception is ArgumentException or DivideByZeroException or OverflowException)
        {
            throw new ModelFileException(
                reader.Path, exception.Message, "Compare with the configuration of a model of this family.", exception);
        }
    }

    /// <summary>
    /// The config.json of a model: what was loaded (all keys kept) where that still describes the options, else written
    /// from the options over it. What comes out is read again and must describe the same model.
    /// </summary>
    public static JsonObject Write(DecoderConfig config, JsonObject? loaded)
    {
        var family = Get(config.Family);
        var json = loaded?.DeepClone().AsObject() ?? [];
        if (loaded is null || !Same(Read(new ConfigReader("config.json", json)), config))
        {
            json.Remove("rope_parameters");
            json.Remove("layer_types");
            foreach (var (key, value) in family.Write(config))
            {
                json[key] = value?.DeepClone();
            }
        }

        if (!Same(Read(new ConfigReader("config.json", json)), config))
        {
            throw new InvalidOperationException(
                $"A folder of family '{config.Family}' cannot express this configuration ({Difference(Read(new ConfigReader("config.json", json)), config)}).");
        }

        return json;
    }

    private static bool Same(DecoderConfig left, DecoderConfig right) => Difference(left, right).Length == 0;

    // Records compare lists by reference; their JSON forms compare by content, and name what differs.
    private static string Difference(DecoderConfig left, DecoderConfig right)
    {
        var (a, b) = (JsonSerializer.SerializeToNode(left)!.AsObject(), JsonSerializer.SerializeToNode(right)!.AsObject());
        return string.Join("; ", a.Where(pair => !JsonNode.DeepEquals(pair.Value, b[pair.Key]))
            .Select(pair => $"{pair.Key} would be read as {pair.Value?.ToJsonString() ?? "null"}, not {b[pair.Key]?.ToJsonString() ?? "null"}"));
    }
}
