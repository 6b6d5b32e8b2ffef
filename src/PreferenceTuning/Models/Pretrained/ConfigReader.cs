using System.Text.Json;
using System.Text.Json.Nodes;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>Typed access to a config.json; an absent key and a null are the same. Errors name the file and the key.</summary>
internal sealed class ConfigReader(string path, JsonObject json)
{
    private const long MaxBytes = 16 * 1024 * 1024;

    public string Path => path;

    public JsonObject Json => json;

    public static ConfigReader Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                throw new ModelFileException(path, $"the file has more than {MaxBytes} bytes.", "A config.json has a few thousand: this is another file.");
            }

            var options = new JsonDocumentOptions { AllowDuplicateProperties = false };
            var node = JsonNode.Parse(File.ReadAllBytes(path), documentOptions: options);

            // Nodes are parsed when they are looked at; looked at here, bad text is found here.
            _ = node?.ToJsonString();
            return node is JsonObject json
                ? new ConfigReader(path, json)
                : throw new ModelFileException(path, "the file is not a JSON object.", "Get it again from its source.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(path, "the file cannot be read.", exception.Message, exception);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new ModelFileException(path, $"the file is not valid JSON ({exception.Message.TrimEnd('.')}).", "Get it again from its source.", exception);
        }
    }

    public bool Has(string key) => Node(key) is not null;

    public int Int(string key) => OptionalInt(key) ?? throw Missing(key);

    public int Int(string key, int fallback) => OptionalInt(key) ?? fallback;

    public int? OptionalInt(string key) =>
        Node(key) is { } node ? Value(node, key, "a whole number", (JsonElement e, out int v) => e.TryGetInt32(out v)) : null;

    /// <summary>A number of layers; bounded, since lists of that length are made from it.</summary>
    public int Layers(string key, int? fallback = null)
    {
        var layers = fallback is { } otherwise ? Int(key, otherwise) : Int(key);
        return layers is > 0 and <= DecoderConfig.MostLayers ? layers : throw Wrong(key, $"a number from 1 to {DecoderConfig.MostLayers}");
    }

    public double Double(string key, double fallback) => OptionalDouble(key) ?? fallback;

    public double? OptionalDouble(string key) =>
        Node(key) is { } node ? Value(node, key, "a number", (JsonElement e, out double v) => e.TryGetDouble(out v) && double.IsFinite(v)) : null;

    public bool Bool(string key, bool fallback) => Node(key)?.GetValueKind() switch
    {
        null => fallback,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(key, "true or false"),
    };

    public string? OptionalString(string key) => Node(key) switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => throw Wrong(key, "a string"),
    };

    public ConfigReader? Object(string key) => Node(key) switch
    {
        null => null,
        JsonObject inner => new ConfigReader(path, inner),
        _ => throw Wrong(key, "an object"),
    };

    /// <summary>A number or a list of numbers, as a list.</summary>
    public IReadOnlyList<int> Ints(string key) => Node(key) is JsonArray array
        ? [.. array.Select(node => Value(node, key, "whole numbers", (JsonElement e, out int v) => e.TryGetInt32(out v)))]
        : OptionalInt(key) is { } one ? [one] : [];

    public IReadOnlyList<double> Doubles(string key) => Node(key) switch
    {
        null => [],
        JsonArray array => [.. array.Select(node => Value(node, key, "numbers", (JsonElement e, out double v) => e.TryGetDouble(out v) && double.IsFinite(v)))],
        _ => throw Wrong(key, "a list of numbers"),
    };

    public IReadOnlyList<string> Strings(string key) => Node(key) switch
    {
        null => [],
        JsonArray array when array.All(node => node?.GetValueKind() == JsonValueKind.String) => [.. array.Select(node => node!.GetValue<string>())],
        _ => throw Wrong(key, "a list of strings"),
    };

    /// <summary>Refuses a key whose value would change the computation in a way that is not implemented.</summary>
    public void Refuse(bool condition, string key, string supported)
    {
        if (condition)
        {
            throw new ModelFileException(path, $"'{key}' is {Node(key)?.ToJsonString() ?? "absent"}; only {supported} is supported.", "Choose another model.");
        }
    }

    public ModelFileException Wrong(string key, string expected) =>
        new(path, $"'{key}' is {Node(key)?.ToJsonString() ?? "absent"}; {expected} was expected.", "Compare with the configuration of a model of this family.");

    private JsonNode? Node(string key) => json[key];

    private ModelFileException Missing(string key) =>
        new(path, $"there is no '{key}'.", "The file is incomplete: compare with the configuration of a model of this family.");

    private delegate bool TryGet<T>(JsonElement element, out T value);

    private T Value<T>(JsonNode? node, string key, string expected, TryGet<T> get)
    {
        if (node?.GetValueKind() != JsonValueKind.Number)
        {
            throw Wrong(key, expected);
        }

        using var document = JsonDocument.Parse(node.ToJsonString());
        return get(document.RootElement, out var value) ? value : throw Wrong(key, expected);
    }
}
