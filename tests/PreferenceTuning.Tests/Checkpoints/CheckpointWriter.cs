using System.Diagnostics;
using System.Text.Json.Nodes;
using PreferenceTuning.Checkpoints;

namespace PreferenceTuning.Tests.Checkpoints;

/// <summary>A process that writes one checkpoint after another and says so after each, until it is killed.</summary>
internal static class CheckpointWriter
{
    public const string Name = "write-checkpoints";

    public static int Run(string folder)
    {
        var store = new CheckpointStore(folder, new CheckpointStoreOptions { KeepLast = 2 });
        for (var step = (store.FindNewest().Newest?.Step ?? 0) + 1; ; step++)
        {
            Save(store, step);
            Console.Out.WriteLine(step);
            Console.Out.Flush();
        }
    }

    public static Checkpoint Save(CheckpointStore store, long step) => store.Save(step, "options", new JsonObject { ["step"] = step }, folder =>
    {
        Directory.CreateDirectory(Path.Combine(folder, "model"));
        File.WriteAllBytes(Path.Combine(folder, "model", "weights.bin"), Content(step, 200_000));
        File.WriteAllBytes(Path.Combine(folder, "optimizer.bin"), Content(step, 50_000));
    });

    /// <summary>Bytes that belong to one step alone.</summary>
    public static byte[] Content(long step, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)((step * 31) + (i % 251));
        }

        return bytes;
    }

    /// <summary>Starts this assembly as such a process.</summary>
    public static Process Start(string folder) => ChildProcess.Start(Name, folder);
}
