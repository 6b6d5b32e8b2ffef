using System.Text.Json;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.LabelStudio.Server;

/// <summary>What a server says about itself.</summary>
/// <param name="Release">Its version, such as 1.23.2.</param>
/// <param name="Edition">"Community" answers imports and exports at once; others take jobs.</param>
public sealed record LabelStudioVersion(string Release, string? Edition)
{
    /// <summary>Whether imports and exports are answered at once.</summary>
    public bool IsCommunity => string.Equals(Edition, "Community", StringComparison.OrdinalIgnoreCase);
}

/// <summary>Whose token it is.</summary>
/// <param name="Id">The user's number, as in <c>completed_by</c>.</param>
/// <param name="Email">The user's address.</param>
public sealed record LabelStudioUser(long Id, string? Email);

/// <summary>A project.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Title">Its title.</param>
/// <param name="LabelConfig">Its labelling config, XML.</param>
public sealed record LabelStudioProject(long Id, string Title, string LabelConfig)
{
    /// <summary>The labelling config, read.</summary>
    /// <exception cref="FeedbackFormatException">The config cannot work.</exception>
    public LabelingConfig Config() => LabelingConfig.Parse(LabelConfig, FormattableString.Invariant($"labelling config of project {Id}"));

    internal static LabelStudioProject Read(JsonValue json) =>
        new(json["id"].Integer(), json["title"].TextOrNull() ?? "", json["label_config"].TextOrNull() ?? "");
}

/// <summary>How a new project asks.</summary>
public sealed record LabelStudioProjectSettings
{
    /// <summary>The title, 3 to 50 characters.</summary>
    public required string Title { get; init; }

    /// <summary>The labelling config.</summary>
    public required LabelingConfig Config { get; init; }

    /// <summary>What annotators read first, HTML; or null.</summary>
    public string? Instructions { get; init; }

    /// <summary>How many people judge each task. Default 3: fewer give no majority.</summary>
    public int JudgementsPerTask { get; init; } = 3;

    /// <summary>Whether annotators see predictions. Default false: a shown answer anchors.</summary>
    public bool ShowPredictions { get; init; }

    /// <summary>The order of tasks: "Sequential sampling", "Uniform sampling" or "Uncertainty sampling" (lowest score first).</summary>
    public string Sampling { get; init; } = "Sequential sampling";

    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("title", Title);
        writer.WriteString("label_config", Config.Xml);
        writer.WriteTextIf("expert_instruction", Instructions);
        writer.WriteBoolean("show_instruction", Instructions is not null);
        writer.WriteNumber("maximum_annotations", JudgementsPerTask);
        writer.WriteBoolean("show_collab_predictions", ShowPredictions);
        writer.WriteString("sampling", Sampling);
        writer.WriteBoolean("show_skip_button", true);
        writer.WriteBoolean("enable_empty_annotation", false);
        writer.WriteEndObject();
    }
}

/// <summary>What an import did.</summary>
/// <param name="Sent">Tasks that were sent now.</param>
/// <param name="AlreadyThere">Tasks that were left out because an earlier import had brought them.</param>
/// <param name="Annotations">Annotations that the server counted.</param>
/// <param name="Predictions">Predictions that the server counted.</param>
public sealed record LabelStudioImport(int Sent, int AlreadyThere, long Annotations, long Predictions);

/// <summary>What the server made of files or of an address that it read itself.</summary>
/// <param name="Tasks">Tasks that it found.</param>
/// <param name="Annotations">Annotations that it stored; null where nothing was imported.</param>
/// <param name="Predictions">Predictions that it stored; null where nothing was imported.</param>
/// <param name="Files">The numbers of the stored files, in order.</param>
/// <param name="Columns">The keys of the tasks' data.</param>
/// <param name="TaskIds">The numbers of the new tasks; empty where nothing was imported.</param>
public sealed record LabelStudioUpload(
    long Tasks, long? Annotations, long? Predictions, IReadOnlyList<long> Files, IReadOnlyList<string> Columns, IReadOnlyList<long> TaskIds)
{
    internal static LabelStudioUpload Read(JsonValue json) => new(
        json["task_count"].Integer(), json["annotation_count"].IntegerOrNull(), LabelStudioImporter.PredictionsOf(json),
        [.. json["file_upload_ids"].Items().Select(id => id.Integer())],
        [.. json["data_columns"].Items().Select(name => name.Text())],
        [.. json["task_ids"].Items().Select(id => id.Integer())]);
}

/// <summary>A snapshot of a project.</summary>
/// <param name="Id">Its number inside the project; with it a download can be resumed.</param>
/// <param name="Status">created, in_progress, completed or failed.</param>
/// <param name="Md5">MD5 of the JSON file, or null.</param>
public sealed record LabelStudioSnapshot(long Id, string Status, string? Md5)
{
    internal static LabelStudioSnapshot Read(JsonValue json) => new(json["id"].Integer(), json["status"].Text(), json["md5"].TextOrNull());
}

/// <summary>
/// What a webhook says. It is a hint and no more: calls are neither signed nor repeated, so what counts is read by an export.
/// </summary>
/// <param name="Action">The event, such as ANNOTATION_CREATED.</param>
/// <param name="Project">The project's number, or null where the call carries no payload.</param>
public sealed record LabelStudioHint(string Action, long? Project)
{
    /// <summary>Whether judgements may have changed, so that an export is due.</summary>
    public bool ExportIsDue =>
        Action.StartsWith("ANNOTATION", StringComparison.Ordinal) || Action.StartsWith("REVIEW", StringComparison.Ordinal)
            || Action == "TASKS_DELETED";

    /// <summary>Reads the body of a webhook call.</summary>
    /// <exception cref="FeedbackFormatException">It is none.</exception>
    public static LabelStudioHint Parse(FeedbackInput body)
    {
        LabelStudioHint? hint = null;
        JsonDocuments.Whole(body, json =>
        {
            var project = json.RequireObject()["project"];
            hint = new LabelStudioHint(json["action"].Text(), project.IsObject ? project["id"].IntegerOrNull() : project.IntegerOrNull());
        });
        return hint!;
    }
}
