using System.Text.Json.Nodes;
using PreferenceTuning.Feedback.Tests.LabelStudio;

namespace PreferenceTuning.Samples.Tests.LabelStudio;

/// <summary>
/// A server with one project, number 7, that answers in the shapes of the recorded Community server: it keeps the tasks that it is given,
/// lists them by pages and exports them with two people's answers.
/// </summary>
internal sealed class TaskServer : IDisposable
{
    private readonly string _token;
    private readonly List<JsonNode> _tasks = [];
    private JsonObject? _project;

    public TaskServer(string token)
    {
        _token = token;
        Local = new LocalServer(Answer);
    }

    public LocalServer Local { get; }

    public int Tasks => _tasks.Count;

    public JsonObject? Project => _project;

    public void Dispose() => Local.Dispose();

    private Reply Answer(Received request)
    {
        if (request.Authorization != "Token " + _token)
            return Reply.Json("""{"id":"1","status_code":401,"version":"1.23.2","detail":"Authentication credentials were not provided.","exc_info":null}""", 401);
        var path = request.Path.Split('?')[0];
        return (request.Method, path) switch
        {
            ("GET", "/api/version/") => Reply.Json("""{"release":"1.23.2","edition":"Community"}"""),
            ("POST", "/api/projects/") => Create(request.Body),
            ("GET", "/api/projects/7/") when _project is not null => Reply.Json(_project.ToJsonString()),
            ("POST", "/api/projects/7/import") => Import(request.Body),
            ("GET", "/api/tasks/") => Page(request.Path),
            ("GET", "/api/projects/7/export") => Reply.Json(Export()),
            _ => Reply.Json("""{"detail":"Not found."}""", 404),
        };
    }

    private Reply Create(string body)
    {
        _project = JsonNode.Parse(body)!.AsObject();
        _project["id"] = 7;
        return Reply.Json(_project.ToJsonString(), 201);
    }

    private Reply Import(string body)
    {
        var tasks = JsonNode.Parse(body)!.AsArray();
        foreach (var task in tasks)
        {
            var kept = task!.DeepClone();
            kept["id"] = 100 + _tasks.Count;
            _tasks.Add(kept);
        }

        return Reply.Json($$"""{"task_count":{{tasks.Count}},"annotation_count":0,"prediction_count":0,"duration":0.1}""", 201);
    }

    private Reply Page(string path)
    {
        var query = path.Split('?')[1].Split('&').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        var (page, size) = (int.Parse(query["page"]), int.Parse(query["page_size"]));
        var tasks = _tasks.Skip((page - 1) * size).Take(size).Select(task => task.ToJsonString()).ToList();
        return page > 1 && tasks.Count == 0
            ? Reply.Json("""{"detail":"Invalid page."}""", 404)
            : Reply.Json(
                $$"""{"tasks":[{{string.Join(',', tasks)}}],"total":{{_tasks.Count}},"total_annotations":0,"total_predictions":0}""");
    }

    // Both prefer the longer answer, but for every tenth task, on which the second person does not.
    private string Export()
    {
        var exported = _tasks.Select((task, number) =>
        {
            var copy = task.DeepClone();
            var left = copy["data"]!["answer1"]!.GetValue<string>().Length > copy["data"]!["answer2"]!.GetValue<string>().Length;
            var annotations = (copy["annotations"] as JsonArray ?? []).Select(one => one!.DeepClone()).ToList();
            annotations.AddRange(new[] { 2, 3 }.Select(who => (JsonNode)new JsonObject
            {
                ["id"] = (number * 2) + who,
                ["completed_by"] = who,
                ["was_cancelled"] = false,
                ["ground_truth"] = false,
                ["lead_time"] = 20.5,
                ["result"] = new JsonArray(new JsonObject
                {
                    ["from_name"] = "winner", ["to_name"] = "prompt", ["type"] = "choices",
                    ["value"] =
                        new JsonObject { ["choices"] = new JsonArray(left == (who == 2 || number % 10 != 0) ? "answer1" : "answer2") },
                }),
            }));
            copy["annotations"] = new JsonArray([.. annotations]);
            return copy.ToJsonString();
        });
        return $"[{string.Join(',', exported)}]";
    }
}
