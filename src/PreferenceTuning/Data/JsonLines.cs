using System.Text.Encodings.Web;
using System.Text.Json;

namespace PreferenceTuning.Data;

/// <summary>
/// Preference data as JSON Lines, in the column names of the Hugging Face ecosystem (TRL): one JSON object per line, UTF-8.
/// A <c>prompt</c> or response is a text or a list of <c>{"role", "content"}</c>. Columns that a layout does not name are not read.
/// Readers throw <see cref="DataFormatException"/> with file and line; a line is at most <see cref="MaxLineBytes"/> long and nests at
/// most <see cref="MaxDepth"/> deep; duplicate keys are refused. Writers give the same bytes for the same records on every
/// system, and replace a file whole or not at all.
/// </summary>
public static class JsonLines
{
    /// <summary>The longest line that is read, in bytes: 16 MiB.</summary>
    public const int MaxLineBytes = 16 * 1024 * 1024;

    /// <summary>The deepest nesting that is read.</summary>
    public const int MaxDepth = 64;

    internal static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = false };

    /// <summary>Reads <c>{"prompt"}</c>.</summary>
    public static IReadOnlyList<PromptExample> ReadPrompts(string path) => ReadFile(path, Rows.Prompt);

    /// <summary>Reads <c>{"prompt"}</c> from a stream; <paramref name="name"/> stands in error messages.</summary>
    public static IReadOnlyList<PromptExample> ReadPrompts(Stream stream, string name) => ReadStream(stream, name, Rows.Prompt);

    /// <summary>
    /// Reads <c>{"prompt", "completion"}</c>, or running text: <c>{"text"}</c> and <c>{"messages"}</c>, which become the response to an
    /// empty prompt.
    /// </summary>
    public static IReadOnlyList<Demonstration> ReadDemonstrations(string path) => ReadFile(path, Rows.Demonstration);

    /// <summary>The same from a stream; <paramref name="name"/> stands in error messages.</summary>
    public static IReadOnlyList<Demonstration> ReadDemonstrations(Stream stream, string name) =>
        ReadStream(stream, name, Rows.Demonstration);

    /// <summary>
    /// Reads <c>{"prompt", "chosen", "rejected"}</c>, optionally <c>margin</c> and <c>chosen_probability</c>. Without a prompt it is
    /// what both sides have in common at their beginning: whole messages, or text up to the last character that is the same, less
    /// one space (as TRL's <c>extract_prompt</c> does it, except that a surrogate pair is never cut and that a side which is the
    /// whole beginning of the other is an empty response).
    /// </summary>
    public static IReadOnlyList<PreferencePair> ReadPreferencePairs(string path) => ReadFile(path, Rows.Pair);

    /// <summary>The same from a stream; <paramref name="name"/> stands in error messages.</summary>
    public static IReadOnlyList<PreferencePair> ReadPreferencePairs(Stream stream, string name) => ReadStream(stream, name, Rows.Pair);

    /// <summary>Reads <c>{"prompt", "responses": [...], "ranks": [...]}</c>; a smaller rank is better, equal ranks are ties.</summary>
    public static IReadOnlyList<RankedResponses> ReadRankings(string path) => ReadFile(path, Rows.Ranking);

    /// <summary>The same from a stream; <paramref name="name"/> stands in error messages.</summary>
    public static IReadOnlyList<RankedResponses> ReadRankings(Stream stream, string name) => ReadStream(stream, name, Rows.Ranking);

    /// <summary>Reads <c>{"prompt", "completion", "label": true|false}</c>.</summary>
    public static IReadOnlyList<UnpairedPreference> ReadUnpaired(string path) => ReadFile(path, Rows.Unpaired);

    /// <summary>The same from a stream; <paramref name="name"/> stands in error messages.</summary>
    public static IReadOnlyList<UnpairedPreference> ReadUnpaired(Stream stream, string name) => ReadStream(stream, name, Rows.Unpaired);

    /// <summary>Writes <c>{"prompt"}</c>.</summary>
    public static void WritePrompts(string path, IEnumerable<PromptExample> prompts) => WriteFile(path, prompts, Rows.Write);

    /// <summary>Writes <c>{"prompt", "completion"}</c>.</summary>
    public static void WriteDemonstrations(string path, IEnumerable<Demonstration> demonstrations) =>
        WriteFile(path, demonstrations, Rows.Write);

    /// <summary>
    /// Writes <c>{"prompt", "chosen", "rejected"}</c>, and <c>margin</c> and <c>chosen_probability</c> where they are known.
    /// </summary>
    public static void WritePreferencePairs(string path, IEnumerable<PreferencePair> pairs) => WriteFile(path, pairs, Rows.Write);

    /// <summary>Writes <c>{"prompt", "responses", "ranks"}</c>.</summary>
    public static void WriteRankings(string path, IEnumerable<RankedResponses> rankings) => WriteFile(path, rankings, Rows.Write);

    /// <summary>Writes <c>{"prompt", "completion", "label"}</c>.</summary>
    public static void WriteUnpaired(string path, IEnumerable<UnpairedPreference> preferences) => WriteFile(path, preferences, Rows.Write);

    private static List<T> ReadFile<T>(string path, Func<JsonRow, T> read)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        return ReadStream(stream, path, read);
    }

    private static List<T> ReadStream<T>(Stream stream, string name, Func<JsonRow, T> read)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var lines = new LineReader(stream, name, MaxLineBytes);
        var rows = new List<T>();
        while (lines.TryRead(out var line))
        {
            rows.Add(JsonRow.Parse(line, name, lines.Line, read));
        }

        return rows;
    }

    private static void WriteFile<T>(string path, IEnumerable<T> rows, Action<Utf8JsonWriter, T> write) => DurableFile.Replace(path, stream =>
    {
        using var writer = new Utf8JsonWriter(stream, WriterOptions);
        foreach (var row in rows)
        {
            writer.Reset();
            write(writer, row);
            writer.Flush();
            stream.WriteByte((byte)'\n');
        }
    });
}
