using System.Globalization;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.LabelStudio.Server;

/// <summary>What a server asks of a prediction service ("ML backend").</summary>
public enum PredictionCallKind
{
    /// <summary>Whether the service lives; asked before nearly every action.</summary>
    Health,

    /// <summary>Which version of the model answers for a project; asked as often as <see cref="Health"/>, so it must cost nothing.</summary>
    Setup,

    /// <summary>Which versions there are.</summary>
    Versions,

    /// <summary>Opinions on tasks.</summary>
    Predict,

    /// <summary>Something happened in the project, or somebody asks for training; see <see cref="PredictionCall.Hint"/>.</summary>
    Event,
}

/// <summary>A task on which an opinion is wanted.</summary>
public sealed class PredictionTask
{
    internal PredictionTask(long id, JsonElement data, LabelStudioItem shown)
    {
        Id = id;
        Data = data;
        Shown = shown;
        Item = new JudgingItem
        {
            Id = shown.Item ?? id.ToString(CultureInfo.InvariantCulture),
            Prompt = shown.Prompt,
            Candidates = shown.Candidates,
        };
    }

    /// <summary>The task's number on the server.</summary>
    public long Id { get; }

    /// <summary>The task's <c>data</c>, whole.</summary>
    public JsonElement Data { get; }

    /// <summary>What is to be judged; the id is that of <c>meta.pt.item</c>, else the task's number.</summary>
    public JudgingItem Item { get; }

    internal LabelStudioItem Shown { get; }
}

/// <summary>
/// A call that a Label Studio server makes to a prediction service, whatever web framework received it. The access token that the server
/// sends along is not kept.
/// </summary>
public sealed record PredictionCall
{
    private PredictionCall(PredictionCallKind kind) => Kind = kind;

    /// <summary>What is asked.</summary>
    public PredictionCallKind Kind { get; }

    /// <summary>The project's number, or null where the call names none.</summary>
    public long? Project { get; private init; }

    /// <summary>The project's labelling config, with <see cref="PredictionCallKind.Setup"/> and <see cref="PredictionCallKind.Predict"/>.</summary>
    public LabelingConfig? Config { get; private init; }

    /// <summary>The tasks that wait for an opinion, in the order that the answer must have; empty for other calls.</summary>
    public IReadOnlyList<PredictionTask> Tasks { get; private init; } = [];

    /// <summary>What happened, with <see cref="PredictionCallKind.Event"/>; <c>START_TRAINING</c> asks for training.</summary>
    public LabelStudioHint? Hint { get; private init; }

    /// <summary>Reads a call.</summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="path">The path; a prefix before the last part and a query do not matter.</param>
    /// <param name="body">The body; empty for GET.</param>
    /// <exception cref="FeedbackFormatException">It is no call of the protocol, or a task lacks what the labelling config shows.</exception>
    public static PredictionCall Read(string method, string path, FeedbackInput body)
    {
        var name = path.Split('?')[0].TrimEnd('/').Split('/')[^1];
        return (method.ToUpperInvariant(), name) switch
        {
            ("GET", "health") => new PredictionCall(PredictionCallKind.Health),
            ("GET", "versions") => new PredictionCall(PredictionCallKind.Versions),
            ("POST", "setup") => ReadJson(body, ReadSetup),
            ("POST", "predict") => ReadJson(body, ReadPredict),
            ("POST", "webhook") => ReadEvent(body),
            _ => throw new FeedbackFormatException(
                $"'{method} {path}' is no call to a prediction service; expected GET health, GET versions, POST setup, POST predict or POST webhook.",
                body.Name),
        };
    }

    private static PredictionCall ReadJson(FeedbackInput body, Func<JsonValue, PredictionCall> read)
    {
        PredictionCall? call = null;
        JsonDocuments.Whole(body, json => call = read(json.RequireObject()));
        return call!;
    }

    private static PredictionCall ReadSetup(JsonValue json) => new(PredictionCallKind.Setup)
    {
        Project = ProjectOf(json),
        Config = LabelingConfig.Parse(json.RequiredText("schema"), json.Place.File),
    };

    private static PredictionCall ReadPredict(JsonValue json)
    {
        var config = LabelingConfig.Parse(json.RequiredText("label_config"), json.Place.File);
        var roles = QuestionRoles.Of(config, new LabelStudioReadOptions());
        if (!json["tasks"].IsArray)
            throw json["tasks"].Expected("a list of tasks");
        return new PredictionCall(PredictionCallKind.Predict)
        {
            Project = ProjectOf(json),
            Config = config,
            Tasks = [.. json["tasks"].Items().Select(task => ReadTask(task, roles))],
        };
    }

    private static PredictionTask ReadTask(JsonValue task, QuestionRoles roles)
    {
        var notes = new ConversionNotes();
        var id = task.RequireObject()["id"].Integer();
        return LabelStudioItem.Read(task["data"], task["meta"], roles, notes) is { } shown
            ? new PredictionTask(id, task["data"].Element.Clone(), shown)
            : throw task.Error($"Task {id.ToString(CultureInfo.InvariantCulture)}: {notes.ToReport(0).Notes[0].Message}");
    }

    private static PredictionCall ReadEvent(FeedbackInput body)
    {
        var hint = LabelStudioHint.Parse(body);
        return new PredictionCall(PredictionCallKind.Event) { Hint = hint, Project = hint.Project };
    }

    // "22.1795412005" is project 22, created at that second.
    private static long? ProjectOf(JsonValue json)
    {
        if (json["project"].IdentifierOrNull() is not { } text)
            return null;
        return long.TryParse(text.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var project)
            ? project
            : throw json["project"].Expected("a project's number, such as 22.1795412005");
    }
}
