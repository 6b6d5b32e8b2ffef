using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace PreferenceTuning.Checkpoints;

/// <summary>A short name for a set of options, so that a run is not resumed under others by accident.</summary>
public static class OptionsHash
{
    /// <summary>SHA-256 of the JSON text with the fields of every object sorted by name: 64 lower-case hexadecimal digits.</summary>
    /// <param name="options">Everything that changes the result, as JSON.</param>
    public static string Of(JsonNode options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sorted(options)!.ToJsonString())));
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject fields => new JsonObject(
            fields.OrderBy(field => field.Key, StringComparer.Ordinal).Select(
                field => KeyValuePair.Create(field.Key, Sorted(field.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
