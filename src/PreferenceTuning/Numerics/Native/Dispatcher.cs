using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics.Native;

/// <summary>
/// Calls any ATen operator through libtorch's stable C interface (<c>torch_call_dispatcher</c>, exported by libtorch 2.10 and
/// later). An operator call is an array of 64-bit slots that <see cref="Slot"/> makes; the call consumes the tensors, lists,
/// strings and boxes in it, and writes its results over it.
/// </summary>
/// <remarks>
/// Linux only: an optional argument travels in a box that libtorch frees with <c>delete</c>, which is <c>free</c> there and need
/// not be elsewhere. A failing call prints libtorch's reason on the standard error stream and returns a code, so callers check
/// their arguments before they call.
/// </remarks>
internal static unsafe class Dispatcher
{
    // The version whose operator schemas this file was written against, as libtorch packs it: 2.10.0.
    private const ulong SchemaVersion = (2UL << 56) | (10UL << 48);

    private static readonly Lazy<nint> Library = new(FindLibrary);
    private static readonly Lazy<Functions?> Loaded = new(Load);

    /// <summary>Why the dispatcher cannot be used here, or null when it can.</summary>
    public static string? Unavailable =>
        Loaded.Value is not null ? null
        : !OperatingSystem.IsLinux() ? "the dispatcher is only used on Linux"
        : Library.Value == 0 ? "libtorch_cpu.so was not found in this process"
        : "this libtorch has no torch_call_dispatcher (2.10 or later is needed)";

    internal static Functions Native =>
        Loaded.Value ?? throw new InvalidOperationException($"libtorch's dispatcher is not available: {Unavailable}.");

    /// <summary>Runs an operator without a result, such as an in-place one over lists.</summary>
    public static void Run(string name, string overload, params ReadOnlySpan<ulong> slots)
    {
        Span<ulong> stack = stackalloc ulong[slots.Length];
        slots.CopyTo(stack);
        Invoke(name, overload, stack);
    }

    /// <summary>Runs an operator whose only result is a tensor; the caller's dispose scope owns it.</summary>
    public static Tensor Call(string name, string overload, params ReadOnlySpan<ulong> slots)
    {
        Span<ulong> stack = stackalloc ulong[slots.Length];
        slots.CopyTo(stack);
        Invoke(name, overload, stack);
        return Tensor.UnsafeCreateTensor((nint)stack[0]);
    }

    private static void Invoke(string name, string overload, Span<ulong> stack)
    {
        Span<byte> nameBytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(name.Length) + 1];
        Span<byte> overloadBytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(overload.Length) + 1];
        nameBytes[Encoding.UTF8.GetBytes(name, nameBytes)] = 0;
        overloadBytes[Encoding.UTF8.GetBytes(overload, overloadBytes)] = 0;
        int code;
        fixed (byte* namePointer = nameBytes, overloadPointer = overloadBytes)
        fixed (ulong* slots = stack)
        {
            code = Native.Call(namePointer, overloadPointer, slots, SchemaVersion);
        }

        if (code != 0)
        {
            throw new InvalidOperationException(
                $"libtorch refused the operator {name}{(overload.Length == 0 ? "" : "." + overload)} (code {code}); its reason is on the standard error stream.");
        }
    }

    private static nint FindLibrary()
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        using var scope = NewDisposeScope();
        empty(0); // The first tensor loads libtorch; from then on its name finds the copy that is in the process.
        return NativeLibrary.TryLoad("libtorch_cpu.so", out var handle) ? handle : 0;
    }

    private static Functions? Load()
    {
        var library = Library.Value;
        return library != 0
            && NativeLibrary.TryGetExport(library, "torch_call_dispatcher", out var call)
            && NativeLibrary.TryGetExport(library, "aoti_torch_new_tensor_handle", out var newTensor)
            && NativeLibrary.TryGetExport(library, "torch_new_list_reserve_size", out var newList)
            && NativeLibrary.TryGetExport(library, "torch_list_push_back", out var push)
            && NativeLibrary.TryGetExport(library, "torch_new_string_handle", out var newString)
            && NativeLibrary.TryGetExport(library, "torch_parallel_for", out var parallel)
            ? new Functions(call, newTensor, newList, push, newString, parallel)
            : null;
    }

    internal sealed class Functions(nint call, nint newTensor, nint newList, nint push, nint newString, nint parallel)
    {
        public readonly delegate* unmanaged<byte*, byte*, ulong*, ulong, int> Call = (delegate* unmanaged<byte*, byte*, ulong*, ulong, int>)call;
        public readonly delegate* unmanaged<nint, nint*, int> NewTensor = (delegate* unmanaged<nint, nint*, int>)newTensor;
        public readonly delegate* unmanaged<nuint, nint*, int> NewList = (delegate* unmanaged<nuint, nint*, int>)newList;
        public readonly delegate* unmanaged<nint, ulong, int> Push = (delegate* unmanaged<nint, ulong, int>)push;
        public readonly delegate* unmanaged<byte*, nuint, nint*, int> NewString = (delegate* unmanaged<byte*, nuint, nint*, int>)newString;

        public readonly delegate* unmanaged<long, long, long, delegate* unmanaged[Cdecl]<long, long, void*, void>, void*, int> ParallelFor =
            (delegate* unmanaged<long, long, long, delegate* unmanaged[Cdecl]<long, long, void*, void>, void*, int>)parallel;
    }
}
