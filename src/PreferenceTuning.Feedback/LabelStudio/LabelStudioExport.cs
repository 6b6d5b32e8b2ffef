using System.Globalization;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>
/// Reads a Label Studio export in the format JSON: a list of tasks, one task (a file of an export storage), or one annotation with its
/// task; snapshots with or without expanded users and predictions; old exports with <c>completions</c>. Each annotation becomes one
/// judgement, skipped and empty ones included; one that is there twice, as in two joined exports, counts once, and the report says so.
/// </summary>
public static class LabelStudioExport
{
    /// <summary>Reads an export.</summary>
    /// <param name="input">The export.</param>
    /// <param name="config">The project's labelling config: it names the controls and says which answer "left" means.</param>
    /// <param name="options">What the export does not say; null for none of it.</param>
    /// <returns>Judgements in the export's order; predictions, where whole, as suggestions.</returns>
    /// <exception cref="FeedbackFormatException">The input is no such export.</exception>
    public static FeedbackReading Read(FeedbackInput input, LabelingConfig config, LabelStudioReadOptions? options = null)
    {
        var reader = new LabelStudioTaskReader(config, options ?? new(), input.Name, input.Sha256);
        JsonDocuments.Elements(input, reader.Add);
        return reader.ToReading();
    }
}

/// <summary>Turns tasks in export shape into judgements.</summary>
internal sealed class LabelStudioTaskReader
{
    private static readonly string[] Kept =
        ["id", "completed_by", "result", "was_cancelled", "skipped", "ground_truth", "created_at", "updated_at", "lead_time", "prediction", "task"];

    private static readonly string[] Bookkeeping =
    [
        "result_count", "unique_id", "import_id", "last_action", "bulk_created", "project", "updated_by", "parent_annotation", "last_created_by",
        "created_username", "created_ago", "draft_created_at",
    ];

    /// <summary>What is read of a task, and the server's bookkeeping about it.</summary>
    private static readonly HashSet<string> TaskKeys = new(StringComparer.Ordinal)
    {
        "id", "data", "meta", "annotations", "completions", "predictions", "drafts",
        "created_at", "updated_at", "completed_at", "inner_id", "project", "updated_by", "file_upload", "storage_filename", "allow_skip", "overlap",
        "is_labeled", "total_annotations", "cancelled_annotations", "total_predictions", "comment_count", "unresolved_comment_count",
        "comment_authors", "last_comment_updated_at", "avg_lead_time", "annotators", "annotations_results", "annotations_ids",
        "predictions_score", "predictions_results", "predictions_model_versions", "draft_exists",
    };

    private readonly QuestionRoles _roles;
    private readonly string _name;
    private readonly string? _sha256;
    private readonly ConversionNotes _notes = new();
    private readonly List<Judgement> _judgements = [];
    private readonly List<Judgement> _suggestions = [];
    private readonly AnnotationsById _annotations, _predictions;

    public LabelStudioTaskReader(LabelingConfig config, LabelStudioReadOptions options, string name, string? sha256)
    {
        (_roles, _name, _sha256) = (QuestionRoles.Of(config, options), name, sha256);
        _annotations = new(_judgements, _notes, "annotation");
        _predictions = new(_suggestions, _notes, "prediction");
        UnnamedComparison.Note(config, options, _notes);
    }

    public FeedbackReading ToReading() => new(_judgements, _suggestions, _notes.ToReport(_judgements.Count));

    /// <summary>Reads a task with its annotations, or an annotation that holds its task.</summary>
    public void Add(JsonValue record)
    {
        record.RequireObject();
        if (record["task"].IsObject && record.Knows("result"))
            AddTask(record["task"], [record], []);
        else if (!record["data"].IsObject)
            throw record.Error("An export's records have 'data' and 'annotations'; this has no 'data' object (JSON_MIN and CSV have readers of their own).");
        else
            AddTask(
                record, (record["annotations"].IsNull ? record["completions"] : record["annotations"]).Items(),
                record["predictions"].Items());
    }

    private void AddTask(JsonValue task, IEnumerable<JsonValue> annotations, IEnumerable<JsonValue> predictions)
    {
        if (LabelStudioItem.Read(task["data"], task["meta"], _roles, _notes) is not { } item)
            return;
        item = WithTaskExtra(item, task);
        var taskId = task["id"].IdentifierOrNull();
        foreach (var annotation in annotations)
            _annotations.Add(Annotation(annotation, item, taskId));
        foreach (var prediction in predictions)
            AddPrediction(prediction, item, taskId);
        if (task["drafts"].IsArray && task["drafts"].Items().Any())
            _notes.LeftOut("Drafts are not judgements yet.", Where(task));
    }

    // Agreement, tags, comments and whatever else an edition says of a task.
    private static LabelStudioItem WithTaskExtra(LabelStudioItem item, JsonValue task)
    {
        Dictionary<string, string>? extra = null;
        foreach (var (key, value) in task.Properties())
        {
            if (TaskKeys.Contains(key) || value.IsNull || (value.IsArray && value.Element.GetArrayLength() == 0))
                continue;
            extra ??= new Dictionary<string, string>(item.Extra, StringComparer.Ordinal);
            extra["task." + key] = value.RawJson();
        }

        return extra is null ? item : item with { Extra = extra };
    }

