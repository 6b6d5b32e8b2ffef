using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Parquet.Tests;

/// <summary>
/// 20,000 broken files, shared among the files of the reference set: each gives judgements or this library's exception with the file's
/// name, in bounded time and memory. The seed is fixed; the number can be raised with PREFERENCETUNING_FUZZ.
/// </summary>
[TestFixture]
[Category("Fuzz")]
public sealed class ParquetFuzzTests
{
    public static IEnumerable<TestCaseData> Files()
    {
        var files = GoldenFiles.All()
            .Select(data => (string)data.Arguments[1]!).Where(file => Path.GetExtension(file) == ".parquet" && File.Exists(file)).ToList();
        return files.Select(file => new TestCaseData(file, (BrokenFiles.Wanted + files.Count - 1) / files.Count).SetArgDisplayNames(Path.GetFileName(file)));
    }

    [TestCaseSource(nameof(Files))]
    public void A_broken_file_gives_judgements_or_an_error_with_its_name(string file, int count)
    {
        var seed = File.ReadAllBytes(file);
        BrokenFiles.Read(count, random => Mutated(seed, random), input => ParquetFeedback.Read(input));
    }

    [Test]
    public void A_file_cut_anywhere_is_refused()
    {
        using var stream = new MemoryStream();
        TrlParquetWriter.Write(stream, [new Feedback.Formats.TrlPreference("p", "c", "r")]);
        var whole = stream.ToArray();
        for (var length = 0; length < whole.Length; length++)
            Assert.That(
                () => ParquetFeedback.Read(new FeedbackInput("cut.parquet", whole.AsMemory(0, length))),
                Throws.TypeOf<FeedbackFormatException>().With.Message.StartsWith("cut.parquet"), $"{length} bytes");
    }

    private static byte[] Mutated(byte[] seed, Random random)
    {
        var bytes = seed.ToArray();
        // The metadata decides about sizes and places, so half of the changes meet it.
        var footer = Math.Max(0, bytes.Length - 8 - BitConverter.ToInt32(bytes, bytes.Length - 8));
        for (var change = random.Next(1, 5); change > 0; change--)
        {
            var at = random.Next(2) == 0 ? random.Next(4, footer) : random.Next(footer, bytes.Length);
            switch (random.Next(6))
            {
                case 0 or 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 3:
                    // A number of many bytes, as large lengths and counts are.
                    for (var part = at; part < Math.Min(at + random.Next(1, 5), bytes.Length - 8); part++)
                        bytes[part] = 0xFF;
                    break;
                case 4:
                    var length = Math.Min(random.Next(1, 16), bytes.Length - at);
                    bytes.AsSpan(random.Next(bytes.Length - length), length).CopyTo(bytes.AsSpan(at));
                    break;
                default:
                    bytes = random.Next(8) == 0
                        ? bytes[..Math.Max(at, 12)]
                        : [.. bytes[..at], .. bytes[Math.Min(at + random.Next(1, 3), bytes.Length - 8)..]];
                    footer = Math.Min(footer, bytes.Length - 1);
                    break;
            }
        }

        return bytes;
    }
}
