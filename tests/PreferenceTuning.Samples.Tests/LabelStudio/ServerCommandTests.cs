extern alias labelstudio;

using System.Net;
using System.Net.Sockets;
using labelstudio::LabelStudioSample.Terminal;
using NUnit.Framework;
using PreferenceTuning.Feedback.Formats;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Parquet;

namespace PreferenceTuning.Samples.Tests.LabelStudio;

/// <summary>The commands of 04-label-studio against a server on the loopback, from the command line to the exit code.</summary>
[NonParallelizable]
public sealed class ServerCommandTests
{
    private readonly SampleConsole _console = new();
    private const string Token = "adadadadadadadadadadadadadadadadadadadad";
    private const string Variable = "LABEL_STUDIO_API_KEY";
    private const string Job = "PACH_JOB_ID";

    private string _folder = "";
    private string? _token;

    [SetUp]
    public void SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("label-studio-").FullName;
        _token = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, Token);
    }

    [TearDown]
    public void TearDown()
    {
        Environment.SetEnvironmentVariable(Variable, _token);
        Environment.SetEnvironmentVariable(Job, null);
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task A_project_is_made_filled_once_read_back_and_reported_on()
    {
        const int Items = 250;
        using var server = new TaskServer(Token);
        var address = server.Local.Address.ToString();
        var items = Path.Combine(_folder, "mine.jsonl");
        JudgingItemJsonLines.WriteFile(items, Enumerable.Range(0, Items).Select(number => new JudgingItem
        {
            Id = $"p{number}", Prompt = $"Question {number}?",
            Candidates = [new() { Id = "x", Text = $"Short {number}.", Model = "small" }, new() { Id = "y", Text = $"A longer answer to number {number}.", Model = "large" }],
        }));

        var made = await _console.Run("tasks", "--items", items, "--url", address, "--title", "Round 2", "--output", _folder);
        Assert.That(made, Is.EqualTo((0, "")));
        Assert.That(_console.Said, Does.Contain($"Project 7 at {address}: 250 tasks sent, 0 were there already.").And.Contain($"report --url {address} --project 7"));
        Assert.That((server.Tasks, (string)server.Project!["title"]!), Is.EqualTo((Items, "Round 2")));
        Assert.That(server.Local.Requests.Select(request => request.Authorization), Has.All.EqualTo("Token " + Token));
        Assert.That(server.Local.Requests.Select(request => request.Body), Has.None.Contains("large"), "who wrote what stays here");

        var before = server.Local.Requests.Count;
        Assert.That(await _console.Run("tasks", "--items", items, "--url", address, "--project", "7", "--output", _folder), Is.EqualTo((0, "")));
        Assert.That(_console.Said, Does.Contain("0 tasks sent, 250 were there already"));
        Assert.That(server.Local.Requests.Skip(before).Select(request => request.Path), Is.EqualTo(
            Enumerable.Range(1, 3).Select(page => $"/api/tasks/?project=7&fields=all&page={page}&page_size=100")));
        Assert.That(server.Tasks, Is.EqualTo(Items));

        Assert.That(await _console.Run("report", "--url", address, "--project", "7", "--items", items, "--output", _folder), Is.EqualTo((0, "")));
        // Of 250 items, every tenth divides two people.
        Assert.That(_console.Said, Does.Contain("over 250 items that several people judged").And.Contain("agree in 90 % ("));
        Assert.That(File.ReadAllText(Path.Combine(_folder, "quality.html")), Does.Contain("250 items").And.Contain("project-7.json"));

        await PairsAreTheSameInBothFormats(address, items);
    }

    private async Task PairsAreTheSameInBothFormats(string address, string items)
    {
        Assert.That(await _console.Run("pairs", "--url", address, "--project", "7", "--items", items, "--output", _folder), Is.EqualTo((0, "")));
        var (lines, columns) = (0, 0);
        foreach (var name in new[] { "train", "test" })
        {
            var text = FeedbackFormats.Read(FeedbackInput.FromFile(Path.Combine(_folder, name + ".jsonl"))).Judgements;
            var parquet = ParquetFeedback.Read(FeedbackInput.FromFile(Path.Combine(_folder, name + ".parquet"))).Judgements;
            Assert.That(parquet.Select(Words), Is.EqualTo(text.Select(Words)));
            Assert.That(text.Select(pair => pair.CandidateOf(pair.Preferred!).Text.Text), Has.All.StartsWith("A longer answer"));
            (lines, columns) = (lines + text.Count, columns + parquet.Count);
        }

        // 25 of 250 are ties of two votes.
        Assert.That((lines, columns), Is.EqualTo((225, 225)));
        Assert.That(File.ReadAllText(Path.Combine(_folder, "README.md")), Does.Contain("path: train.parquet"));
        Assert.That(
            File.ReadAllText(Path.Combine(_folder, "croissant.json")), Does.Contain("application/x-parquet").And.Not.Contain("/margin"));
        static string Words(Judgement pair) =>
            string.Join('|', pair.Candidates.Select(candidate => candidate.Text.Text).Prepend(pair.Prompt.Text));
    }

    [Test]
    public async Task A_wrong_token_is_told_without_it_and_ends_with_1()
    {
        using var server = new TaskServer("another");
        foreach (var args in new string[][] { ["tasks"], ["report", "--project", "7"], ["pairs", "--project", "7"] })
        {
            var (code, errors) = await _console.Run([.. args, "--url", server.Local.Address.ToString(), "--output", _folder]);
            Assert.That(code, Is.EqualTo(1));
            Assert.That(
                errors,
                Does.Contain("answered 401: The token was refused").And.Contain("Authentication credentials").And.Not.Contain(Token));
            Assert.That(errors.Trim(), Does.Not.Contain("\n"), "one line, no stack");
        }

        Assert.That(server.Tasks, Is.Zero);
    }

    [Test]
    public async Task A_server_that_cannot_be_reached_is_told_and_ends_with_1()
    {
        var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var (code, errors) = await _console.Run("report", "--url", $"http://127.0.0.1:{port}", "--project", "7", "--output", _folder);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("No whole answer came").And.Contain(port.ToString()));
    }

    [Test]
    public async Task Without_a_token_the_variable_is_named_and_nothing_is_sent()
    {
        Environment.SetEnvironmentVariable(Variable, null);
        using var server = new TaskServer(Token);
        var (code, errors) = await _console.Run("report", "--url", server.Local.Address.ToString(), "--project", "7", "--output", _folder);
        Assert.That((code, server.Local.Requests.Count), Is.EqualTo((1, 0)));
        Assert.That(errors, Does.Contain(Variable).And.Contain("is not set"));
    }

    [Test]
    public async Task A_project_that_is_not_there_is_told()
    {
        using var server = new TaskServer(Token);
        var (code, errors) = await _console.Run("pairs", "--url", server.Local.Address.ToString(), "--project", "8", "--output", _folder);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("api/projects/8/ answered 404").And.Contain("check the number"));
    }

    [Test]
    public async Task In_a_Pachyderm_job_input_and_output_are_its_folders()
    {
        var (code, errors) = await _console.Run("report", "--repository", "labels");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("PACH_JOB_ID is not set"));

        Environment.SetEnvironmentVariable(Job, "j");
        (code, errors) = await _console.Run("pairs", "--repository", "labels");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("there is no file '/pfs/labels/export.json'"));

        var export = Path.Combine(_folder, "export.json");
        File.WriteAllText(export, "[]");
        ReportOptions? report = null;
        PairsOptions? pairs = null;
        var command = SampleCommand.Make(new(
            (_, _, _) => Task.FromResult(0), (_, _) => Task.FromResult(0),
            (options, _) => { report = options; return Task.FromResult(0); }, (options, _) => { pairs = options; return Task.FromResult(0); }));
        Assert.That(command.Parse(["report", export, "--repository", "labels"]).Invoke(), Is.Zero);
        Assert.That(command.Parse(["pairs", export, "--repository", "labels", "--output", _folder]).Invoke(), Is.Zero);
        Assert.That((report!.Source.Export, report.Output, pairs!.Output), Is.EqualTo((export, "/pfs/out", _folder)));
        Assert.That(
            string.Join(' ', command.Parse(["report", export, "--repository", "labels", "--output", "/pfs/labels/x"]).Errors),
            Does.Contain("only read"));
    }
}
