using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PreferenceTuning.Checkpoints;

/// <summary>
/// manifest.json: what a checkpoint consists of, written last. Its first field is the SHA-256 of everything after that field's line,
/// so that a changed byte in the manifest shows as well as one in a file.
/// </summary>
internal static class Manifest
{
    public const string FileName = "manifest.json";
    public const int FormatVersion = 1;
    private const int MaxBytes = 64 * 1024 * 1024;
    private const int DigestLength = 64;

    private static readonly byte[] Prefix = "{\n  \"checksum\": \""u8.ToArray();
    private static readonly byte[] AfterDigest = "\",\n"u8.ToArray();
    private static readonly JsonWriterOptions WriterOptions = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions ReaderOptions = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    public static byte[] Write(long step, string optionsHash, JsonElement state, IReadOnlyList<CheckpointFile> files)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(body, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteNumber("formatVersion", FormatVersion);
            writer.WriteNumber("step", step);
            writer.WriteString("optionsHash", optionsHash);
            writer.WriteStartArray("files");
            foreach (var file in files)
            {
                writer.WriteStartObject();
                writer.WriteString("name", SafeName(file.Name));
                writer.WriteNumber("length", file.Length);
                writer.WriteString("sha256", file.Sha256);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WritePropertyName("state");
            state.WriteTo(writer);
            writer.WriteEndObject();
        }

        // The body without its opening brace and line feed follows the line of the checksum.
        var rest = body.WrittenSpan[2..];
        return [.. Prefix, .. Digest(rest), .. AfterDigest, .. rest, (byte)'\n'];
    }

    /// <summary>Reads a manifest; only <see cref="CheckpointException"/> comes out, whatever the bytes are.</summary>
    /// <param name="bytes">The content of manifest.json.</param>
    /// <param name="folder">The checkpoint's folder, for the result and for messages.</param>
    public static Checkpoint Parse(byte[] bytes, string folder)
    {
        if (!HasChecksum(bytes))
        {
            throw new CheckpointException($"'{FileName}' was changed or cut off after it was written (its checksum does not hold).");
        }

        try
        {
            using var document = JsonDocument.Parse(bytes, ReaderOptions);
            return Read(document.RootElement, folder);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new CheckpointException($"'{FileName}' is not a manifest: {e.Message}", e);
        }
    }

    public static Checkpoint Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new CheckpointException($"'{FileName}' is missing.");
        }

        var length = new FileInfo(path).Length;
        return length <= MaxBytes
            ? Parse(File.ReadAllBytes(path), folder)
            : throw new CheckpointException($"'{FileName}' has {length} bytes; at most {MaxBytes} are read.");
    }

    private static Checkpoint Read(JsonElement root, string folder)
    {
        var version = root.GetProperty("formatVersion").GetInt32();
        if (version != FormatVersion)
        {
            throw new CheckpointException(
                $"it has format version {version}; this version of the library reads {FormatVersion}. Use the version that wrote it.");
        }

        var files = new List<CheckpointFile>();
        foreach (var entry in root.GetProperty("files").EnumerateArray())
        {
            files.Add(new CheckpointFile(
                SafeName(entry.GetProperty("name").GetString()), entry.GetProperty("length").GetInt64(),
                entry.GetProperty("sha256").GetString() ?? ""));
        }

        return new Checkpoint(
            folder, root.GetProperty("step").GetInt64(), root.GetProperty("optionsHash").GetString() ?? "",
            root.GetProperty("state").Clone(), files);
    }

    /// <summary>A name that stays inside the folder, as POSIX and as Windows read it.</summary>
    private static string SafeName(string? name) =>
        !string.IsNullOrEmpty(name) && name.AsSpan().IndexOfAny("\\:\0") < 0 && name.Split('/').All(part => part is not ("" or "." or ".."))
            ? name
            : throw new CheckpointException(
                $"'{FileName}' cannot list a file '{name}': names consist of plain parts with '/' between them, without '..', '\\' or ':'.");

    private static bool HasChecksum(ReadOnlySpan<byte> bytes)
    {
        var start = Prefix.Length + DigestLength + AfterDigest.Length;
        if (bytes.Length <= start || !bytes.StartsWith(Prefix) || !bytes[(Prefix.Length + DigestLength)..].StartsWith(AfterDigest) || bytes[^1] != '\n')
        {
            return false;
        }

        return bytes.Slice(Prefix.Length, DigestLength).SequenceEqual(Digest(bytes[start..^1]));
    }

    private static byte[] Digest(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(bytes)));
}
