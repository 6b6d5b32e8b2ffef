using PreferenceTuning.Tests.Checkpoints;
using PreferenceTuning.Tests.Numerics;
using PreferenceTuning.Tests.Trainers;

namespace PreferenceTuning.Tests;

/// <summary>What this assembly does when a test starts it as a process of its own. The test runner does not come through here.</summary>
internal static class Program
{
    private static int Main(string[] arguments) => arguments switch
    {
        [CheckpointWriter.Name, var folder] => CheckpointWriter.Run(folder),
        [PageFaults.Name, var keep] => PageFaults.Run(keep),
        [TrainingMemory.Name] => TrainingMemory.Run(),
        [PpoChild.Name, var folder, var iterations] => PpoChild.Run(folder, iterations),
        _ => Refuse(),
    };

    private static int Refuse()
    {
        Console.Error.WriteLine("These are tests: run them with 'dotnet test'.");
        return 2;
    }
}
