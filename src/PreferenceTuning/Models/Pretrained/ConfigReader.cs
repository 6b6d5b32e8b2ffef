using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>Typed access to a config.json; an absent key and a null are the same. Errors name the file and the key.</summary>
/// <param name="path">The file.</param>
/// <param name="json">The object.</param>
/// <param name="within">What stands before a key of it in messages: <c>rope_scaling.</c> in an object of that name.</param>
internal sealed class ConfigReader(string path, JsonObject json, string within = "")
{
    private const long MaxBytes = 16 * 1024 * 1024;
    private const string Compare = "Compare with the configuration of a model of this family.";

    public string Path => path;

    public JsonObject Json => json;

    public static ConfigReader Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                throw new ModelFileException(
                    path, $"the file has more than {MaxBytes} bytes.", "A config.json has a few thousand: this is another file.");
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
            throw new ModelFileException(
                path, $"the file is not valid JSON ({exception.Message.TrimEnd('.')}).", "Get it again from its source.", exception);
        }
    }

    public bool Has(string key) => Node(key) is not null;

    public int Int(string key, int fallback) => OptionalInt(key) ?? fallback;

    public int? OptionalInt(string key) => Node(key) is { } node ? Whole(node, key, "a whole number", int.MinValue) : null;

    /// <summary>A number of something, at least 1.</summary>
    public int Size(string key) => OptionalSize(key) ?? throw Missing(key);

    public int Size(string key, int fallback) => OptionalSize(key) ?? fallback;

    public int? OptionalSize(string key) => Node(key) is { } node ? Whole(node, key, "a positive whole number", 1) : null;

    /// <summary>A place counted from 0.</summary>
    public int Index(string key, int fallback) => Node(key) is { } node ? Whole(node, key, "a whole number from 0", 0) : fallback;

    /// <summary>The name under which the file has a value that older files call something else; the first where it has none.</summary>
    public string Spelling(string key, string older) => !Has(key) && Has(older) ? older : key;

    /// <summary>How often one number of the file goes into another; refused where something is left over.</summary>
    public int Quotient(string key, int value, string divisorKey, int divisor) =>
        value % divisor == 0 ? value / divisor : throw new ModelFileException(
        path, $"{Said(key, value)} and {Said(divisorKey, divisor)}; the first must be a multiple of the second.", Compare);

    /// <summary>A number of layers; bounded, since lists of that length are made from it.</summary>
    public int Layers(string key, int? fallback = null)
    {
        var layers = OptionalInt(key) ?? fallback ?? throw Missing(key);
        return layers is > 0 and <= DecoderConfig.MostLayers ? layers : throw Wrong(key, $"a number from 1 to {DecoderConfig.MostLayers}");
    }

    public double Double(string key, double fallback) =>
        Node(key) is { } node ? Number(node, key, "a number", _ => true) : fallback;

    public double NotNegative(string key, double fallback) =>
        Node(key) is { } node ? Number(node, key, "a number, 0 or more,", value => value >= 0) : fallback;

    public double Positive(string key, double fallback) => OptionalPositive(key) ?? fallback;

    public double? OptionalPositive(string key) =>
        Node(key) is { } node ? Number(node, key, "a positive number", value => value > 0) : null;

    /// <summary>A share of a whole, above 0 and at most 1.</summary>
    public double? OptionalShare(string key) =>
        Node(key) is { } node ? Number(node, key, "a number above 0 and at most 1", value => value is > 0 and <= 1) : null;

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
        JsonObject inner => new ConfigReader(path, inner, $"{within}{key}."),
        _ => throw Wrong(key, "an object"),
    };

    /// <summary>A number or a list of numbers, as a list.</summary>
    public IReadOnlyList<int> Ints(string key) => Node(key) is JsonArray array
        ? [.. array.Select(node => Whole(node, key, "whole numbers", int.MinValue))]
        : OptionalInt(key) is { } one ? [one] : [];

    public IReadOnlyList<double> Doubles(string key) => Node(key) switch
    {
        null => [],
        JsonArray array => [.. array.Select(node => Number(node, key, "numbers", _ => true))],
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
            throw new ModelFileException(path, $"{Said(key)}; only {supported} is supported.", "Choose another model.");
        }
    }

    public ModelFileException Wrong(string key, string expected) =>
        new(path, $"{Said(key)}; {expected} was expected.", Compare);

    private JsonNode? Node(string key) => json[key];

    private ModelFileException Missing(string key) =>
        new(path, $"there is no '{within}{key}'.", "The file is incomplete: compare with the configuration of a model of this family.");

    private string Said(string key) => $"'{within}{key}' is {Node(key)?.ToJsonString() ?? "absent"}";

    private string Said(string key, int value) =>
        Has(key) ? Said(key) : string.Create(CultureInfo.InvariantCulture, $"'{within}{key}' is absent (which means {value})");

    private int Whole(JsonNode? node, string key, string expected, int least) =>
        Value(node, key, expected, (JsonElement e, out int v) => e.TryGetInt32(out v) && v >= least);

    private double Number(JsonNode? node, string key, string expected, Predicate<double> fits) =>
        Value(node, key, expected, (JsonElement e, out double v) => e.TryGetDouble(out v) && double.IsFinite(v) && fits(v));

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
