using System.Text.Json.Nodes;
using NUnit.Framework;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Models;
using PreferenceTuning.Trainers;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>A loop that is cancelled keeps what is done, for every trainer.</summary>
[OneThread]
public sealed class TrainingLoopTests
{
    private const int Steps = 6;
    private string _folder = "";

    private static IEnumerable<string> Names => TrainerRuns.Kinds.Keys;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("loop-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCaseSource(nameof(Names))]
    public void A_cancelled_loop_saves_and_the_resumed_one_ends_with_the_same_bits(string kind)
    {
        var whole = TrainerRuns.Create(kind);
        TrainingLoop.Run(0, Steps, Counted(whole, 0), _ => { });
        var first = TrainerRuns.Create(kind);
        var store = new CheckpointStore(_folder);
        using var cancel = new CancellationTokenSource();
        // In the middle of the fourth step where the trainer looks at the token (PPO, while it answers), else behind it.
        void CancelInTheFourth(long step)
        {
            if (step == 3)
            {
                cancel.Cancel();
            }
        }

        Assert.That(() => Run(first, store, 0, CancelInTheFourth, cancel.Token), Throws.InstanceOf<OperationCanceledException>());
        var checkpoint = store.FindNewest().Newest!;
        Assert.That(checkpoint.Step, Is.EqualTo(kind == "ppo" ? 3 : 4));

        var second = TrainerRuns.Create(kind);
        TrainingState.Restore(checkpoint, second.Optimizer);
        second.Resume(JsonNode.Parse(checkpoint.State.GetRawText())!.AsObject());
        Run(second, store, checkpoint.Step, _ => { }, default);
        Assert.That(TrainerRuns.Bits(second.Optimizer), Is.EqualTo(TrainerRuns.Bits(whole.Optimizer)));
        Assert.That(store.FindNewest().Newest!.Step, Is.EqualTo(Steps));
    }

    [Test]
    public void Passes_that_train_nothing_can_be_cancelled()
    {
        using var policy = TinySetup.Policy();
        using var reward = RewardModel.FromDecoder(policy.Decoder, seed: 5);
        var cancelled = new CancellationToken(canceled: true);
        Action[] passes =
        [
            () => SftTrainer.Evaluate(policy, [new([2, 3, 4])], cancellationToken: cancelled),
            () => RewardTrainer.Evaluate(reward, RankingLosses.PickBest, [new([[2, 3], [4, 5]], [0, 1])], cancellationToken: cancelled),
            () => RewardScoring.Scores(reward, [[2, 3]], cancellationToken: cancelled),
            () => DpoTrainer.WithReference(policy, [new([2], [3], [4])], cancellationToken: cancelled),
        ];
        Assert.Multiple(() =>
        {
            foreach (var pass in passes)
            {
                Assert.That(pass, Throws.InstanceOf<OperationCanceledException>());
            }
        });
    }

    [Test]
    public void It_saves_every_so_many_steps_and_at_the_end_and_reports_each_step()
    {
        List<long> saved = [];
        List<string> heard = [];
        var next = 2;
        TrainingLoop.Run(2, 9, _ => next++, saved.Add, saveEvery: 3, progress: new Listener(heard));
        Assert.That(saved, Is.EqualTo(new long[] { 3, 6, 9 }));
        Assert.That(heard, Is.EqualTo(new[] { "2", "3", "4", "5", "6", "7", "8" }));
    }

    [Test]
    public void It_ends_where_a_measurement_is_enough()
    {
        List<long> saved = [];
        var next = 0;
        TrainingLoop.Run(0, 9, _ => ++next, saved.Add, enough: measured => measured == 4);
        Assert.That((next, saved), Is.EqualTo((4, new List<long> { 4 })));
    }

    [Test]
    public void Nothing_is_saved_twice_or_when_nothing_was_done()
    {
        List<long> saved = [];
        Assert.That(
            () => TrainingLoop.Run(5, 9, _ => 0, saved.Add, cancellationToken: new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
        TrainingLoop.Run(9, 9, _ => 0, saved.Add);
        Assert.That(saved, Is.Empty);
        using var cancel = new CancellationTokenSource();
        Assert.That(
            () => TrainingLoop.Run(
                0, 9, _ => 0, step => { saved.Add(step); cancel.Cancel(); }, saveEvery: 4, cancellationToken: cancel.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(saved, Is.EqualTo(new long[] { 4 }));
    }

    [Test]
    public void A_step_that_fails_saves_nothing()
    {
        List<long> saved = [];
        var done = 0;
        Assert.That(
            () => TrainingLoop.Run(0, 9, _ => ++done < 3 ? done : throw new TrainingException("not finite"), saved.Add), Throws.TypeOf<TrainingException>());
        Assert.That(saved, Is.Empty);
    }

    private static void Run(TrainerRun run, CheckpointStore store, long done, Action<long> before, CancellationToken cancel)
    {
        var step = Counted(run, done, before);
        TrainingLoop.Run(
            done, Steps, step, at => TrainingState.Save(store, at, "options", run.Optimizer, run.State()), cancellationToken: cancel);
    }

    private static Func<CancellationToken, long> Counted(TrainerRun run, long done, Action<long>? before = null) => cancel =>
    {
        before?.Invoke(done);
        run.Step(done, cancel);
        return ++done;
    };

    private sealed class Listener(List<string> heard) : IProgress<int>
    {
        public void Report(int value) => heard.Add(value.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
