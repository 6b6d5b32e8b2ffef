using System.Diagnostics.Metrics;
using NUnit.Framework;
using PreferenceTuning.Metrics;

namespace PreferenceTuning.Tests.Metrics;

public sealed class MetricsSinkTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("preference-tuning-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    [Test]
    public void A_step_is_one_line_and_broken_numbers_stay_visible()
    {
        using (var sink = JsonLinesMetricsSink.Create(At("new/metrics.jsonl")))
        {
            sink.Write(
                3,
                [new("objective/kl", 0.1), new("loss/value", double.NaN), new("a/b", double.PositiveInfinity), new("c/d", double.NegativeInfinity)]);
            // Before the sink is disposed of: a killed process loses nothing.
            Assert.That(File.ReadAllText(At("new/metrics.jsonl")), Is.EqualTo(
                """{"step":3,"objective/kl":0.1,"loss/value":"NaN","a/b":"Infinity","c/d":"-Infinity"}""" + "\n"));
        }

        var record = JsonLinesMetricsSink.Read(At("new/metrics.jsonl")).Single();
        Assert.That(record.Step, Is.EqualTo(3));
        Assert.That(
            record.Metrics,
            Is.EqualTo(
                new Metric[] { new("objective/kl", 0.1), new("loss/value", double.NaN), new("a/b", double.PositiveInfinity), new("c/d", double.NegativeInfinity) }));
    }

    [Test]
    public void Numbers_read_back_exactly()
    {
        double[] numbers = [Math.PI, 1.0 / 3, double.Epsilon, double.MaxValue, -0.0, 1e-300, 123456789.123456789];
        using (var sink = JsonLinesMetricsSink.Create(At("m.jsonl")))
        {
            sink.Write(1, [.. numbers.Select((n, i) => new Metric($"n/{i}", n))]);
        }

        var read = JsonLinesMetricsSink.Read(At("m.jsonl"))[0].Metrics.Select(m => BitConverter.DoubleToInt64Bits(m.Value));
        Assert.That(read, Is.EqualTo(numbers.Select(BitConverter.DoubleToInt64Bits)));
    }

    [Test]
    public void A_resumed_run_ends_with_the_file_of_an_uninterrupted_one()
    {
        using (var sink = JsonLinesMetricsSink.Create(At("whole.jsonl")))
        {
            for (var step = 1; step <= 6; step++)
            {
                sink.Write(step, [new("a/b", step)]);
            }
        }

        // Checkpoint at 3, killed while step 5 was written.
        File.WriteAllText(
            At("killed.jsonl"), string.Concat(File.ReadAllLines(At("whole.jsonl")).Take(4).Select(l => l + "\n")) + "{\"step\":5,\"a/");
        using (var sink = JsonLinesMetricsSink.Resume(At("killed.jsonl"), lastStep: 3))
        {
            for (var step = 4; step <= 6; step++)
            {
                sink.Write(step, [new("a/b", step)]);
            }
        }

        Assert.That(File.ReadAllBytes(At("killed.jsonl")), Is.EqualTo(File.ReadAllBytes(At("whole.jsonl"))));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(2));
    }

    [Test]
    public void Resuming_without_a_file_begins_one()
    {
        using (var sink = JsonLinesMetricsSink.Resume(At("m.jsonl"), 10))
        {
            sink.Write(11, []);
        }

        Assert.That(File.ReadAllText(At("m.jsonl")), Is.EqualTo("{\"step\":11}\n"));
    }

    [TestCase("{\"step\":1}\nnonsense\n{\"step\":2}\n", "(2)")]
    [TestCase("{\"a/b\":1}\n", "(1)")]
    [TestCase("{\"step\":1,\"a/b\":\"high\"}\n", "(1)")]
    [TestCase("{\"step\":1,\"a/b\":null}\n", "(1)")]
    [TestCase("[]\n", "(1)")]
    public void A_broken_line_that_is_not_the_last_is_named_and_the_file_is_left_alone(string content, string line)
    {
        File.WriteAllText(At("m.jsonl"), content);
        Assert.That(
            () => JsonLinesMetricsSink.Read(At("m.jsonl")), Throws.TypeOf<FormatException>().With.Message.Contains($"m.jsonl{line}"));
        Assert.That(() => JsonLinesMetricsSink.Resume(At("m.jsonl"), 1), Throws.TypeOf<FormatException>());
        Assert.That(File.ReadAllText(At("m.jsonl")), Is.EqualTo(content));
    }

    [Test]
    public void A_name_that_occurs_twice_is_refused()
    {
        using var sink = JsonLinesMetricsSink.Create(At("m.jsonl"));
        Assert.That(() => sink.Write(1, [new("a/b", 1), new("a/b", 2)]), Throws.ArgumentException.With.Message.Contains("'a/b' twice"));
        Assert.That(() => sink.Write(1, [new("step", 1)]), Throws.ArgumentException);
        Assert.That(File.ReadAllText(At("m.jsonl")), Is.Empty);
    }

    [Test]
    public void TensorBoard_finds_the_scalars_in_the_event_file()
    {
        var sink = new TensorBoardMetricsSink(At("events"));
        sink.Write(7, [new(MetricNames.ObjectiveKl, 1.5), new(MetricNames.LossPolicy, double.NaN)]);
        sink.Write(8, [new(MetricNames.ObjectiveKl, -2)]);

        var scalars = EventFile.Read(Directory.GetFiles(At("events")).Single());
        Assert.That(scalars, Is.EqualTo(new[] { (7L, "objective/kl", 1.5f), (7L, "loss/policy", float.NaN), (8L, "objective/kl", -2f) }));
        Assert.That(() => sink.Write(1L << 31, []), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_listener_sees_the_gauges()
    {
        var seen = new List<(string, double)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "PreferenceTuning.Tests.Gauges")
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => seen.Add((instrument.Name, value)));
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen.Add((instrument.Name, value)));
        listener.Start();
        using (var sink = new MeterMetricsSink("PreferenceTuning.Tests.Gauges"))
        {
            sink.Write(1, [new("a/b", 0.5)]);
            sink.Write(2, [new("a/b", 0.25)]);
        }

        Assert.That(seen, Is.EqualTo(new[] { ("step", 1.0), ("a/b", 0.5), ("step", 2.0), ("a/b", 0.25) }));
    }

    [Test]
    public void A_composite_hands_each_step_to_every_sink_in_order()
    {
        var calls = new List<string>();
        new CompositeMetricsSink(new Recorder("first", calls), new Recorder("second", calls)).Write(4, [new("a/b", 2)]);
        Assert.That(calls, Is.EqualTo(new[] { "first 4 a/b=2", "second 4 a/b=2" }));
    }

    private sealed class Recorder(string name, List<string> calls) : IMetricsSink
    {
        public void Write(long step, IReadOnlyList<Metric> metrics) => calls.Add($"{name} {step} {metrics[0].Name}={metrics[0].Value}");
    }
}
