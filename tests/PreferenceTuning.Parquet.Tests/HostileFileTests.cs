using System.Buffers.Binary;
using System.Diagnostics;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Parquet.Tests;

/// <summary>Files made to exhaust a reader: each is refused quickly and without much memory.</summary>
[TestFixture]
public sealed class HostileFileTests
{
    private const byte Integer = 5, Long = 6, Binary = 8, List = 9, Structure = 12;

    [Test]
    public void Metadata_nested_without_end_is_refused() =>
        AssertRefused(File([], [.. Enumerable.Repeat((byte)0x1C, 1_000_000)]), "nested more than 64 deep");

    [Test]
    public void A_list_longer_than_the_file_is_refused() =>
        AssertRefused(File([], [.. Field(2, List), 0xFC, .. VarInt(int.MaxValue)]), "larger than what is left");

    [Test]
    public void A_number_without_end_is_refused() =>
        AssertRefused(File([], [.. Field(3, Long), .. Enumerable.Repeat((byte)0xFF, 100)]), "longer than 64 bits");

    [Test]
    public void A_schema_nested_without_end_is_refused()
    {
        var group = Struct(Field(3, Integer), VarInt(0), Field(4, Binary), Text("g"), Field(5, Integer), VarInt(2));
        AssertRefused(File([], Footer([.. Enumerable.Repeat(group, 5_000)], [])), "nested more than 100 deep");
    }

    [Test]
    public void A_few_bytes_that_stand_for_two_billion_nulls_are_refused()
    {
        // Levels: one run of 2^31 - 1 zeros (header run * 2, then the value), behind its length of 4 bytes.
        byte[] levels = [.. VarInt((ulong)int.MaxValue << 1), 0];
        byte[] page = [(byte)levels.Length, 0, 0, 0, .. levels];
        AssertRefused(OneColumn(page, page.Length, int.MaxValue), "bytes as text, which is too much");
    }

    [Test]
    public void A_page_that_says_it_unpacks_to_two_gigabytes_is_refused() =>
        AssertRefused(OneColumn([1, 2, 3, 4], int.MaxValue, 1), "is not believed", codec: 6);

    private static void AssertRefused(byte[] file, string why)
    {
        var (begun, allocated) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
        Assert.That(() => ParquetFeedback.Read(new FeedbackInput("hostile.parquet", file)),
            Throws.TypeOf<FeedbackFormatException>().With.Message.StartsWith("hostile.parquet").And.Message.Contains(why));
        Assert.That(Stopwatch.GetElapsedTime(begun), Is.LessThan(TimeSpan.FromSeconds(30)));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - allocated, Is.LessThan(400 << 20));
    }

    private static void AssertRefused(Func<int, byte[]> file, string why, int codec = 0) => AssertRefused(file(codec), why);

    // One optional 32-bit column 'a' with one page.
    private static Func<int, byte[]> OneColumn(byte[] page, int size, int values) => codec =>
    {
        var data = Struct(
            Field(1, Integer), Signed(values), Field(2, Integer), Signed(0), Field(3, Integer), Signed(3), Field(4, Integer), Signed(3));
        byte[] body = [.. Struct(Field(1, Integer), Signed(0), Field(2, Integer), Signed(size), Field(3, Integer), Signed(page.Length), Field(5, Structure), data), .. page];
        var root = Struct(Field(4, Binary), Text("root"), Field(5, Integer), Signed(1));
        var column = Struct(Field(1, Integer), Signed(1), Field(3, Integer), Signed(1), Field(4, Binary), Text("a"));
        var meta = Struct(
            Field(1, Integer), Signed(1), Field(4, Integer), Signed(codec), Field(5, Long), Signed(values), Field(7, Long),
            Signed(body.Length), Field(9, Long), Signed(4));
        var group = Struct(Field(1, List), [(1 << 4) | Structure], Struct(Field(3, Structure), meta), Field(3, Long), Signed(values));
        return File(body, Footer([root, column], [group]));
    };

    private static byte[] Footer(IReadOnlyCollection<byte[]> schema, IReadOnlyCollection<byte[]> groups) => Struct(
        Field(2, List), [0xF0 | Structure], VarInt((ulong)schema.Count), [.. schema.SelectMany(element => element)],
        Field(4, List), [0xF0 | Structure], VarInt((ulong)groups.Count), [.. groups.SelectMany(group => group)]);

    private static byte[] File(byte[] body, byte[] footer)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
        return [.. "PAR1"u8, .. body, .. footer, .. length, .. "PAR1"u8];
    }

    // Thrift's compact protocol: a field's type and number, values, and 0 behind the last field.
    private static byte[] Struct(params byte[][] parts) => [.. parts.SelectMany(part => part), 0];

    private static byte[] Field(int id, byte type) => [type, .. Signed(id)];

    private static byte[] Text(string text) => [.. VarInt((ulong)text.Length), .. System.Text.Encoding.UTF8.GetBytes(text)];

    private static byte[] Signed(long value) => VarInt((ulong)((value << 1) ^ (value >> 63)));

    private static byte[] VarInt(ulong value)
    {
        var bytes = new List<byte>();
        for (; value > 127; value >>= 7)
            bytes.Add((byte)(value | 128));
        return [.. bytes, (byte)value];
    }
}
