using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks.Steps;

/// <summary>What stands behind <c>step</c> and <c>steps</c>: positions, and options anywhere among them.</summary>
internal sealed record StepArguments(string[] Positions, string Device, string KeepMemory, int MicroBatchTokens)
{
    public const string DeviceOption = "--device", KeepOption = "--keep-memory", MicroBatchOption = "--micro-batch",
        Usage = $"[{DeviceOption} cpu|cuda] [{KeepOption} none|ours|both] [{MicroBatchOption} TOKENS]";

    public static StepArguments Parse(string[] args, int mostPositions)
    {
        var (rest, device, keeps, tokens) = (new List<string>(), "cpu", "ours", StepSizes.MicroBatchTokens);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case KeepOption when i + 1 < args.Length && args[i + 1] is "none" or "ours" or "both":
                    keeps = args[++i];
                    break;
                case DeviceOption when i + 1 < args.Length && args[i + 1] is "cpu" or "cuda":
                    device = args[++i];
                    break;
                case MicroBatchOption when i + 1 < args.Length && int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given > 0:
                    tokens = given;
                    i++;
                    break;
                case var unknown when unknown.StartsWith("--", StringComparison.Ordinal) || rest.Count == mostPositions:
                    throw new UsageException($"'{unknown}' is not understood here; the options are {Usage} (--help shows the rest).");
                default:
                    rest.Add(args[i]);
                    break;
            }
        }

        return new([.. rest], device, keeps, tokens);
    }

    /// <summary>The options again, for a child process.</summary>
    public IEnumerable<string> Options => [DeviceOption, Device, KeepOption, KeepMemory, MicroBatchOption, MicroBatchTokens.ToString(CultureInfo.InvariantCulture)];

    /// <summary>Whether a side shall keep freed memory (<see cref="PreferenceTuning.Numerics.HostAllocator"/>); without the option ours does.</summary>
    public bool Keeps(bool ours) => KeepMemory == "both" || (ours && KeepMemory == "ours");

    public Device FindDevice()
    {
        if (Device == "cuda" && !cuda.is_available())
        {
            throw new UsageException("There is no CUDA device that this libtorch can use; PREFERENCETUNING_LIBTORCH names the folder of another libtorch.");
        }

        return new Device(Device);
    }
}
