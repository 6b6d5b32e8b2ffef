using System.Buffers.Binary;
using NUnit.Framework;
using System.Text;

namespace PreferenceTuning.Tests.Metrics;

/// <summary>
/// A reader of TensorBoard event files from the format's description alone: records of length (8 bytes), masked CRC32C of it, payload,
/// masked CRC32C of that; the payload is an Event message { 1: wall time, 2: step, 5: Summary { 1: Value { 1: tag, 2: float } } }.
/// </summary>
internal static class EventFile
{
    public static List<(long Step, string Tag, float Value)> Read(string path)
    {
        var scalars = new List<(long, string, float)>();
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        while (rest.Length > 0)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(rest);
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]), Is.EqualTo(Masked(rest[..8])), "checksum of a length");
            var payload = rest.Slice(12, length);
            Assert.That(
                BinaryPrimitives.ReadUInt32LittleEndian(rest[(12 + length)..]), Is.EqualTo(Masked(payload)), "checksum of a payload");
            rest = rest[(16 + length)..];

            var fields = Fields(payload.ToArray());
            var step = fields.TryGetValue(2, out var number) ? (long)BinaryPrimitives.ReadUInt64LittleEndian(number) : 0;
            if (fields.TryGetValue(5, out var summary))
            {
                var value = Fields(Fields(summary)[1]);
                scalars.Add((step, Encoding.UTF8.GetString(value[1]), BinaryPrimitives.ReadSingleLittleEndian(value[2])));
            }
        }

        return scalars;
    }

    /// <summary>A protocol-buffers message: the last value of each field, numbers as 8 little-endian bytes.</summary>
    private static Dictionary<int, byte[]> Fields(byte[] message)
    {
        var fields = new Dictionary<int, byte[]>();
        for (var position = 0; position < message.Length;)
        {
            var key = Varint(message, ref position);
            switch (key & 7)
            {
                case 0:
                    fields[(int)(key >> 3)] = BitConverter.GetBytes(Varint(message, ref position));
                    break;
                case 1:
                    fields[(int)(key >> 3)] = message[position..(position += 8)];
                    break;
                case 5:
                    fields[(int)(key >> 3)] = message[position..(position += 4)];
                    break;
                default:
                    var length = (int)Varint(message, ref position);
                    fields[(int)(key >> 3)] = message[position..(position += length)];
                    break;
            }
        }

        return fields;
    }

    private static ulong Varint(byte[] message, ref int position)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[position++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var octet in data)
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
            }
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
    }
}
