using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics.Native;

/// <summary>Makes the 64-bit slots of an operator call. Each slot is consumed by the call that receives it.</summary>
internal static unsafe class Slot
{
    /// <summary>An optional argument that is absent.</summary>
    public const ulong None = 0;

    public static ulong Of(double value) => BitConverter.DoubleToUInt64Bits(value);

    public static ulong Of(bool value) => value ? 1UL : 0UL;

    /// <summary>An own reference to the tensor; the managed tensor stays the caller's.</summary>
    public static ulong Of(Tensor tensor)
    {
        nint handle;
        Checked(Dispatcher.Native.NewTensor(tensor.Handle, &handle), "aoti_torch_new_tensor_handle");
        GC.KeepAlive(tensor);
        return (ulong)handle;
    }

    public static ulong Optional(Tensor? tensor) => tensor is null ? None : Box(Of(tensor));

    public static ulong Optional(double value) => Box(Of(value));

    public static ulong Of(IReadOnlyList<Tensor> tensors)
    {
        var list = NewList(tensors.Count);
        foreach (var tensor in tensors)
        {
            Checked(Dispatcher.Native.Push(list, Of(tensor)), "torch_list_push_back");
        }

        return (ulong)list;
    }

    public static ulong Of(ReadOnlySpan<long> values)
    {
        var list = NewList(values.Length);
        foreach (var value in values)
        {
            Checked(Dispatcher.Native.Push(list, (ulong)value), "torch_list_push_back");
        }

        return (ulong)list;
    }

    public static ulong EmptyList() => (ulong)NewList(0);

    public static ulong Of(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        nint handle;
        fixed (byte* pointer = bytes)
        {
            Checked(Dispatcher.Native.NewString(pointer, (nuint)bytes.Length, &handle), "torch_new_string_handle");
        }

        return (ulong)handle;
    }

    // libtorch frees the box.
    private static ulong Box(ulong value)
    {
        var box = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *box = value;
        return (ulong)box;
    }

    private static nint NewList(int capacity)
    {
        nint handle;
        Checked(Dispatcher.Native.NewList((nuint)capacity, &handle), "torch_new_list_reserve_size");
        return handle;
    }

    private static void Checked(int code, string function)
    {
        if (code != 0)
        {
            throw new InvalidOperationException($"libtorch's {function} failed (code {code}); its reason is on the standard error stream.");
        }
    }
}
