using System.Text.Json;
using System.Text.RegularExpressions;
using Opossum.Report;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;
using PreferenceTuning.Models;

namespace Opossum.Pipeline;

/// <summary>
/// What an interrupted run leaves for <c>--resume</c>: the judgements and the reward model of each round, the checkpoints of its tuning,
/// and its tuned model. A part that is there is whole: each is written beside its place and renamed.
/// </summary>
internal sealed partial class WorkFolder
{
    private const string Name = "work";
    private readonly string _root;

    private WorkFolder(string output, string optionsHash) =>
        (_root, CacheFolder, OptionsHash) = (Path.Combine(output, Name), Path.Combine(output, "cache"), optionsHash);

    /// <summary>Of everything that decides the run.</summary>
    public string OptionsHash { get; }

    /// <summary>Opens the folder of an interrupted run, or an empty one.</summary>
    /// <exception cref="CheckpointException">Told to resume, but the work was begun with other options, or there is none.</exception>
    /// <exception cref="InvalidDataException">Told to start anew, but the folder holds something that no run writes.</exception>
    public static WorkFolder Open(string output, string optionsHash, bool resume)
    {
        var root = Path.Combine(output, Name);
        var stamp = Path.Combine(root, "options.txt");
        if (!resume)
        {
            DeleteOwn(root);
            AtomicFile.Write(stamp, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(optionsHash)));
            return new WorkFolder(output, optionsHash);
        }

        if (!File.Exists(stamp))
        {
            throw new CheckpointException(
                $"There is nothing to resume in '{output}'; run it without --resume, or name the folder with --output.");
        }

        return File.ReadAllText(stamp) == optionsHash
            ? new WorkFolder(output, optionsHash)
            : throw new CheckpointException(
                $"The run in '{output}' was begun with other options, another file of judgements or another version of this program; " +
                "resume it with the same ones, or start anew without --resume.");
    }

    // The name is one that other people use, too: what this program has not written is not its to throw away.
    private static void DeleteOwn(string root)
    {
        if (!Directory.Exists(root))
        {
            return;
        }

        if (Directory.EnumerateFileSystemEntries(root).Select(Path.GetFileName).FirstOrDefault(name => !OwnName().IsMatch(name!)) is { } foreign)
        {
            throw new InvalidDataException(
                $"A new run would throw away what an earlier one left in '{root}', but there is '{foreign}', which no run writes. Move it, or " +
                "name another folder with --output.");
        }

        Directory.Delete(root, recursive: true);
    }

    [GeneratedRegex(@"^(options\.txt|\.options\.txt\.[0-9a-f]+\.tmp|base|round-\d+)\z")]
    private static partial Regex OwnName();

    /// <summary>Base models, which any run with the same settings reads.</summary>
    public string CacheFolder { get; }

    /// <summary>The unfinished training of the base model.</summary>
    public UnfinishedWork Base => new(Path.Combine(_root, "base"), OptionsHash);

    /// <summary>The tuning of a round, finished or not.</summary>
    public UnfinishedWork Tuning(int round) => new(Path.Combine(Round(round), "checkpoints"), OptionsHash);

    /// <summary>What a resumed run has not to do again, in words; empty when there is nothing.</summary>
    public IReadOnlyList<string> Contents()
    {
        List<string> parts = [];
        Add("base model", Directory.Exists(CacheFolder) && Directory.EnumerateDirectories(CacheFolder, "base-*").Any());
        AddTraining("base model", Base);
        for (var round = 1; Directory.Exists(Round(round)); round++)
        {
            var of = round == 1 ? "" : FormattableString.Invariant($" of round {round}");
            Add("judgements" + of, File.Exists(JudgementsFile(round)));
            Add("reward model" + of, File.Exists(RewardFacts(round)));
            AddTraining("reward model" + of, RewardTraining(round));
            AddTraining("tuning" + of, Tuning(round));
        }

        return parts;

        void Add(string name, bool isThere)
        {
            if (isThere)
            {
                parts.Add(name);
            }
        }

        void AddTraining(string name, UnfinishedWork work)
        {
            if (work.Newest() is { } newest)
            {
                parts.Add(FormattableString.Invariant($"{name} after step {newest.Step}"));
            }
        }
    }

    /// <summary>The judgements of a round: read where they are there, else made and kept.</summary>
    public IReadOnlyList<Judgement> Judgements(int round, Func<IReadOnlyList<Judgement>> make)
    {
        var path = JudgementsFile(round);
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Round(round));
            JudgementJsonLines.WriteFile(path, make());
        }

        // Read back even when just written, so that a resumed run works with exactly the same records.
        return JudgementJsonLines.ReadFile(path);
    }

    /// <summary>The reward model of a round, likewise, with the numbers that belong to it.</summary>
    public RewardOutcome Reward(int round, Func<UnfinishedWork, RewardOutcome> make)
    {
        var folder = RewardFolder(round);
        var facts = RewardFacts(round);
        if (File.Exists(facts))
        {
            var kept = JsonSerializer.Deserialize<RewardNumbers>(File.ReadAllBytes(facts))
                ?? throw new CheckpointException($"'{facts}' is empty; delete the folder and resume again.");
            return new RewardOutcome(RewardModel.FromPretrained(folder), kept);
        }

        var training = RewardTraining(round);
        var made = make(training);
        made.Model.SavePretrained(folder);
        AtomicFile.Write(facts, stream => stream.Write(JsonSerializer.SerializeToUtf8Bytes(made.Numbers)));
        training.Delete();
        return made;
    }

    private UnfinishedWork RewardTraining(int round) => new(Path.Combine(Round(round), "reward-training"), OptionsHash);

    private string JudgementsFile(int round) => Path.Combine(Round(round), "judgements.jsonl");

    private string RewardFolder(int round) => Path.Combine(Round(round), "reward");

    private string RewardFacts(int round) => Path.Combine(RewardFolder(round), "outcome.json");

    private string Round(int round) => Path.Combine(_root, FormattableString.Invariant($"round-{round}"));
}
