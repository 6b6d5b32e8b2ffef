using NUnit.Framework;
using System.Text.Json.Nodes;
using Opossum.Pipeline;
using Opossum.Terminal;

namespace PreferenceTuning.Samples.Tests.Pipeline;

/// <summary>The main job with a model of a few thousand weights, in a second or two, stopped where a test wants it.</summary>
internal static class TinyJob
{
    public static JobSettings Settings { get; } = JobSettings.Short with
    {
        Documents = 256, VocabularySize = 400, HiddenSize = 16, Layers = 1, Heads = 2, BaseBatch = 32, MaxNewTokens = 12, Items = 24, GoldItems = 2,
        HeldOutShare = 0.4, RewardBatch = 8, NormalisationAnswers = 16, PpoIterations = 3, PpoEpisodes = 12, PpoEpochs = 1, EvaluationPrompts = 4, DpoEpochs = 4, DpoBatch = 4,
        KlTarget = 50,
    };

    /// <summary>Runs it; exit code and what it said on the error stream.</summary>
    /// <param name="options">With the output folder.</param>
    /// <param name="stopAt">The beginning of a progress line at which it is cancelled, such as "tuning: 2 of"; null lets it run.</param>
    public static (int ExitCode, string Error) Run(RunOptions options, string? stopAt = null)
    {
        using var cancel = new CancellationTokenSource();
        using var lines = new Stopper(stopAt, cancel);
        using var error = new StringWriter();
        var console = new ProgressConsole(lines, live: false, width: 80, new HastyClock());
        var exitCode = JobRun.Run(options, console, TextWriter.Null, error, Settings, cancel.Token);
        Assert.That(stopAt is null || lines.HasStopped, $"no line began with '{stopAt}': {error}");
        return (exitCode, error.ToString());
    }

    /// <summary>Everything that a resumed run must end with as an undisturbed one does.</summary>
    public static IReadOnlyDictionary<string, string> Result(string folder)
    {
        string[] files = ["tuned/model.safetensors", "metrics.jsonl", "preferences/judgements.jsonl", "preferences/train.jsonl"];
        var result = files.ToDictionary(name => name, name => Convert.ToHexString(File.ReadAllBytes(Path.Combine(folder, name))));
        var summary = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "summary.json")))!.AsObject();
        foreach (var measuredOfTheMachine in new[] { "secondsTotal", "seconds", "peakMegabytes" })
        {
            Assert.That(summary.Remove(measuredOfTheMachine), measuredOfTheMachine);
        }

        result["summary.json"] = summary.ToJsonString();
        return result;
    }

    /// <summary>Hears every line, and stops the run at one of them.</summary>
    private sealed class Stopper(string? stopAt, CancellationTokenSource cancel) : StringWriter
    {
        public bool HasStopped { get; private set; }

        public override void WriteLine(string? value)
        {
            if (stopAt is not null && value!.StartsWith(stopAt, StringComparison.Ordinal))
            {
                HasStopped = true;
                cancel.Cancel();
            }
        }
    }

    /// <summary>A minute passes between any two looks, so that every step is worth a line.</summary>
    private sealed class HastyClock : TimeProvider
    {
        private long _minutes;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => 60 * _minutes++;
    }
}