    private Judgement Annotation(JsonValue annotation, LabelStudioItem item, string? taskId)
    {
        annotation.RequireObject();
        var skipped = annotation["was_cancelled"].FlagOr(false) || annotation["skipped"].FlagOr(false);
        var judgement = Shell(annotation, item, taskId) with
        {
            Annotator = Annotator(annotation["completed_by"]),
            AnnotatorKind = AnnotatorKind.Person,
            Skipped = skipped,
            Gold = annotation["ground_truth"].FlagOr(false),
            Seconds = Seconds(annotation["lead_time"]),
        };
        return Compare(Answers(annotation["result"], item).Apply(judgement), annotation, item);
    }

    private void AddPrediction(JsonValue prediction, LabelStudioItem item, string? taskId)
    {
        if (!prediction.IsObject)
        {
            _notes.Lost("Predictions are exported as numbers only; export them whole to read them.", Where(prediction));
            return;
        }

        var judgement = Shell(prediction, item, taskId) with
        {
            Annotator = prediction["model_version"].IdentifierOrNull(),
            AnnotatorKind = AnnotatorKind.Model,
            Confidence = prediction["score"].NumberOrNull(),
        };
        _predictions.Add(Answers(prediction["result"], item).Apply(judgement));
    }

    private Judgement Shell(JsonValue record, LabelStudioItem item, string? taskId) => new()
    {
        Id = record["id"].IdentifierOrNull(),
        Item = item.Item ?? taskId,
        Prompt = item.Prompt,
        Candidates = item.Candidates,
        Kind = _roles.Kind,
        Shown = item.Shown.Count > 1 ? item.Shown : null,
        InstructionVersion = item.InstructionVersion,
        CreatedAt = record["created_at"].TimeOrNull(),
        UpdatedAt = record["updated_at"].TimeOrNull(),
        Flags = item.Flags,
        Source = new SourceReference(_name, _sha256, record.Place.Line),
        Extra = Extra(record, item, taskId),
    };

    private AnswerReader Answers(JsonValue results, LabelStudioItem item) => new AnswerReader(_roles, item, _notes).AddResults(results);

    /// <summary>
    /// Whether a model's answer was shown first is told by the parent prediction: <c>origin</c> stays "prediction" when a person changed
    /// it.
    /// </summary>
    private Judgement Compare(Judgement judgement, JsonValue annotation, LabelStudioItem item)
    {
        var parent = annotation["prediction"];
        if (judgement.Skipped || !parent.IsObject || !parent["result"].IsArray)
            return judgement;
        var shown = Answers(parent["result"], item).Apply(judgement with { Flags = [] });
        var flag = AnswerComparison.Same(judgement, shown) ? JudgementFlag.PredictionAccepted : JudgementFlag.PredictionChanged;
        judgement = judgement with { Flags = [.. judgement.Flags, flag] };
        return judgement.Kind == JudgementKind.Demonstration && shown.Texts is [var text, ..] ? Edit(judgement, text, parent) : judgement;
    }

    // A text that the person was given to improve is an edit, and the given text is what was edited.
    private static Judgement Edit(Judgement judgement, TextAnswer given, JsonValue prediction) => judgement with
    {
        Kind = JudgementKind.TextEdit,
        Candidates = [new Candidate { Id = "prediction", Text = given.Value, Model = prediction["model_version"].IdentifierOrNull() }],
        Texts = [.. judgement.Texts.Select(text => text with { Candidate = "prediction" })],
    };

    private Dictionary<string, string> Extra(JsonValue record, LabelStudioItem item, string? taskId)
    {
        var extra = new Dictionary<string, string>(item.Extra, StringComparer.Ordinal);
        if (item.Item is not null && taskId is not null)
            extra["task"] = System.Text.Json.JsonSerializer.Serialize(taskId);
        foreach (var (key, value) in record.Properties())
        {
            if (value.IsNull || Array.IndexOf(Kept, key) >= 0)
                continue;
            if (Array.IndexOf(Bookkeeping, key) >= 0)
                _notes.Lost(
                    "The server's bookkeeping (unique_id, project, updated_by, region ids and origins, ...) is not kept.", Where(record));
            else if (key is not ("model_version" or "score"))
                extra[key] = value.RawJson();
        }

        return extra;
    }

    private static string? Annotator(JsonValue by) =>
        by.IsObject ? by["id"].IdentifierOrNull() ?? by["email"].TextOrNull() : by.IdentifierOrNull();

    private double? Seconds(JsonValue time)
    {
        if (time.NumberOrNull() is not { } seconds)
            return null;
        if (seconds >= 0)
            return seconds;
        _notes.Noticed("A negative lead_time is taken as not known.", Where(time));
        return null;
    }

    private static string Where(JsonValue value) =>
        string.Create(CultureInfo.InvariantCulture, $"record {value.Place.Line} {value.Path}").TrimEnd();
}
