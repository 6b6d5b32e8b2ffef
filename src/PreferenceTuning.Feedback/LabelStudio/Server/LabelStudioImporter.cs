using System.Globalization;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.LabelStudio.Server;

/// <summary>Imports tasks in batches that may be interrupted and repeated.</summary>
internal sealed class LabelStudioImporter(LabelStudioClient client)
{
    private sealed record Waiting(string Json, string? Item);

    public async Task<LabelStudioImport> ImportAsync(long project, FeedbackInput tasks, CancellationToken cancel)
    {
        var waiting = Read(tasks);
        var there = await ItemsAsync(project, cancel).ConfigureAwait(false);
        var missing = waiting.Where(task => task.Item is null || !there.Contains(task.Item)).ToList();
        var already = waiting.Count - missing.Count;
        var done = new LabelStudioImport(0, already, 0, 0);
        foreach (var batch in missing.Chunk(client.Connection.Options.ImportBatch))
            done = Add(done, await SendAsync(project, batch, cancel).ConfigureAwait(false));
        return done;
    }

    private async Task<LabelStudioImport> SendAsync(long project, IReadOnlyList<Waiting> batch, CancellationToken cancel)
    {
        var whole = batch.Count;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await SendOnceAsync(project, batch, cancel).ConfigureAwait(false) with { Sent = whole };
            }
            catch (LabelStudioException exception) when (
                MayHaveArrived(exception) && attempt < client.Connection.Options.Retries && batch.All(task => task.Item is not null))
            {
                // The answer was lost, the work perhaps not: look what arrived, and send the rest.
                await client.Connection.DelayAsync(client.Connection.Options.FirstDelay, cancel).ConfigureAwait(false);
                var there = await ItemsAsync(project, cancel).ConfigureAwait(false);
                batch = [.. batch.Where(task => !there.Contains(task.Item!))];
                if (batch.Count == 0)
                    return new LabelStudioImport(whole, 0, 0, 0);
            }
        }
    }

    private static bool MayHaveArrived(LabelStudioException exception) => exception.Status switch
    {
        null => exception.InnerException is not null and not FeedbackFormatException,
        >= System.Net.HttpStatusCode.InternalServerError => true,
        _ => false,
    };

    private async Task<LabelStudioImport> SendOnceAsync(long project, IReadOnlyList<Waiting> batch, CancellationToken cancel)
    {
        var body = System.Text.Encoding.UTF8.GetBytes($"[{string.Join(',', batch.Select(task => task.Json))}]");
        var answer = await LabelStudioClient.ReadAsync(client.Connection.PostAsync(
            LabelStudioClient.Project(project, "/import?return_task_ids=true"), body, Repeat.OnlyIfUnprocessed, cancel))
                .ConfigureAwait(false);
        var json = await DoneAsync(client, project, answer, cancel).ConfigureAwait(false);
        var (count, done) = LabelStudioClient.Understood(json, () => (json["task_count"].Integer(), new LabelStudioImport(
            batch.Count, 0, json["annotation_count"].IntegerOrNull() ?? 0, PredictionsOf(json) ?? 0)));
        return count == batch.Count ? done : throw new LabelStudioException(
            string.Create(CultureInfo.InvariantCulture, $"{batch.Count} tasks were sent, but the server counts {count}."), json.Place.File);
    }

    /// <summary>The counts of an import: the answer itself or, from other editions, the end of the job that it names.</summary>
    internal static async Task<JsonValue> DoneAsync(
        LabelStudioClient client, long project, JsonValue answer, CancellationToken cancel)
    {
        if (answer["import"].IsNull)
            return answer;
        var job = LabelStudioClient.Understood(answer, () => answer["import"].Integer());
        var path = LabelStudioClient.Project(project, string.Create(CultureInfo.InvariantCulture, $"/imports/{job}/"));
        return await client.PollAsync(path, state => state, state => state["status"].Text(), cancel).ConfigureAwait(false);
    }

    private async Task<HashSet<string>> ItemsAsync(long project, CancellationToken cancel)
    {
        var items = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var task in client.ListTasksAsync(project, cancel).ConfigureAwait(false))
        {
            var json = new JsonValue(task, new JsonPlace("tasks of the project", null), "");
            if (LabelStudioClient.Understood(json, () => ItemOf(task)) is { } item)
                items.Add(item);
        }

        return items;
    }

    private static List<Waiting> Read(FeedbackInput tasks)
    {
        var waiting = new List<Waiting>();
        JsonDocuments.Elements(tasks, task =>
        {
            task.RequireObject();
            waiting.Add(new Waiting(task.RawJson(), ItemOf(task.Element)));
        });
        return waiting;
    }

    /// <summary>The count of predictions, under either name that servers give it.</summary>
    internal static long? PredictionsOf(JsonValue json) =>
        json["prediction_count"].IntegerOrNull() ?? json["predictions_count"].IntegerOrNull();

    internal static string? ItemOf(JsonElement task) =>
        task.TryGetProperty("meta", out var meta) && meta.ValueKind == JsonValueKind.Object
        && meta.TryGetProperty("pt", out var own) && own.ValueKind == JsonValueKind.Object
        && own.TryGetProperty("item", out var item) && item.ValueKind == JsonValueKind.String ? item.GetString() : null;

    private static LabelStudioImport Add(LabelStudioImport left, LabelStudioImport right) =>
        new(
            left.Sent + right.Sent, left.AlreadyThere + right.AlreadyThere, left.Annotations + right.Annotations,
            left.Predictions + right.Predictions);
}
