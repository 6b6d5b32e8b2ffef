using System.Text.Json;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Judgements;

/// <summary>Something to be judged: a prompt and what answers it, before anyone was asked.</summary>
public sealed record JudgingItem
{
    /// <summary>Names the item; unique among the items of one round.</summary>
    public required string Id { get; init; }

    /// <summary>What the candidates answer.</summary>
    public required Passage Prompt { get; init; }

    /// <summary>What is judged; empty where a demonstration is asked for.</summary>
    public IReadOnlyList<Candidate> Candidates { get; init; } = [];

    /// <summary>The identifier of the candidate that is known to be better (an item that measures annotators), or null.</summary>
    public string? Gold { get; init; }
}

/// <summary>
/// Items as JSON Lines: <c>{"id":"p17","prompt":"Name a prime.","candidates":["4","7"],"gold":"b"}</c>; "gold" and "id" may be missing.
/// </summary>
public static class JudgingItemJsonLines
{
    /// <summary>Reads an input; an item without id is named after its line.</summary>
    /// <exception cref="FeedbackFormatException">A line is not an item; the message names file, line and place.</exception>
    public static IReadOnlyList<JudgingItem> Read(FeedbackInput input)
    {
        var items = new List<JudgingItem>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        JsonDocuments.Lines(input, line =>
        {
            var item = ReadItem(line);
            items.Add(ids.Add(item.Id) ? item : throw line.Error($"An earlier item has the id '{item.Id}', too; ids must differ."));
        });
        return items;
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    public static void WriteFile(string path, IEnumerable<JudgingItem> items) => AtomicFile.Write(path, stream =>
    {
        using var writer = new Utf8JsonWriter(stream, CanonicalJson.Compacted);
        foreach (var item in items)
        {
            JudgementJsonWriter.WriteItem(writer, item);
            writer.Flush();
            stream.WriteByte((byte)'\n');
            writer.Reset();
        }
    });

    private static JudgingItem ReadItem(JsonValue line)
    {
        JudgementJsonReader.CheckKeys(line, ["id", "prompt", "candidates", "gold"]);
        var item = new JudgingItem
        {
            Id = line["id"].IdentifierOrNull() ?? FormattableString.Invariant($"line-{line.Place.Line}"),
            Prompt = JudgementJsonReader.ReadPassage(line["prompt"]),
            Candidates = JudgementJsonReader.Candidates(line["candidates"]),
            Gold = line["gold"].IdentifierOrNull(),
        };
        return Problem(item) is { } problem ? throw line.Error(problem) : item;
    }

    private static string? Problem(JudgingItem item) => JudgementCheck.Problem(new Judgement
    {
        Prompt = item.Prompt,
        Candidates = item.Candidates,
        Ranking = item.Gold is null ? null : [[item.Gold]],
    });
}
