using System.Globalization;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>
/// Reads the formats JSON_MIN, CSV and TSV of Label Studio. They hold less than JSON, and the report says so: ground truth, skips,
/// <c>meta</c>, predictions and origins are lost, so gold accuracy cannot be computed from them and sides are known by object names only.
/// Prefer <see cref="LabelStudioExport"/>.
/// </summary>
public static class LabelStudioTable
{
    /// <summary>Reads a JSON_MIN export.</summary>
    /// <param name="input">The export.</param>
    /// <param name="config">The project's labelling config.</param>
    /// <param name="options">What the export does not say; null for none of it.</param>
    /// <exception cref="FeedbackFormatException">The input is no such export.</exception>
    public static FeedbackReading ReadJsonMin(FeedbackInput input, LabelingConfig config, LabelStudioReadOptions? options = null)
    {
        var reader = new Rows(config, options ?? new(), input);
        JsonDocuments.Elements(input, reader.Add);
        return reader.ToReading();
    }

    /// <summary>Reads a CSV or TSV export; the header decides which.</summary>
    /// <param name="input">The export.</param>
    /// <param name="config">The project's labelling config.</param>
    /// <param name="options">What the export does not say; null for none of it.</param>
    /// <exception cref="FeedbackFormatException">The input is no such export.</exception>
    public static FeedbackReading ReadSeparated(FeedbackInput input, LabelingConfig config, LabelStudioReadOptions? options = null)
    {
        var reader = new Rows(config, options ?? new(), input);
        List<string>? header = null;
        foreach (var (line, cells) in SeparatedRows.Read(input))
        {
            if (header is null)
            {
                header = cells;
                CheckHeader(header, input.Name, line);
                continue;
            }

            if (cells.Count != header.Count)
                throw new FeedbackFormatException(
                    string.Create(CultureInfo.InvariantCulture, $"The row has {cells.Count} cells, the header {header.Count}."), input.Name,
                    line);
            AddRow(reader, new JsonPlace(input.Name, line), header, cells, config);
        }

        return header is null ? throw new FeedbackFormatException("The file is empty.", input.Name, line: 1) : reader.ToReading();
    }

    private static void CheckHeader(List<string> header, string name, long line)
    {
        if (header.Distinct(StringComparer.Ordinal).Count() < header.Count)
            throw new FeedbackFormatException("Two columns have the same name.", name, line);
        if (!header.Contains("annotation_id"))
        {
            throw new FeedbackFormatException(
                "There is no column 'annotation_id', which every CSV and TSV export of Label Studio has (even of an empty project); the columns are: "
                + $"{string.Join(", ", header.Take(20))}.",
                name, line);
        }
    }

    private static void AddRow(
        Rows reader, JsonPlace place, List<string> header, List<string> cells, LabelingConfig config) => place.Guard(() =>
    {
        var json = CanonicalJson.WriteBytes(writer => WriteRow(writer, place, header, cells, config), CanonicalJson.Compacted);
        using var document = JsonDocument.Parse(json, CanonicalJson.Reading);
        reader.Add(new JsonValue(document.RootElement, place, ""));
        return true;
    });

    // A CSV row is the JSON_MIN row with lists and objects as JSON text: undo that for the columns that the config says hold them.
    private static void WriteRow(Utf8JsonWriter writer, JsonPlace place, List<string> header, List<string> cells, LabelingConfig config)
    {
        writer.WriteStartObject();
        foreach (var (name, cell) in header.Zip(cells))
        {
            var control = config.ControlNamed(name);
            if (cell.Length == 0 && (control is not null || config.Variables.All(variable => variable != Original(name))))
                continue;
            writer.WritePropertyName(name);
            if (control is not null ? HoldsJson(control, cell) : config.Objects.Any(item => item.Variable == Original(name) && item.Tag != "Text"))
                WriteJson(writer, cell);
            else if (name == "lead_time")
                WriteSeconds(writer, place, cell);
            else
                writer.WriteStringValue(cell);
        }

        writer.WriteEndObject();
    }

    /// <summary>The data key of a column: one that collides with another column is renamed by the exporter.</summary>
    internal static string Original(string column) =>
        column.StartsWith("_data_", StringComparison.Ordinal) ? column["_data_".Length..] : column;

    private static bool HoldsJson(LabelingControl control, string cell) => control.Tag switch
    {
        "Choices" => cell.StartsWith("{\"choices\":", StringComparison.Ordinal),
        "TextArea" => cell.StartsWith("{\"text\":", StringComparison.Ordinal),
        _ => true,
    };

    private static void WriteJson(Utf8JsonWriter writer, string cell)
    {
        try
        {
            writer.WriteRawValue(CanonicalJson.Compact(cell));
        }
        catch (JsonException)
        {
            // A List, Paragraphs or HyperText object may hold plain text, too; only a control's cell must be JSON, and its reader says so.
            writer.WriteStringValue(cell);
        }
    }

