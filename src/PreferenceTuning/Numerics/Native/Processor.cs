using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace PreferenceTuning.Numerics.Native;

/// <summary>Who made the processor.</summary>
internal static class Processor
{
    /// <summary>The vendor string of an x86 processor, such as <c>GenuineIntel</c> or <c>AuthenticAMD</c>; empty on others.</summary>
    public static string Vendor { get; } = ReadVendor();

    /// <summary>True where MKL takes its slow path although the processor could do better.</summary>
    public static bool IsAmd => Vendor is "AuthenticAMD" or "HygonGenuine";

    private static string ReadVendor()
    {
        if (!X86Base.IsSupported)
        {
            return "";
        }

        var (_, b, c, d) = X86Base.CpuId(0, 0);
        Span<byte> text = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(text, b);
        BinaryPrimitives.WriteInt32LittleEndian(text[4..], d);
        BinaryPrimitives.WriteInt32LittleEndian(text[8..], c);
        return Encoding.ASCII.GetString(text);
    }
}
