using System.Text.Json.Nodes;
using NUnit.Framework;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Optimization;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>2n steps give the same bits as n steps, a checkpoint, and n steps of a new process's objects.</summary>
[OneThread]
public sealed class ResumeTests
{
    private const int Half = 3;

    private static IEnumerable<string> Names => TrainerRuns.Kinds.Keys;

    [TestCaseSource(nameof(Names))]
    public void A_resumed_run_ends_with_the_same_bits(string kind)
    {
        var whole = TrainerRuns.Bits(Finish(TrainerRuns.Create(kind), 0));
        Assert.That(TrainerRuns.Bits(Finish(TrainerRuns.Create(kind), 0)), Is.EqualTo(whole), "two equal runs must already agree");
        Assert.That(TrainerRuns.Bits(Resumed(kind, dropState: false, dropOptimizer: false)), Is.EqualTo(whole));
    }

    [TestCaseSource(nameof(Names))]
    public void Without_the_trainers_state_or_the_optimizers_the_bits_differ(string kind)
    {
        var whole = TrainerRuns.Bits(Finish(TrainerRuns.Create(kind), 0));
        Assert.That(
            TrainerRuns.Bits(Resumed(kind, dropState: true, dropOptimizer: false)), Is.Not.EqualTo(whole), "the trainer's counters matter");
        Assert.That(
            TrainerRuns.Bits(Resumed(kind, dropState: false, dropOptimizer: true)), Is.Not.EqualTo(whole), "the optimizer's state matters");
    }

    private static AdamW Resumed(string kind, bool dropState, bool dropOptimizer)
    {
        var folder = Directory.CreateTempSubdirectory("resume").FullName;
        try
        {
            var first = TrainerRuns.Create(kind);
            for (var step = 0; step < Half; step++)
            {
                first.Step(step, default);
            }

            var store = new CheckpointStore(folder);
            TrainingState.Save(store, Half, "options", first.Optimizer, first.State());
            var second = TrainerRuns.Create(kind);
            var checkpoint = store.FindNewest().Newest!;
            var fresh = second.Optimizer.ExportState();
            TrainingState.Restore(checkpoint, second.Optimizer);
            if (dropOptimizer)
            {
                second.Optimizer.ImportState(fresh);
            }

            if (!dropState)
            {
                second.Resume(JsonNode.Parse(checkpoint.State.GetRawText())!.AsObject());
            }

            return Finish(second, Half);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static AdamW Finish(TrainerRun run, long from)
    {
        for (var step = from; step < 2 * Half; step++)
        {
            run.Step(step, default);
        }

        return run.Optimizer;
    }
}
