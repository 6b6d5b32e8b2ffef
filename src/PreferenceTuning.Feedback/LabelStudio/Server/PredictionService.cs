using System.Globalization;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.LabelStudio.Server;

/// <summary>What a prediction service sends back.</summary>
/// <param name="Json">The body of the answer, <c>application/json</c>.</param>
/// <param name="Report">What of the opinions the labelling config cannot hold, a tie under <c>Pairwise</c> for instance.</param>
public sealed record PredictionAnswer(ReadOnlyMemory<byte> Json, ConversionReport Report);

/// <summary>
/// Answers a Label Studio server's calls with a model's opinions, which the server shows as pre-annotations or orders tasks by. An answer
/// has the one shape that the server neither drops nor shows wrongly: one result for each task in order, <c>to_name</c> the first object,
/// a version and a finite score. A shown opinion anchors people: for judgements that count, do not show it.
/// </summary>
public sealed record PredictionService
{
    /// <summary>The version that every opinion carries; change it with the model, because the server asks once for each version.</summary>
    public required string ModelVersion { get; init; }

    /// <summary>Earlier versions, newest first, for the server's list. Default none.</summary>
    public IReadOnlyList<string> EarlierVersions { get; init; } = [];

    /// <summary>What the server calls the kind of model.</summary>
    public string ModelClass { get; init; } = "RewardModel";

    /// <summary>Answers a call.</summary>
    /// <param name="call">What was asked.</param>
    /// <param name="opinions">
    /// One for each of <see cref="PredictionCall.Tasks"/>, in their order, about the candidates of <see cref="PredictionTask.Item"/>; null
    /// where the model has none. <see cref="Judgement.Confidence"/> becomes the score, by which uncertainty sampling orders tasks.
    /// </param>
    /// <exception cref="ArgumentException">Another number of opinions than tasks, or one that cannot be or is about other candidates.</exception>
    public PredictionAnswer Answer(PredictionCall call, IReadOnlyList<Judgement?> opinions)
    {
        if (string.IsNullOrWhiteSpace(ModelVersion))
            throw new ArgumentException("'ModelVersion' is blank; predictions without a version cannot be told apart later.");
        if (opinions.Count != call.Tasks.Count)
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"'opinions' holds {opinions.Count}, but {call.Tasks.Count} tasks were asked for; the server drops an answer of another length in silence. Give null where there is no opinion."), nameof(opinions));
        var notes = new ConversionNotes();
        var json = CanonicalJson.WriteBytes(writer => Write(writer, call, opinions, notes), CanonicalJson.Compacted);
        return new PredictionAnswer(json, notes.ToReport(opinions.Count(opinion => opinion is not null)));
    }

    private void Write(Utf8JsonWriter writer, PredictionCall call, IReadOnlyList<Judgement?> opinions, ConversionNotes notes)
    {
        writer.WriteStartObject();
        switch (call.Kind)
        {
            case PredictionCallKind.Health:
                writer.WriteString("status", "UP");
                writer.WriteString("model_class", ModelClass);
                break;
            case PredictionCallKind.Setup:
                writer.WriteString("model_version", ModelVersion);
                break;
            case PredictionCallKind.Versions:
                writer.WriteStartArray("versions");
                foreach (var version in EarlierVersions.Prepend(ModelVersion))
                    writer.WriteStringValue(version);
                writer.WriteEndArray();
                break;
            case PredictionCallKind.Event:
                writer.WriteStartObject("result");
                writer.WriteEndObject();
                writer.WriteString("status", "ok");
                break;
            default:
                WriteOpinions(writer, call, opinions, notes);
                break;
        }

        writer.WriteEndObject();
    }

    private void WriteOpinions(Utf8JsonWriter writer, PredictionCall call, IReadOnlyList<Judgement?> opinions, ConversionNotes notes)
    {
        var roles = QuestionRoles.Of(call.Config!, new LabelStudioReadOptions());
        writer.WriteStartArray("results");
        foreach (var (task, opinion) in call.Tasks.Zip(opinions))
        {
            writer.WriteStartObject();
            writer.WriteString("model_version", ModelVersion);
            if (opinion is null)
            {
                // Null in place of a result would make the server fail.
                writer.WriteStartArray("result");
                writer.WriteEndArray();
            }
            else
            {
                Check(task, opinion);
                writer.WriteNumberIf("score", opinion.Confidence);
                new ResultWriter(roles, task.Shown.Places(), notes).Write(writer, opinion, isPrediction: true);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Check(PredictionTask task, Judgement opinion)
    {
        var places = task.Shown.Places();
        var problem = JudgementCheck.Problem(opinion);
        if (opinion.Candidates.FirstOrDefault(candidate => !places.ContainsKey(candidate.Id)) is { } stranger)
            problem = $"'{stranger.Id}' is none of the task's candidates: {string.Join(", ", places.Keys)}.";
        if (problem is not null)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The opinion on task {task.Id}: {problem}"));
    }
}
