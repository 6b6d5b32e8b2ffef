namespace PreferenceTuning.Parquet.Pages;

/// <summary>Numbers that do not begin at a byte, and numbers of any length.</summary>
internal static class Bits
{
    /// <summary>The <paramref name="width"/> bits (at most 64) from a bit's place, lowest first.</summary>
    public static ulong Read(ReadOnlySpan<byte> bytes, long bit, int width)
    {
        if (bit + width > bytes.Length * 8L)
            throw new DamagedException("A page's packed numbers end early.");
        ulong value = 0;
        for (var read = 0; read < width;)
        {
            var offset = (int)(bit & 7);
            var take = Math.Min(8 - offset, width - read);
            value |= (ulong)((bytes[(int)(bit >> 3)] >> offset) & ((1 << take) - 1)) << read;
            read += take;
            bit += take;
        }

        return value;
    }

    public static ulong VarInt(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (at >= bytes.Length)
                throw new DamagedException("A page ends in the middle of a number.");
            var part = bytes[at++];
            value |= (ulong)(part & 127) << shift;
            if (part < 128)
                return value;
        }

        throw new DamagedException("A page holds a number of more than 64 bits.");
    }

    public static long ZigZag(ReadOnlySpan<byte> bytes, ref int at) => VarInt(bytes, ref at) is var value ? (long)(value >> 1) ^ -(long)(value & 1) : 0;
}
