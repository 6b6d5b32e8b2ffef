using System.Text.Json;
using Opossum.Report;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Models;

namespace Opossum.Pipeline;

/// <summary>
/// What an interrupted run leaves for <c>--resume</c>: the judgements and the reward model of each round, the checkpoints of its tuning,
/// and its tuned model. A part that is there is whole: each is written beside its place and renamed.
/// </summary>
internal sealed class WorkFolder
{
    private readonly string _root;

    private WorkFolder(string root, string optionsHash) => (_root, OptionsHash) = (root, optionsHash);

    /// <summary>Of everything that decides the run.</summary>
    public string OptionsHash { get; }

    /// <summary>Opens the folder of an interrupted run, or an empty one.</summary>
    /// <exception cref="CheckpointException">Told to resume, but the work was begun with other options, or there is none.</exception>
    public static WorkFolder Open(string output, string optionsHash, bool resume)
    {
        var root = Path.Combine(output, "work");
        var stamp = Path.Combine(root, "options.txt");
        if (!resume)
        {
            if (Directory.Exists(root))
            {
                Directory.Delete(root, recursive: true);
            }

            AtomicFile.Write(stamp, System.Text.Encoding.UTF8.GetBytes(optionsHash));
            return new WorkFolder(root, optionsHash);
        }

        if (!File.Exists(stamp))
        {
            throw new CheckpointException($"There is nothing to resume in '{output}'; run it without --resume, or name the folder with --output.");
        }

        return File.ReadAllText(stamp) == optionsHash
            ? new WorkFolder(root, optionsHash)
            : throw new CheckpointException($"The run in '{output}' was begun with other options; resume it with the same ones, or start anew without --resume.");
    }

    public CheckpointStore Checkpoints(int round) => new(Path.Combine(Round(round), "checkpoints"));

    /// <summary>The judgements of a round: read where they are there, else made and kept.</summary>
    public IReadOnlyList<Judgement> Judgements(int round, Func<IReadOnlyList<Judgement>> make)
    {
        var path = Path.Combine(Round(round), "judgements.jsonl");
        if (!File.Exists(path))
        {
            JudgementJsonLines.WriteFile(path, make());
        }

        // Read back even when just written, so that a resumed run works with exactly the same records.
        return JudgementJsonLines.ReadFile(path);
    }

    /// <summary>The reward model of a round, likewise, with the numbers that belong to it.</summary>
    public RewardOutcome Reward(int round, Func<RewardOutcome> make)
    {
        var folder = Path.Combine(Round(round), "reward");
        var facts = Path.Combine(folder, "outcome.json");
        if (File.Exists(facts))
        {
            var kept = JsonSerializer.Deserialize<RewardNumbers>(File.ReadAllBytes(facts))
                ?? throw new CheckpointException($"'{facts}' is empty; delete the folder and resume again.");
            return new RewardOutcome(RewardModel.FromPretrained(folder), kept);
        }

        var made = make();
        made.Model.SavePretrained(folder);
        AtomicFile.Write(facts, JsonSerializer.SerializeToUtf8Bytes(made.Numbers));
        return made;
    }

    private string Round(int round)
    {
        var folder = Path.Combine(_root, FormattableString.Invariant($"round-{round}"));
        Directory.CreateDirectory(folder);
        return folder;
    }
}
