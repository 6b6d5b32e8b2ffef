using System.Diagnostics;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Parquet.Tests;

/// <summary>
/// Reads broken files: each gives judgements or this library's exception with file and place, in bounded time and memory.
/// </summary>
internal static class BrokenFiles
{
    private const string Name = "broken.file";
    private const long MostBytes = 1L << 30;

    /// <summary>Broken files for each reader; PREFERENCETUNING_FUZZ raises it.</summary>
    public static int Wanted { get; } = int.TryParse(
        Environment.GetEnvironmentVariable("PREFERENCETUNING_FUZZ"), out var wanted) ? wanted : 20_000;

    public static void Read(int count, Func<Random, byte[]> mutated, Action<FeedbackInput> read) =>
        Read(count, mutated, bytes => read(new FeedbackInput(Name, bytes)), Name);

    /// <summary>The same where it is not an input that is read; messages name one of the files.</summary>
    public static void Read(int count, Func<Random, byte[]> mutated, Action<byte[]> read, params string[] names)
    {
        var random = new Random(20261124);
        var errors = 0;
        for (var index = 0; index < count; index++)
        {
            var bytes = mutated(random);
            var (begun, allocated) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
            try
            {
                read(bytes);
            }
            catch (FeedbackFormatException exception)
            {
                errors++;
                Assert.That(names, Does.Contain(exception.File));
                if (exception.Line is null && string.IsNullOrEmpty(exception.Position))
                    Assert.Fail($"Mutation {index} gave an error without a place: {exception.Message}");
            }
            catch (Exception exception)
            {
                Assert.Fail($"Mutation {index} gave {exception.GetType().Name}: {exception.Message}\n{exception.StackTrace}\n{Convert.ToBase64String(bytes)}");
            }

            Assert.That(Stopwatch.GetElapsedTime(begun), Is.LessThan(TimeSpan.FromSeconds(10)), $"mutation {index}");
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - allocated, Is.LessThan(MostBytes), $"mutation {index}");
        }

        Assert.That(errors, Is.GreaterThan(count / 20), "the mutations must break something");
    }
}
