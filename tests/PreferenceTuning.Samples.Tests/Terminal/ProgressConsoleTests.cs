using NUnit.Framework;
using Opossum.Preview;
using Opossum.Terminal;
using Opossum.World;

namespace PreferenceTuning.Samples.Tests.Terminal;

public sealed class ProgressConsoleTests : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly HandClock _clock = new();

    [SetUp]
    public void Empty() => _output.GetStringBuilder().Clear();

    public void Dispose() => _output.Dispose();

    [Test]
    public void A_file_gets_whole_lines_at_the_start_every_ten_seconds_and_at_the_end()
    {
        var progress = new ProgressConsole(_output, live: false, width: int.MaxValue, _clock);
        using (var phase = progress.Start("tuning", 100))
        {
            for (var step = 1; step <= 100; step++)
            {
                _clock.Advance(0.25);
                phase.Report(step, "reward 0.5");
            }
        }

        // 100 steps of 0.25 s: lines at 10 s and 20 s.
        Assert.That(_output.ToString(), Is.EqualTo(
            "tuning ...\ntuning: 40 of 100, reward 0.5\ntuning: 80 of 100, reward 0.5\ntuning: 25.0 s, reward 0.5\n"));
        Assert.That(progress.Seconds["tuning"], Is.EqualTo(25).Within(1e-9));
    }

    [Test]
    public void A_terminal_gets_one_line_that_rewrites_itself_and_fits()
    {
        var progress = new ProgressConsole(_output, live: true, width: 60, _clock);
        using (var phase = progress.Start("base model", 10))
        {
            _clock.Advance(5);
            phase.Report(5, new string('x', 200));
            phase.Report(10);
        }

        var text = _output.ToString();
        Assert.That(text.Split('\r').Select(line => line.TrimEnd('\n').Length), Is.All.LessThan(60));
        Assert.That(text, Does.Contain("[############............]  50 %  0:05 left").And.EndsWith("base model: 5.0 s\n"));
        Assert.That(text.Count(letter => letter == '\n'), Is.EqualTo(1));
    }

    [Test]
    public void A_phase_that_is_left_early_says_where_it_stopped()
    {
        using (var phase = new ProgressConsole(_output, live: false, int.MaxValue, _clock).Start("tuning", 50))
        {
            phase.Report(20);
        }

        Assert.That(_output.ToString(), Does.EndWith("tuning: stopped at 20 of 50 after 0.0 s\n"));
    }

    [Test]
    public void Phases_of_the_same_name_add_up()
    {
        var progress = new ProgressConsole(_output, live: false, int.MaxValue, _clock);
        for (var round = 0; round < 2; round++)
        {
            using var phase = progress.Start("answers", 1);
            _clock.Advance(3);
            phase.Report(1);
        }

        Assert.That(progress.Seconds["answers"], Is.EqualTo(6).Within(1e-9));
        Assert.That(progress.Total, Is.EqualTo(6).Within(1e-9));
    }

    [Test]
    public void The_final_table_has_no_escape_codes_in_a_file()
    {
        ResultTable.Write(SyntheticRun.Make(1, Style.Meme).Run, "artifacts/[report].html", _output, live: false);
        var text = _output.ToString();
        Assert.That(text, Does.Not.Contain("\u001b").And.Contain("What is an opossum?").And.Contain("artifacts/[report].html"));
        Assert.That(text.Split('\n').Max(line => line.Length), Is.LessThanOrEqualTo(110));
    }

    private sealed class HandClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(double seconds) => _ticks += (long)(seconds * TimeSpan.TicksPerSecond);
    }
}
