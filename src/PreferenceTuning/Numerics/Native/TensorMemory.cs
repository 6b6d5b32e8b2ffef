using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics.Native;

/// <summary>Where a CPU tensor's elements lie.</summary>
internal static unsafe class TensorMemory
{
    /// <summary>The address of the first element; valid while the tensor lives. Null for a tensor without elements.</summary>
    public static void* Pointer(Tensor tensor)
    {
        if (tensor.device_type != TorchSharp.DeviceType.CPU)
        {
            throw new ArgumentException($"'{nameof(tensor)}' is on {tensor.device_type}; only CPU memory can be read directly.", nameof(tensor));
        }

        if (tensor.numel() == 0)
        {
            return null;
        }

        // One element only: the span of a whole tensor cannot exceed 2 GiB.
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var first = tensor.as_strided([1], [1], tensor.storage_offset());
        return Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }
}
