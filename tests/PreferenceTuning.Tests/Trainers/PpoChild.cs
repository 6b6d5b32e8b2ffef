using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PreferenceTuning.Checkpoints;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>A process that trains PPO with a checkpoint after each iteration, going on from the newest one, and prints what it ends with.</summary>
internal static class PpoChild
{
    public const string Name = "train-ppo";

    public static int Run(string folder, string iterations)
    {
        // Bits depend on the number of threads.
        set_num_threads(1);
        var ppo = TinyPpo.Create();
        var store = new CheckpointStore(folder, new CheckpointStoreOptions { KeepLast = 2 });
        if (store.FindNewest().Newest is { } checkpoint)
        {
            checkpoint.RequireOptions("options");
            TrainingState.Restore(checkpoint, ppo.Optimizer);
            ppo.Resume(JsonNode.Parse(checkpoint.State.GetRawText())!.AsObject());
        }

        Say($"begins {ppo.Trainer().Iteration}");
        while (ppo.Trainer().Iteration < long.Parse(iterations))
        {
            ppo.Step(ppo.Trainer().Iteration);
            TrainingState.Save(store, ppo.Trainer().Iteration, "options", ppo.Optimizer, ppo.State());
            Say($"saved {ppo.Trainer().Iteration}");
        }

        Say($"ends {Digest(ppo)}");
        return 0;
    }

    /// <summary>Starts this assembly as such a process.</summary>
    public static Process Start(string folder, int iterations) => ChildProcess.Start(Name, folder, $"{iterations}");

    private static string Digest(TinyPpo ppo)
    {
        using var scope = NewDisposeScope();
        var tensors = ppo.Optimizer.Parameters.Concat(ppo.Optimizer.ExportState());
        var bytes = tensors.SelectMany(parameter => parameter.Value.detach().contiguous().bytes.ToArray()).ToArray();
        return Convert.ToHexString(SHA256.HashData(bytes));
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
