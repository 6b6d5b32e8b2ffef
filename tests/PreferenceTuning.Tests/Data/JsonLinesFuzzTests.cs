using System.Diagnostics;
using NUnit.Framework;
using PreferenceTuning.Data;

namespace PreferenceTuning.Tests.Data;

/// <summary>Mutated files: every reader gives rows or the library's own exception with file and line, in bounded time and memory.</summary>
public sealed class JsonLinesFuzzTests
{
    private static readonly byte[] Valid = """
        {"prompt":"What is an opossum? 🙂","chosen":"A meme.","rejected":"A marsupial.","margin":1.5,"chosen_probability":0.75,"completion":"x","label":true,"responses":["a","b"],"ranks":[1,2]}
        {"prompt":[{"role":"user","content":"hi"}],"chosen":[{"role":"assistant","content":"a"}],"rejected":[{"role":"assistant","content":"b","name":"n"}],"completion":[],"label":false,"responses":[[],"b"],"ranks":[2,2],"tools":"[{\"a\":1}]"}
        {"chosen":"The sky is blue","rejected":"The sky is green","messages":[{"role":"tool","content":null,"tool_calls":[{"x":[1]}]}],"text":"t","prompt":"","completion":"","label":true,"responses":["a","b","c"],"ranks":[1,2,3],"tools":[]}
        """u8.ToArray();

    private static readonly Dictionary<string, Func<Stream, int>> Readers = new()
    {
        ["prompts"] = stream => JsonLines.ReadPrompts(stream, "fuzz.jsonl").Count,
        ["demonstrations"] = stream => JsonLines.ReadDemonstrations(stream, "fuzz.jsonl").Count,
        ["pairs"] = stream => JsonLines.ReadPreferencePairs(stream, "fuzz.jsonl").Count,
        ["rankings"] = stream => JsonLines.ReadRankings(stream, "fuzz.jsonl").Count,
        ["unpaired"] = stream => JsonLines.ReadUnpaired(stream, "fuzz.jsonl").Count,
    };

    [TestCase("prompts")]
    [TestCase("demonstrations")]
    [TestCase("pairs")]
    [TestCase("rankings")]
    [TestCase("unpaired")]
    public void A_mutated_file_gives_rows_or_an_error_with_file_and_line(string kind)
    {
        var read = Readers[kind];
        Assert.That(read(new MemoryStream(Valid)), Is.EqualTo(3));
        var mutator = new Mutator(new SeededRandom(1, (ulong)kind.Length));
        var (accepted, slowest) = (0, TimeSpan.Zero);
        for (var i = 0; i < Mutator.Cases; i++)
        {
            var mutated = mutator.Mutate(Valid);
            var watch = Stopwatch.StartNew();
            try
            {
                read(new MemoryStream(mutated));
                accepted++;
            }
            catch (DataFormatException e)
            {
                Assert.That(e.Message, Does.StartWith($"fuzz.jsonl({e.Line}): "));
                Assert.That(e.Line, Is.InRange(1, mutated.AsSpan().Count((byte)'\n') + 1));
            }

            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
        }

        Assert.That(accepted, Is.InRange(1, Mutator.Cases - 1), "mutations that are all read, or all refused, prove nothing");
        // A case takes microseconds; the bound is for an endless loop or a quadratic one, not for a busy machine.
        Assert.That(slowest, Is.LessThan(TimeSpan.FromSeconds(10)));
    }

    [Test]
    public void Memory_is_bounded_by_the_longest_line_allowed()
    {
        // 200 MB without a line feed, of which at most the limit (and the array it grows out of) may be held.
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<DataFormatException>(() => JsonLines.ReadPrompts(new Endless(200_000_000), "endless.jsonl"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(3L * JsonLines.MaxLineBytes));
    }

    private sealed class Endless(long length) : Stream
    {
        private long _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, _left);
            buffer.AsSpan(offset, read).Fill((byte)'x');
            _left -= read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
