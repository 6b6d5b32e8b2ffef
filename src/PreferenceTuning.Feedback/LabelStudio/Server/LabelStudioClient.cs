using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.LabelStudio.Server;

/// <summary>
/// Talks to a Label Studio server over its REST interface. Both kinds of token work; a personal access token is refreshed when due.
/// Requests that change nothing are repeated after network failures, 429 and 5xx, with growing waits or as long as Retry-After says;
/// imports of tasks can be repeated as a whole and send only what is missing. The token goes to the given server only. Safe for use by several
/// tasks at once.
/// </summary>
public sealed class LabelStudioClient : IDisposable
{
    private readonly LabelStudioConnection _connection;

    /// <summary>Connects to nothing yet.</summary>
    /// <param name="server">The server's address, such as <c>http://localhost:8080</c>; a path prefix is kept.</param>
    /// <param name="token">A personal access token or a legacy token.</param>
    /// <param name="options">Waits, repeats and limits; null for the defaults.</param>
    /// <param name="time">The clock and its timers; null for the system's.</param>
    /// <exception cref="ArgumentException">The address or token cannot be one, or the token has expired.</exception>
    public LabelStudioClient(Uri server, string token, LabelStudioClientOptions? options = null, TimeProvider? time = null) =>
        _connection = new LabelStudioConnection(server, token, options ?? new(), time ?? TimeProvider.System);

    internal LabelStudioConnection Connection => _connection;

    /// <summary>Asks for the server's version.</summary>
    public async Task<LabelStudioVersion> GetVersionAsync(CancellationToken cancel = default)
    {
        var json = await ReadAsync(_connection.GetAsync("api/version/", cancel)).ConfigureAwait(false);
        return Understood(json, () => new LabelStudioVersion(json["release"].Text(), json["edition"].TextOrNull()));
    }

    /// <summary>Asks whose token it is.</summary>
    public async Task<LabelStudioUser> WhoAmIAsync(CancellationToken cancel = default)
    {
        var json = await ReadAsync(_connection.GetAsync("api/current-user/whoami", cancel)).ConfigureAwait(false);
        return Understood(json, () => new LabelStudioUser(json["id"].Integer(), json["email"].TextOrNull()));
    }

