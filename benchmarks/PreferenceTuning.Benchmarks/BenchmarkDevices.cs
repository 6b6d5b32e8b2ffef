using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks;

/// <summary>Where benchmarks run: on the processor, and on a GPU where there is one.</summary>
internal static class BenchmarkDevices
{
    public static IEnumerable<string> All => cuda.is_available() ? ["cpu", "cuda"] : ["cpu"];

    /// <summary>A GPU works behind the caller's back: an operation is over when its result is there.</summary>
    public static void Wait(Tensor result) => Wait(result.device_type);

    /// <summary>The same where the result is out of reach.</summary>
    public static void Wait(DeviceType device)
    {
        if (device == DeviceType.CUDA)
        {
            cuda.synchronize();
        }
    }

    /// <summary>[rows, width] bool, true = keep: response i has between half and all of the width.</summary>
    public static Tensor ResponseMask(long rows, long width, string on)
    {
        using var scope = NewDisposeScope();
        var lengths = (width / 2) + (arange(rows, device: on).unsqueeze(1) * width / 2 / rows);
        return (arange(width, device: on).unsqueeze(0) < lengths).MoveToOuterDisposeScope();
    }

    /// <summary>"16 x 48" as numbers.</summary>
    public static (long Rows, long Width) Size(string shape)
    {
        var parts = shape.Split(" x ").Select(long.Parse).ToArray();
        return (parts[0], parts[1]);
    }
}
