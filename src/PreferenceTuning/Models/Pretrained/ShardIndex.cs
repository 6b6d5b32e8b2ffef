using System.Text.Json;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>Reads <c>model.safetensors.index.json</c>: which shard holds which tensor.</summary>
internal static class ShardIndex
{
    private const long MaxBytes = 64 * 1024 * 1024;

    /// <returns>Tensor name to file name; every file name is safe to append to the folder.</returns>
    public static Dictionary<string, string> Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                throw Fail(path, $"the file has more than {MaxBytes} bytes.");
            }

            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return ReadMap(path, document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Fail(path, $"the file is not valid JSON ({exception.Message.TrimEnd('.')}).", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Fail(path, $"the file cannot be read ({exception.Message}).", exception);
        }
    }

    private static Dictionary<string, string> ReadMap(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("metadata", out var metadata)
            || metadata.ValueKind != JsonValueKind.Object)
        {
            throw Fail(path, "there is no object 'metadata'.");
        }

        if (!root.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            throw Fail(path, "there is no object 'weight_map'.");
        }

        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in map.EnumerateObject())
        {
            files[property.Name] = property.Value.ValueKind == JsonValueKind.String && IsSafe(property.Value.GetString()!)
                ? property.Value.GetString()!
                : throw Fail(
                    path,
                    $"tensor '{property.Name}' is said to be in {property.Value.GetRawText()}; "
                    + "the plain name of a *.safetensors file in the folder was expected.");
        }

        return files;
    }

    // Both POSIX and Windows readings, on every system.
    private static bool IsSafe(string name) =>
        name.EndsWith(".safetensors", StringComparison.Ordinal)
        && !name.Contains("..", StringComparison.Ordinal)
        && name.AsSpan().IndexOfAny('/', '\\', ':') < 0
        && !name.Any(char.IsControl);

    private static ModelFileException Fail(string path, string problem, Exception? cause = null) =>
        new(path, problem, "The index is damaged or hostile: get the folder again from its source.", cause);
}
