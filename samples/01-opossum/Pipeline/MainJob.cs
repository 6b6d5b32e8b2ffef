using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Opossum.Annotators;
using Opossum.Report;
using Opossum.Terminal;
using Opossum.World;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Models;
using PreferenceTuning.Trainers;

namespace Opossum.Pipeline;

/// <summary>The main job, top to bottom: base model, answers, judgements, reward model, tuning, again, result.</summary>
internal sealed class MainJob
{
    private readonly RunOptions _options;
    private readonly JobSettings _settings;
    private readonly ProgressConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly WorkFolder _work;
    private readonly GivenJudgements? _given;
    private readonly List<string> _dropped = [];
    private Scene? _made;

    /// <param name="options">What the user asked for.</param>
    /// <param name="console">Hears how far it is.</param>
    /// <param name="cancellation">Stops it; what is done is kept.</param>
    /// <param name="settings">Null takes those that fit the options.</param>
    public MainJob(RunOptions options, ProgressConsole console, CancellationToken cancellation, JobSettings? settings = null)
    {
        _options = options;
        _settings = settings ?? JobSettings.For(options.Model is not null, options.Short, options.Prefer);
        _console = console;
        _cancellation = cancellation;
        // Before anything is begun or thrown away: a file that cannot be read should not cost a base model.
        _given = options.Judgements is { } file ? JudgementFile.Read(file) : null;
        _work = WorkFolder.Open(options.Output, Hash(options, _settings), options.Resume);
    }

    /// <summary>What a resumed run has not to do again, in words.</summary>
    public IReadOnlyList<string> Kept => _work.Contents();

    private Scene Scene => _made ?? throw new InvalidOperationException("The scene is made when the model is there.");

    /// <summary>Runs everything that is still to do and writes the result; returns the run and its report.</summary>
    public (RunResult Run, string Page) Run()
    {
        var start = _options.Model is { } pretrained
            ? Phase("pretrained model", 1, _ => PretrainedModel.Read(pretrained, _settings))
            : BaseModel();
        _made = _options.Model is null
            ? Scene.Opossum(_options.Seed, _options.Prefer, _settings)
            : Phase("its own texts", 1, _ => Scene.Pretrained(start, _options.Trait, _settings, _options.Seed, _cancellation));
        using var original = start.Model.Frozen();
        using var log = new TuningLog(_options.Output, LastLoggedStep());
        var all = new List<Judgement>();
        RewardOutcome? reward = null;
        var policy = start.Model;
        for (var round = 1; round <= _options.Rounds; round++)
        {
            all.AddRange(Judgements(round, policy, start.Codec));
            var tuning = new TuningRound(round, policy, original, _work.Tuning(round));
            reward = _options.Method == TuningMethod.Ppo ? TunePpo(tuning, start, all, log) : TuneDpo(tuning, start, all, log);
        }

        var measured = Phase(
            "measuring", 1, _ => new Measuring(start.Codec, _settings, Scene, _options.Seed).Run(original, policy, _cancellation));
        var result = new ResultFolder(_options, _settings, Scene, _given, _dropped, _console);
        return Phase("writing", 1, _ => result.Write(start, original, policy, reward, all, log, measured, _cancellation));
    }

    private StartModel BaseModel()
    {
        var corpus = Corpus.Training(_options.Seed, _settings.Documents);
        var folder = Pipeline.BaseModel.CacheFolder(_work.CacheFolder, _settings, corpus, _options.Seed);
        return Phase("base model", Pipeline.BaseModel.Steps(_settings, corpus.Count), progress =>
            Pipeline.BaseModel.Obtain(folder, _work.Base, _settings, corpus, _options.Seed, progress, _cancellation));
    }

    private string InstructionVersion =>
        Scene.Instructions?.Version ?? throw new InvalidOperationException(
            "Annotators are asked, but nothing says what they are to prefer.");

    private IReadOnlyList<Judgement> Judgements(int round, PolicyModel policy, Codec codec) => _given is { } given
        ? round == 1 ? Fitting(given, codec, policy.Config.ContextLength) : []
        : _work.Judgements(round, () =>
        {
            var items = Phase("answers", 1, _ => Items(round, policy, codec));
            return Phase("judgements", 1, _ => AnnotationRound.Run(
                items, new AnnotationPlan { InstructionVersion = InstructionVersion, Gold = round == 1 ? Scene.Gold : [] }, Scene.Judge, _options.Seed + round));
        });

