using System.Text.Json;
using System.Text.RegularExpressions;

namespace PreferenceTuning.Feedback.Tests.Pipelines;

/// <summary>
/// As much of JSON Schema draft 4 as Pachyderm's schema uses; a keyword that it does not know is an error, so that nothing passes
/// unchecked.
/// </summary>
internal sealed class SchemaCheck(JsonElement root)
{
    private static readonly string[] Silent = ["$schema", "definitions", "description", "title", "format", "id"];

    /// <summary>What is wrong, as "place: problem".</summary>
    public IReadOnlyList<string> Problems(JsonElement value) => [.. Check(root, value, "$")];

    private IEnumerable<string> Check(JsonElement schema, JsonElement value, string place)
    {
        // In draft 4 nothing beside a reference counts.
        if (schema.TryGetProperty("$ref", out var reference))
            return Check(Resolve(reference.GetString()!), value, place);
        return schema.EnumerateObject().SelectMany(rule => Rule(schema, rule, value, place));
    }

    private IEnumerable<string> Rule(JsonElement schema, JsonProperty rule, JsonElement value, string place) => rule.Name switch
    {
        "type" => IsOf(rule.Value.GetString()!, value) ? [] : [$"{place}: {value.ValueKind} is not {rule.Value}"],
        "enum" =>
            rule.Value.EnumerateArray().Any(allowed => allowed.GetRawText() == value.GetRawText())
                ? []
                : [$"{place}: {value} is not allowed"],
        "oneOf" =>
            rule.Value.EnumerateArray().Count(one => !Check(one, value, place).Any()) == 1
                ? []
                : [$"{place}: not exactly one alternative holds"],
        "pattern" =>
            value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, rule.Value.GetString()!)
                ? []
                : [$"{place}: does not match {rule.Value}"],
        "items" =>
            value.ValueKind != JsonValueKind.Array
                ? []
                : value.EnumerateArray().SelectMany((item, index) => Check(rule.Value, item, $"{place}[{index}]")),
        "required" => value.ValueKind != JsonValueKind.Object ? [] : rule.Value.EnumerateArray()
            .Where(name => !value.TryGetProperty(name.GetString()!, out _)).Select(name => $"{place}: {name} is missing"),
        "properties" => Properties(rule.Value, value, place),
        "additionalProperties" => Additional(schema, rule.Value, value, place),
        _ =>
            Array.IndexOf(Silent, rule.Name) >= 0
                ? []
                : throw new NotSupportedException($"The schema uses '{rule.Name}', which this check does not know."),
    };

    private IEnumerable<string> Properties(JsonElement rules, JsonElement value, string place) => value.ValueKind != JsonValueKind.Object
        ? []
        : value.EnumerateObject().Where(property => rules.TryGetProperty(property.Name, out _))
            .SelectMany(property => Check(rules.GetProperty(property.Name), property.Value, $"{place}.{property.Name}"));

    private IEnumerable<string> Additional(JsonElement schema, JsonElement rule, JsonElement value, string place)
    {
        if (value.ValueKind != JsonValueKind.Object || rule.ValueKind == JsonValueKind.True)
            return [];
        var known = schema.TryGetProperty("properties", out var properties) ? properties : default;
        var others = value.EnumerateObject().Where(
            property => known.ValueKind != JsonValueKind.Object || !known.TryGetProperty(property.Name, out _));
        return rule.ValueKind == JsonValueKind.False
            ? others.Select(property => $"{place}: '{property.Name}' is not a property")
            : others.SelectMany(property => Check(rule, property.Value, $"{place}.{property.Name}"));
    }

    private JsonElement Resolve(string reference) =>
        reference.TrimStart('#', '/').Split('/').Aggregate(root, (at, part) => at.GetProperty(part));

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => throw new NotSupportedException($"The schema uses the type '{type}'."),
    };
}