    /// <summary>Lists all projects, newest first, page by page.</summary>
    public async IAsyncEnumerable<LabelStudioProject> ListProjectsAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        for (var page = 1; ; page++)
        {
            // The "next" address that the server gives may name another host (a proxy); the pages are counted instead.
            var path = string.Create(CultureInfo.InvariantCulture, $"api/projects/?page={page}&page_size={_connection.Options.PageSize}");
            var json = await ReadAsync(_connection.GetAsync(path, cancel)).ConfigureAwait(false);
            foreach (var project in Understood(json, () => json["results"].Items().Select(LabelStudioProject.Read).ToList()))
                yield return project;
            if (json["next"].IsNull)
                yield break;
        }
    }

    /// <summary>Asks for one project.</summary>
    public async Task<LabelStudioProject> GetProjectAsync(long project, CancellationToken cancel = default)
    {
        var json = await ReadAsync(_connection.GetAsync(Project(project, "/"), cancel)).ConfigureAwait(false);
        return Understood(json, () => LabelStudioProject.Read(json));
    }

    /// <summary>Creates a project. Not repeated after an answer that may have been lost: look whether it is there.</summary>
    public async Task<LabelStudioProject> CreateProjectAsync(LabelStudioProjectSettings settings, CancellationToken cancel = default)
    {
        var body = CanonicalJson.WriteBytes(settings.Write, CanonicalJson.Compacted);
        var json = await ReadAsync(_connection.PostAsync("api/projects/", body, Repeat.OnlyIfUnprocessed, cancel)).ConfigureAwait(false);
        return Understood(json, () => LabelStudioProject.Read(json));
    }

    /// <summary>
    /// Lets the server check a labelling config for a project. It accepts configs that cannot work (no controls, Pairwise with three
    /// targets); <see cref="LabelingConfig.Parse"/> has checked those.
    /// </summary>
    /// <exception cref="LabelStudioException">The server refuses it; <see cref="LabelStudioException.Detail"/> says why.</exception>
    public Task ValidateConfigAsync(long project, LabelingConfig config, CancellationToken cancel = default)
    {
        var body = CanonicalJson.WriteBytes(
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("label_config", config.Xml);
                writer.WriteEndObject();
            },
            CanonicalJson.Compacted);
        return _connection.PostAsync(Project(project, "/validate/"), body, Repeat.Safe, cancel);
    }

    /// <summary>
    /// Lists a project's tasks with annotations and predictions, whole and page by page, in the shape of an export's records.
    /// </summary>
    public async IAsyncEnumerable<JsonElement> ListTasksAsync(long project, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        long seen = 0;
        for (var page = 1; ; page++)
        {
            var path = string.Create(
                CultureInfo.InvariantCulture,
                $"api/tasks/?project={project}&fields=all&page={page}&page_size={_connection.Options.PageSize}");
            JsonValue json;
            try
            {
                json = await ReadAsync(_connection.GetAsync(path, cancel)).ConfigureAwait(false);
            }
            catch (LabelStudioException exception) when (exception.Status == HttpStatusCode.NotFound && page > 1)
            {
                // Tasks were deleted while the pages were read: the page beyond the end is a 404.
                yield break;
            }

            var (tasks, total) = Understood(
                json, () => (json["tasks"].Items().Select(task => task.Element).ToList(), json["total"].Integer()));
            foreach (var task in tasks)
                yield return task;
            seen += tasks.Count;
            if (seen >= total)
                yield break;
            if (tasks.Count == 0)
            {
                throw new LabelStudioException(
                    string.Create(CultureInfo.InvariantCulture, $"The server counts {total} tasks, but page {page} after {seen} of them is empty; the list is not whole."),
                    $"GET {path}");
            }
        }
    }

    /// <summary>
    /// Imports tasks (what <see cref="LabelStudioTasks"/> writes) in batches. Tasks whose <c>meta.pt.item</c> the project has already
    /// are left out, so an import that broke off is resumed by calling again; and a batch whose answer was lost is not sent twice.
    /// </summary>
    /// <param name="project">The project's number.</param>
    /// <param name="tasks">A JSON list of tasks.</param>
    /// <param name="cancel">Stops between and inside requests.</param>
    /// <exception cref="LabelStudioException">
    /// The server refused a batch, or counted other than what was sent. Nothing of a refused batch is imported.
    /// </exception>
    public Task<LabelStudioImport> ImportAsync(long project, FeedbackInput tasks, CancellationToken cancel = default) =>
        new LabelStudioImporter(this).ImportAsync(project, tasks, cancel);

    /// <summary>
    /// Imports files as the server's own upload does: JSON, CSV, TSV or TXT (a task each line), told by their names' endings; not JSON
    /// Lines, and one bad task refuses all. Not repeated after an answer that may have been lost, because the tasks of a file have no
    /// names by which to find them: look what is there, or use <see cref="ImportAsync(long, FeedbackInput, CancellationToken)"/>.
    /// </summary>
    /// <exception cref="LabelStudioException">
    /// The server refuses a file; <see cref="LabelStudioException.Detail"/> says which and why. Nothing is imported.
    /// </exception>
    public Task<LabelStudioUpload> ImportFilesAsync(long project, IReadOnlyList<FeedbackInput> files, CancellationToken cancel = default) =>
        new LabelStudioUploads(this).ImportAsync(project, files, cancel);

    /// <summary>Stores files beside a project and makes no tasks of them yet (<c>commit_to_project=false</c>).</summary>
    /// <exception cref="LabelStudioException">The server refuses a file.</exception>
    public Task<LabelStudioUpload> StoreFilesAsync(long project, IReadOnlyList<FeedbackInput> files, CancellationToken cancel = default) =>
        new LabelStudioUploads(this).StoreAsync(project, files, cancel);

    /// <summary>Lets the server fetch a file of tasks: the address must be one that the server, not this machine, can read.</summary>
    /// <exception cref="LabelStudioException">The server cannot read it or refuses what stands there.</exception>
    public Task<LabelStudioUpload> ImportFromAddressAsync(long project, Uri address, CancellationToken cancel = default) =>
        new LabelStudioUploads(this).ImportAsync(project, address, cancel);

    /// <summary>
    /// Adds models' judgements as predictions to the tasks of their items (by <c>meta.pt.item</c>, else by the task's number).
    /// </summary>
    /// <returns>How many were created.</returns>
    /// <exception cref="LabelStudioException">The server dropped some: it checks each one and says nothing of those that fail.</exception>
    public Task<int> AddPredictionsAsync(
        long project, LabelingConfig config, IReadOnlyList<Judgement> predictions, CancellationToken cancel = default) =>
        new LabelStudioPredictions(this, config).AddAsync(project, predictions, cancel);

    /// <summary>Exports a project as JSON the way its edition allows: at once (Community), or through a snapshot.</summary>
    public async Task<FeedbackInput> ExportAsync(long project, CancellationToken cancel = default)
    {
        var version = await GetVersionAsync(cancel).ConfigureAwait(false);
        if (version.IsCommunity)
            return await ExportNowAsync(project, allTasks: true, cancel).ConfigureAwait(false);
        var snapshot = await CreateSnapshotAsync(project, cancel).ConfigureAwait(false);
        return await DownloadSnapshotAsync(project, snapshot.Id, cancel).ConfigureAwait(false);
    }

    /// <summary>Exports a project as JSON in one request. Paid editions answer 404.</summary>
    /// <param name="project">The project's number.</param>
    /// <param name="allTasks">Whether tasks without annotation are wanted, too.</param>
    /// <param name="cancel">Stops the download.</param>
    public async Task<FeedbackInput> ExportNowAsync(long project, bool allTasks = false, CancellationToken cancel = default)
    {
        var answer = await _connection.GetAsync(
            Project(project, "/export?exportType=JSON" + (allTasks ? "&download_all_tasks=true" : "")), cancel).ConfigureAwait(false);
        return new FeedbackInput(string.Create(CultureInfo.InvariantCulture, $"project-{project}.json"), answer.Body);
    }

    /// <summary>Begins a snapshot of all tasks with whole predictions.</summary>
    public async Task<LabelStudioSnapshot> CreateSnapshotAsync(long project, CancellationToken cancel = default)
    {
        var body = """{"serialization_options":{"drafts":{"only_id":true},"predictions":{"only_id":false},"annotations__completed_by":{"only_id":true}}}"""u8.ToArray();
        var json = await ReadAsync(
            _connection.PostAsync(Project(project, "/exports/"), body, Repeat.OnlyIfUnprocessed, cancel)).ConfigureAwait(false);
        return Understood(json, () => LabelStudioSnapshot.Read(json));
    }

    /// <summary>
    /// Waits for a snapshot, downloads it as JSON and checks its MD5. A download that broke off is resumed by calling again.
    /// </summary>
    public async Task<FeedbackInput> DownloadSnapshotAsync(long project, long snapshot, CancellationToken cancel = default)
    {
        var path = Project(project, string.Create(CultureInfo.InvariantCulture, $"/exports/{snapshot}"));
        var state = await PollAsync(path, LabelStudioSnapshot.Read, found => found.Status, cancel).ConfigureAwait(false);
        var answer = await _connection.GetAsync(path + "/download?exportType=JSON", cancel).ConfigureAwait(false);
        if (state.Md5 is { } expected && !string.Equals(Md5(answer.Body), expected, StringComparison.OrdinalIgnoreCase))
            throw new LabelStudioException(
                "The download's MD5 is not the one that the server gives for the snapshot; call again.", answer.Request, answer.Status);
        return new FeedbackInput(string.Create(CultureInfo.InvariantCulture, $"project-{project}-snapshot-{snapshot}.json"), answer.Body);
    }

    /// <summary>
    /// Asks the server to call an address when annotations change. The call is a hint (see <see cref="LabelStudioHint"/>); the header
    /// <c>X-Auth</c> with a secret is all that tells it from anybody's.
    /// </summary>
    public async Task<long> CreateWebhookAsync(long project, Uri address, string secret, CancellationToken cancel = default)
    {
        var body = CanonicalJson.WriteBytes(writer => WriteWebhook(writer, project, address, secret), CanonicalJson.Compacted);
        var json = await ReadAsync(_connection.PostAsync("api/webhooks/", body, Repeat.OnlyIfUnprocessed, cancel)).ConfigureAwait(false);
        return Understood(json, () => json["id"].Integer());
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    internal static string Project(long project, string rest) =>
        string.Create(CultureInfo.InvariantCulture, $"api/projects/{project}{rest}");

    internal static async Task<JsonValue> ReadAsync(Task<ServerAnswer> sending)
    {
        var answer = await sending.ConfigureAwait(false);
        return new JsonValue(answer.Json(), new JsonPlace(answer.Request, null), "");
    }

    /// <summary>Reads an answer; one of another shape is the server's fault and said to be.</summary>
    internal static T Understood<T>(JsonValue json, Func<T> read)
    {
        try
        {
            return json.Place.Guard(read);
        }
        catch (FeedbackFormatException exception)
        {
            throw new LabelStudioException(
                "The answer has another shape than expected: " + exception.Message, json.Place.File, cause: exception);
        }
    }

    internal async Task<T> PollAsync<T>(string path, Func<JsonValue, T> read, Func<T, string> status, CancellationToken cancel)
    {
        var begun = _connection.Time.GetTimestamp();
        while (true)
        {
            var json = await ReadAsync(_connection.GetAsync(path, cancel)).ConfigureAwait(false);
            var found = Understood(json, () => read(json));
            if (status(found) == "completed")
                return found;
            if (status(found) == "failed")
                throw new LabelStudioException("The server says that the job failed.", $"GET {path}", detail: json.RawJson());
            if (_connection.Time.GetElapsedTime(begun) > _connection.Options.PollTimeout)
                throw new LabelStudioException(
                    $"The job is still '{status(found)}' after {_connection.Options.PollTimeout}.", $"GET {path}");
            await _connection.DelayAsync(_connection.Options.PollInterval, cancel).ConfigureAwait(false);
        }
    }

    private static string Md5(byte[] body) => Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(body));

    private static void WriteWebhook(Utf8JsonWriter writer, long project, Uri address, string secret)
    {
        writer.WriteStartObject();
        writer.WriteString("url", address.AbsoluteUri);
        writer.WriteNumber("project", project);
        writer.WriteBoolean("send_payload", true);
        writer.WriteBoolean("send_for_all_actions", false);
        writer.WriteBoolean("is_active", true);
        writer.WriteStartObject("headers");
        writer.WriteString("X-Auth", secret);
        writer.WriteEndObject();
        writer.WriteStartArray("actions");
        foreach (var action in new[] { "ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_DELETED" })
            writer.WriteStringValue(action);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