    private static void WriteSeconds(Utf8JsonWriter writer, JsonPlace place, string cell)
    {
        if (!double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || !double.IsFinite(seconds))
            throw place.Error($"'{cell}' is not a number of seconds.", "lead_time");
        writer.WriteNumberValue(seconds);
    }

    private sealed class Rows
    {
        private static readonly string[] Columns = ["id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time"];

        private readonly LabelingConfig _config;
        private readonly FeedbackInput _input;
        private readonly QuestionRoles _roles;
        private readonly ConversionNotes _notes = new();
        private readonly List<Judgement> _judgements = [];
        private readonly AnnotationsById _annotations;

        public Rows(LabelingConfig config, LabelStudioReadOptions options, FeedbackInput input)
        {
            (_config, _input, _roles) = (config, input, QuestionRoles.Of(config, options));
            _annotations = new(_judgements, _notes, "annotation");
            UnnamedComparison.Note(config, options, _notes);
        }

        public FeedbackReading ToReading()
        {
            if (_judgements.Count > 0)
            {
                _notes.Lost(
                    "Ground truth, skipped annotations, meta, predictions and origins are not in this format; export JSON to have them.",
                    _input.Name);
            }

            return new(_judgements, [], _notes.ToReport(_judgements.Count));
        }

        public void Add(JsonValue row)
        {
            row.RequireObject();
            if (row["annotations"].IsArray || row["completions"].IsArray)
                throw row.Error("This is the format JSON, not JSON_MIN; read it with LabelStudioExport, which loses nothing.");
            if (!row.Knows("id"))
                throw row["id"].Error("There is no 'id', which every row of a JSON_MIN, CSV or TSV export has.");
            if (row["annotation_id"].IsNull)
            {
                _notes.LeftOut("A task without annotation.", Where(row));
                return;
            }

            if (LabelStudioItem.Read(Data(row), default, _roles, _notes) is not { } item)
                return;
            var answers = new AnswerReader(_roles, item, _notes);
            foreach (var control in _config.Controls.Where(control => !row[control.Name].IsNull))
                answers.Add(control, Answer(row[control.Name], control), row[control.Name]);
            _annotations.Add(answers.Apply(Shell(row, item)));
        }

        private static JsonValue Answer(JsonValue cell, LabelingControl control) =>
            cell.IsArray || cell.IsObject || (cell.IsText && control.Tag is "Choices" or "TextArea")
                ? cell
                : throw cell.Expected($"what <{control.Tag}> stores, as JSON");

        private Judgement Shell(JsonValue row, LabelStudioItem item) => new()
        {
            Id = row["annotation_id"].Identifier(),
            Item = row["id"].IdentifierOrNull(),
            Prompt = item.Prompt,
            Candidates = item.Candidates,
            Annotator = row["annotator"].IsObject ? row["annotator"]["id"].IdentifierOrNull() : row["annotator"].IdentifierOrNull(),
            AnnotatorKind = AnnotatorKind.Person,
            Kind = _roles.Kind,
            Shown = item.Shown.Count > 1 ? item.Shown : null,
            Seconds = row["lead_time"].NumberOrNull() is >= 0 and var seconds ? seconds : null,
            CreatedAt = row["created_at"].TimeOrNull(),
            UpdatedAt = row["updated_at"].TimeOrNull(),
            Flags = item.Flags,
            Source = new SourceReference(_input.Name, _input.Sha256, row.Place.Line),
            Extra = item.Extra,
        };

        /// <summary>The row as the task's data: without the exporter's own columns, and colliding ones under their old names.</summary>
        private JsonValue Data(JsonValue row)
        {
            var answers = _config.Controls.Select(control => control.Name).ToHashSet(StringComparer.Ordinal);
            var json = CanonicalJson.WriteBytes(
                writer =>
                {
                    var written = new HashSet<string>(StringComparer.Ordinal);
                    writer.WriteStartObject();
                    foreach (var (name, value) in row.Properties().OrderBy(property => !property.Name.StartsWith("_data_", StringComparison.Ordinal)))
                    {
                        if (answers.Contains(name) || (Array.IndexOf(Columns, name) >= 0 && !_config.Variables.Contains(name)) || name == "agreement" || !written.Add(Original(name)))
                            continue;
                        writer.WritePropertyName(Original(name));
                        value.Element.WriteTo(writer);
                    }

                    writer.WriteEndObject();
                },
                CanonicalJson.Compacted);
            using var document = JsonDocument.Parse(json, CanonicalJson.Reading);
            return new JsonValue(document.RootElement.Clone(), row.Place, "");
        }

        private static string Where(JsonValue row) => string.Create(CultureInfo.InvariantCulture, $"record {row.Place.Line}");
    }
}
