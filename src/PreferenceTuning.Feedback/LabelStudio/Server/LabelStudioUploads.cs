using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.LabelStudio.Server;

/// <summary>Imports what the server reads itself: files of several kinds, and addresses.</summary>
internal sealed class LabelStudioUploads(LabelStudioClient client)
{
    public Task<LabelStudioUpload> ImportAsync(long project, IReadOnlyList<FeedbackInput> files, CancellationToken cancel) =>
        SendAsync(project, "return_task_ids=true", Body(files), cancel);

    public Task<LabelStudioUpload> StoreAsync(long project, IReadOnlyList<FeedbackInput> files, CancellationToken cancel) =>
        SendAsync(project, "commit_to_project=false", Body(files), cancel);

    public Task<LabelStudioUpload> ImportAsync(long project, Uri address, CancellationToken cancel)
    {
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https"))
            throw new ArgumentException(
                $"'{address}' is no address that a server can read; expected one such as https://data.example.org/tasks.json.",
                nameof(address));
        return SendAsync(project, "return_task_ids=true", RequestBody.Field("url", address.AbsoluteUri), cancel);
    }

    private static RequestBody Body(IReadOnlyList<FeedbackInput> files)
    {
        if (files.Count == 0)
            throw new ArgumentException("'files' holds no file; give at least one.", nameof(files));
        return RequestBody.Files(files);
    }

    private async Task<LabelStudioUpload> SendAsync(long project, string query, RequestBody body, CancellationToken cancel)
    {
        var path = LabelStudioClient.Project(project, "/import?" + query);
        var answer = await LabelStudioClient.ReadAsync(
            client.Connection.PostAsync(path, body, Repeat.OnlyIfUnprocessed, cancel)).ConfigureAwait(false);
        var json = await LabelStudioImporter.DoneAsync(client, project, answer, cancel).ConfigureAwait(false);
        return LabelStudioClient.Understood(json, () => LabelStudioUpload.Read(json));
    }
}
