using System.Diagnostics;
using System.Text;
using NUnit.Framework;
using PreferenceTuning.Models.Pretrained;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.ModelFiles;

/// <summary>Damaged files give a result or this library's own exception, in bounded time.</summary>
public sealed class SafetensorsFuzzTests
{
    private const int Cases = 20_000;

    [Test]
    public void Twenty_thousand_mutated_files_are_read_or_refused_by_our_own_exception()
    {
        using var folder = new TemporaryFolder();
        var seeds = Seeds(folder);
        var random = new Random(20260729);
        var path = folder.File("mutated.safetensors");
        var (read, refused, slowest) = (0, 0, TimeSpan.Zero);
        for (var index = 0; index < Cases; index++)
        {
            File.WriteAllBytes(path, Mutate(seeds[random.Next(seeds.Length)], random));
            var started = Stopwatch.GetTimestamp();
            if (Reads(path, index))
            {
                read++;
            }
            else
            {
                refused++;
            }

            var elapsed = Stopwatch.GetElapsedTime(started);
            slowest = elapsed > slowest ? elapsed : slowest;
        }

        TestContext.Out.WriteLine($"{read} read, {refused} refused, slowest {slowest.TotalMilliseconds:F1} ms");
        Assert.Multiple(() =>
        {
            Assert.That(read, Is.GreaterThan(100), "mutations of data bytes stay readable");
            Assert.That(refused, Is.GreaterThan(Cases / 2));
            Assert.That(slowest, Is.LessThan(TimeSpan.FromSeconds(5)));
        });
    }

    private static bool Reads(string path, int index)
    {
        try
        {
            using var scope = NewDisposeScope();
            using var reader = SafetensorsReader.Open(path);
            foreach (var entry in reader.Entries.Where(entry => SafetensorsDtype.Tensor(entry.Dtype) is not null))
            {
                _ = reader.Read(entry.Name);
            }

            return true;
        }
        catch (ModelFileException)
        {
            return false;
        }
        catch (Exception exception)
        {
            throw new AssertionException($"case {index}: {exception}");
        }
    }

    private static byte[][] Seeds(TemporaryFolder folder)
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(
            folder.File("a"),
            new Dictionary<string, Tensor> { ["w"] = ones(2, 3), ["b"] = zeros(4, dtype: ScalarType.Int64), ["é"] = ones([], dtype: ScalarType.BFloat16) },
            new Dictionary<string, string> { ["format"] = "pt" });
        SafetensorsWriter.Write(
            folder.File("b"), new Dictionary<string, Tensor> { ["x"] = zeros(0, 5), ["y"] = ones(1, dtype: ScalarType.Bool) });
        return [File.ReadAllBytes(folder.File("a")), File.ReadAllBytes(folder.File("b"))];
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = seed.ToList();
        for (var change = random.Next(1, 4); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveAt(at); break;
                case 3: bytes.Insert(at, (byte)random.Next(256)); break;
                case 4: bytes.RemoveRange(at, bytes.Count - at); break;
                case 5: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at))); break;
                default: ReplaceDigit(bytes, random); break;
            }
        }

        return [.. bytes];
    }

    // Numbers in the header are where a reader gets hurt.
    private static void ReplaceDigit(List<byte> bytes, Random random)
    {
        string[] numbers = ["-1", "0", "18446744073709551615", "9223372036854775807", "1e3", "4.0", "1099511627776", "null", "[]", "\"F64\""];
        var digits = Enumerable.Range(0, bytes.Count).Where(i => char.IsAsciiDigit((char)bytes[i])).ToArray();
        if (digits.Length > 0)
        {
            var at = digits[random.Next(digits.Length)];
            bytes.RemoveAt(at);
            bytes.InsertRange(at, Encoding.ASCII.GetBytes(numbers[random.Next(numbers.Length)]));
        }
    }
}
