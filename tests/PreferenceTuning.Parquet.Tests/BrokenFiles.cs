using System.Diagnostics;
using NUnit.Framework;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Parquet.Tests;

/// <summary>
/// Reads broken files: each gives judgements or this library's exception with the file's name, in bounded time and memory.
/// </summary>
internal static class BrokenFiles
{
    private const string Name = "broken.file";
    private const long MostBytes = 1L << 30;

    /// <summary>Broken files for each reader; PREFERENCETUNING_FUZZ raises it.</summary>
    public static int Wanted { get; } = int.TryParse(
        Environment.GetEnvironmentVariable("PREFERENCETUNING_FUZZ"), out var wanted) ? wanted : 20_000;

    public static void Read(int count, Func<Random, byte[]> mutated, Action<FeedbackInput> read)
    {
        var random = new Random(20261124);
        var errors = 0;
        for (var index = 0; index < count; index++)
        {
            var bytes = mutated(random);
            var (begun, allocated) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
            try
            {
                read(new FeedbackInput(Name, bytes));
            }
            catch (FeedbackFormatException exception)
            {
                errors++;
                Assert.That(exception.File, Is.EqualTo(Name));
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
