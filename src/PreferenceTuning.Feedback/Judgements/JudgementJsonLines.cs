using System.Text.Json;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Judgements;

/// <summary>
/// Judgements as JSON Lines, one judgement a line, in this library's own form. Equal judgements give equal bytes, and what was written
/// is written the same again after reading. For that, reading adds nothing: <c>"source"</c> says which file of another form a judgement
/// came from, and a line without it (the judgement was made in this form) stays without. A line can be written by hand:
/// <c>{"prompt":"Name a prime.","candidates":["4","7"],"preferred":"b","annotator":"ana"}</c>: candidates that are bare texts are called
/// a, b, ...; <c>"tie":true</c> and <c>"ranking":["b",["a","c"]]</c> stand for the other answers; the kind follows from what is there.
/// </summary>
public static class JudgementJsonLines
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="FeedbackFormatException">A line is not a judgement; the message names file, line and place.</exception>
    public static IReadOnlyList<Judgement> ReadFile(string path) => Read(FeedbackInput.FromFile(path));

    /// <summary>Reads an input.</summary>
    /// <exception cref="FeedbackFormatException">A line is not a judgement; the message names file, line and place.</exception>
    public static IReadOnlyList<Judgement> Read(FeedbackInput input)
    {
        var judgements = new List<Judgement>();
        JsonDocuments.Lines(input, line => judgements.Add(JudgementJsonReader.Read(line)));
        return judgements;
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <exception cref="ArgumentException">
    /// A judgement contradicts itself (a ranking that names no candidate, two equal ids, ...).
    /// </exception>
    public static void WriteFile(string path, IEnumerable<Judgement> judgements) =>
        AtomicFile.Write(path, stream => Write(stream, judgements));

    /// <summary>Writes to a stream, which stays open.</summary>
    /// <exception cref="ArgumentException">
    /// A judgement contradicts itself (a ranking that names no candidate, two equal ids, ...).
    /// </exception>
    public static void Write(Stream stream, IEnumerable<Judgement> judgements)
    {
        using var writer = new Utf8JsonWriter(stream, CanonicalJson.Compacted);
        foreach (var judgement in judgements)
        {
            if (JudgementCheck.Problem(judgement) is { } problem)
                throw new ArgumentException(
                    $"Judgement {judgement.Id ?? "without id"} of item {judgement.Item ?? "without id"}: {problem}", nameof(judgements));
            JudgementJsonWriter.Write(writer, judgement);
            writer.Flush();
            stream.WriteByte((byte)'\n');
            writer.Reset();
        }
    }
}
