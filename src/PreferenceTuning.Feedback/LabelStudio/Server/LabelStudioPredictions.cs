using System.Globalization;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.LabelStudio.Server;

/// <summary>Writes models' judgements as predictions onto tasks that are already on the server.</summary>
internal sealed class LabelStudioPredictions(LabelStudioClient client, LabelingConfig config)
{
    private readonly QuestionRoles _roles = QuestionRoles.Of(config, new LabelStudioReadOptions());
    private readonly ConversionNotes _notes = new();

    public async Task<int> AddAsync(long project, IReadOnlyList<Judgement> predictions, CancellationToken cancel)
    {
        var wanted = predictions.ToLookup(judgement => judgement.ItemKey, StringComparer.Ordinal);
        var written = new List<string>();
        var found = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var task in client.ListTasksAsync(project, cancel).ConfigureAwait(false))
        {
            var json = new JsonValue(task, new JsonPlace("tasks of the project", null), "");
            var id = LabelStudioClient.Understood(json, () => json["id"].Integer());
            var key = LabelStudioClient.Understood(json, () => LabelStudioImporter.ItemOf(task)) is { } item && wanted.Contains(item)
                ? item
                : id.ToString(CultureInfo.InvariantCulture);
            if (wanted.Contains(key) && found.Add(key))
                written.AddRange(wanted[key].Select(judgement => Write(json, id, judgement)));
        }

        if (wanted.FirstOrDefault(group => !found.Contains(group.Key)) is { } missing)
            throw new LabelStudioException($"The project has no task for item '{missing.Key}'.", LabelStudioClient.Project(project, ""));
        var created = 0;
        foreach (var batch in written.Chunk(client.Connection.Options.ImportBatch))
            created += await SendAsync(project, batch, cancel).ConfigureAwait(false);
        return created;
    }

    private string Write(JsonValue task, long id, Judgement judgement)
    {
        var item = LabelStudioItem.Read(task["data"], task["meta"], _roles, _notes)
            ?? throw new LabelStudioException($"Task {id} lacks data that the labelling config shows.", "predictions");
        var places = item.Places();
        if (judgement.Candidates.FirstOrDefault(candidate => !places.ContainsKey(candidate.Id)) is { } stranger)
            throw new ArgumentException($"Task {id} shows no candidate '{stranger.Id}'; it shows: {string.Join(", ", places.Keys)}.");
        var results = new ResultWriter(_roles, places, _notes);
        return CanonicalJson.Write(
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteNumber("task", id);
                writer.WriteString("model_version", judgement.Annotator ?? "undefined");
                writer.WriteNumberIf("score", judgement.Confidence);
                results.Write(writer, judgement, isPrediction: true);
                writer.WriteEndObject();
            },
            CanonicalJson.Compacted);
    }

    private async Task<int> SendAsync(long project, string[] batch, CancellationToken cancel)
    {
        var body = System.Text.Encoding.UTF8.GetBytes($"[{string.Join(',', batch)}]");
        var json = await LabelStudioClient.ReadAsync(client.Connection.PostAsync(
            LabelStudioClient.Project(project, "/import/predictions"), body, Repeat.OnlyIfUnprocessed, cancel)).ConfigureAwait(false);
        var created = LabelStudioClient.Understood(json, () => json["created"].Integer());
        return created == batch.Length ? batch.Length : throw new LabelStudioException(
            string.Create(CultureInfo.InvariantCulture, $"{batch.Length} predictions were sent, but the server created {created}; it drops those that do not fit the labelling config."), json.Place.File);
    }
}