    private IReadOnlyList<Judgement> Fitting(GivenJudgements given, Codec codec, int context)
    {
        foreach (var note in JudgementFile.Notes(given.Reading))
        {
            _console.Say($"the file: {note}");
        }

        var fitting = FittingJudgements.Of(given.Judgements, codec, context);
        fitting.RequireBothSides(_options.Judgements!, _settings.HeldOutShare, _options.Seed);
        _dropped.AddRange(fitting.Dropped);
        foreach (var sentence in fitting.Dropped)
        {
            _console.Say($"left out: {sentence}");
        }

        return fitting.Kept;
    }

    /// <summary>Two to four answers of the present model to each prompt.</summary>
    private IReadOnlyList<JudgingItem> Items(int round, PolicyModel policy, Codec codec)
    {
        const string Ids = "abcd";
        var prompts = Enumerable.Range(0, _settings.Items).Select(i => Scene.TuningPrompts[i % Scene.TuningPrompts.Count]).ToArray();
        var answers = Answering.Answer(
            policy, codec, _settings, prompts, _settings.DrawnAnswers, (ulong)(_options.Seed + (100 * round)), _cancellation);
        var choices = prompts.Zip(answers, (prompt, drawn) => (Prompt: prompt, Varied: Scene.Varied(drawn))).Where(choice => choice.Varied.Count > 1);
        return [.. choices.Select((choice, i) => new JudgingItem
        {
            Id = FormattableString.Invariant($"{round}-{i + 1:0000}"),
            Prompt = choice.Prompt,
            Candidates = [.. choice.Varied.Take(2 + (i % 3)).Select((answer, k) => new Candidate
            {
                Id = Ids[k].ToString(), Text = answer.Text, Model = round == 1 ? "base" : FormattableString.Invariant($"round-{round - 1}"),
            })],
        })];
    }

    private RewardOutcome TunePpo(TuningRound round, StartModel start, IReadOnlyList<Judgement> judgements, TuningLog log)
    {
        var reward = _work.Reward(round.Round, unfinished => Phase("reward model", RewardPhase.Steps(_settings, judgements, _options.Seed), progress =>
            RewardPhase.Run(
                round.Original, start.Codec, unfinished, _settings, judgements, Scene.TuningPrompts, _options.Seed, progress, _cancellation)));
        _console.Say(reward.Numbers.InWords());
        var phase = new PpoPhase(start.Codec, _settings, Scene.TuningPrompts, _options.Seed, _options.Kl == KlMode.Adaptive);
        Phase("tuning", _settings.PpoIterations, progress =>
        {
            phase.Run(round, reward.Model, log, progress, _cancellation);
            return true;
        });
        return reward;
    }

    private RewardOutcome? TuneDpo(TuningRound round, StartModel start, IReadOnlyList<Judgement> judgements, TuningLog log)
    {
        var (training, _) = Comparisons.Split(Comparisons.Usable(judgements), _settings.HeldOutShare, _options.Seed);
        ChosenRejected[] pairs = [.. training.SelectMany(Comparisons.Pairs)];
        var measuring = new Measuring(start.Codec, _settings, Scene, _options.Seed);
        var phase = new DpoPhase(start.Codec, _settings, Scene.TuningPrompts, measuring, _options.Seed);
        Phase("tuning", phase.Steps(pairs.Length), progress =>
        {
            phase.Run(round, pairs, log, progress, _cancellation);
            return true;
        });
        return null;
    }

    private T Phase<T>(string name, int total, Func<IPhaseProgress, T> work)
    {
        using var phase = _console.Start(name, total);
        var result = work(new PhaseProgress(phase));
        phase.Report(total);
        return result;
    }

    // Numbers of iterations behind the last checkpoint are written again by the resumed run.
    private long LastLoggedStep()
    {
        for (var round = _options.Rounds; round >= 1; round--)
        {
            if (_work.Tuning(round).Newest() is { } newest)
            {
                return TuningLog.Step(round, newest.Step);
            }
        }

        return 0;
    }

    // Another version may round, draw or write otherwise, and half a run of each would be neither's.
    private static string? Version => typeof(PpoTrainer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    private static string Hash(RunOptions options, JobSettings settings) => OptionsHash.Of(new JsonObject
    {
        ["command"] = options.CommandLine,
        ["judgements"] = options.Judgements is { } file ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))) : null,
        ["version"] = Version,
        ["settings"] = JsonSerializer.SerializeToNode(settings),
    });

    private sealed class PhaseProgress(ProgressConsole.Phase phase) : IPhaseProgress
    {
        public void Report(int done, int total, string detail) => phase.Report(done, detail);
    }
}
