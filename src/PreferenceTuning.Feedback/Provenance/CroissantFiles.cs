using System.Text.Json;
using static PreferenceTuning.Feedback.Provenance.ProvenanceText;

namespace PreferenceTuning.Feedback.Provenance;

/// <summary>The part of a Croissant description that says which files there are and what their columns hold.</summary>
internal static class CroissantFiles
{
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<DataFile> files)
    {
        WriteDistribution(writer, files);
        WriteRecordSets(writer, files);
    }

    private static void WriteDistribution(Utf8JsonWriter writer, IReadOnlyList<DataFile> files)
    {
        writer.WriteStartArray("distribution");
        foreach (var file in files)
        {
            writer.WriteStartObject();
            writer.WriteString("@type", "cr:FileObject");
            writer.WriteString("@id", file.Path);
            writer.WriteString("name", file.Path);
            writer.WriteString("contentUrl", file.Path);
            writer.WriteString("contentSize", Invariant($"{file.Bytes} B"));
            writer.WriteString("encodingFormat", EncodingOf(file.Path));
            writer.WriteString("sha256", file.Sha256);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static string EncodingOf(string path) => Path.GetExtension(path) switch
    {
        ".jsonl" => "application/jsonlines",
        ".parquet" => "application/x-parquet",
        ".json" => "application/json",
        ".csv" => "text/csv",
        _ => "application/octet-stream",
    };

    private static void WriteRecordSets(Utf8JsonWriter writer, IReadOnlyList<DataFile> files)
    {
        writer.WriteStartArray("recordSet");
        foreach (var file in files)
        {
            // A record set may not carry the identifier of a file.
            var id = Path.ChangeExtension(file.Path, null);
            if (files.Count(other => Path.ChangeExtension(other.Path, null) == id) > 1)
                id += "-" + Path.GetExtension(file.Path).TrimStart('.');
            writer.WriteStartObject();
            writer.WriteString("@type", "cr:RecordSet");
            writer.WriteString("@id", id);
            writer.WriteString("name", id);
            writer.WriteString("description", Invariant($"Split {file.Split}, {file.Records} records."));
            writer.WriteStartArray("field");
            foreach (var (name, type) in file.Columns)
                WriteField(writer, file, id, name, type);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteField(Utf8JsonWriter writer, DataFile file, string recordSet, string name, string type)
    {
        writer.WriteStartObject();
        writer.WriteString("@type", "cr:Field");
        writer.WriteString("@id", $"{recordSet}/{name}");
        writer.WriteString("name", name);
        if (type == DataFile.Messages)
        {
            // A list of objects, as the Hub's own Croissant files describe them.
            writer.WriteBoolean("repeated", true);
            writer.WriteStartArray("subField");
            foreach (var part in DataFile.MessageParts)
            {
                writer.WriteStartObject();
                writer.WriteString("@type", "cr:Field");
                writer.WriteString("@id", $"{recordSet}/{name}/{part}");
                writer.WriteString("name", part);
                WriteSource(writer, "sc:Text", file, name, part);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }
        else
        {
            WriteSource(writer, type, file, name, null);
        }

        writer.WriteEndObject();
    }

    private static void WriteSource(Utf8JsonWriter writer, string type, DataFile file, string column, string? part)
    {
        writer.WriteString("dataType", type);
        writer.WriteStartObject("source");
        writer.WriteStartObject("fileObject");
        writer.WriteString("@id", file.Path);
        writer.WriteEndObject();
        writer.WriteStartObject("extract");
        writer.WriteString("column", column);
        writer.WriteEndObject();
        if (part is not null)
        {
            writer.WriteStartObject("transform");
            writer.WriteString("jsonPath", part);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
