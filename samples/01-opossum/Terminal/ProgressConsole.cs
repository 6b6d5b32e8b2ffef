using System.Globalization;

namespace Opossum.Terminal;

/// <summary>
/// Says where a run is. On a terminal one line that rewrites itself; into a file plain lines, one at the start of a phase, one every
/// <see cref="PlainInterval"/>, one at its end. Measures the phases by the way. For one thread.
/// </summary>
/// <param name="output">Where to write.</param>
/// <param name="live">Whether it is a terminal that can rewrite a line.</param>
/// <param name="width">Columns of the terminal.</param>
/// <param name="clock">The time.</param>
internal sealed class ProgressConsole(TextWriter output, bool live, int width, TimeProvider clock)
{
    /// <summary>Time between two plain lines.</summary>
    public static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LiveInterval = TimeSpan.FromMilliseconds(100);
    private readonly Dictionary<string, double> _seconds = new(StringComparer.Ordinal);
    private readonly long _began = clock.GetTimestamp();
    private int _drawn;

    /// <summary>For the console of this process.</summary>
    public static ProgressConsole ForThisProcess() => new(
        Console.Out, IsLive, IsLive ? Math.Max(40, Console.WindowWidth) : int.MaxValue, TimeProvider.System);

    /// <summary>Whether standard output is a terminal that can rewrite a line.</summary>
    public static bool IsLive => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>Seconds spent in each phase so far; phases of the same name add up.</summary>
    public IReadOnlyDictionary<string, double> Seconds => _seconds;

    /// <summary>Seconds since the start.</summary>
    public double Total => clock.GetElapsedTime(_began).TotalSeconds;

    /// <summary>Writes a line of its own.</summary>
    public void Say(string line)
    {
        Clear();
        output.WriteLine(line);
        output.Flush();
    }

    /// <summary>Begins a phase; dispose it at its end.</summary>
    /// <param name="name">What the summary calls it.</param>
    /// <param name="total">How many steps there will be.</param>
    public Phase Start(string name, long total) => new(this, name, total);

    private void Draw(string line)
    {
        var clipped = line.Length < width ? line : line[..(width - 1)];
        output.Write("\r" + clipped.PadRight(Math.Min(_drawn, width - 1)));
        output.Flush();
        _drawn = clipped.Length;
    }

    private void Clear()
    {
        if (_drawn > 0)
        {
            output.Write("\r" + new string(' ', _drawn) + "\r");
            _drawn = 0;
        }
    }

    /// <summary>One long phase of a run.</summary>
    internal sealed class Phase : IDisposable
    {
        private const int BarWidth = 24;
        private readonly ProgressConsole _console;
        private readonly string _name;
        private readonly long _total;
        private readonly long _began;
        private long _lastLine;
        private long _done;
        private string _detail = "";
        private bool _ended;

        internal Phase(ProgressConsole console, string name, long total)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(total);
            (_console, _name, _total) = (console, name, total);
            _began = _lastLine = Now;
            if (console.IsLiveLine)
            {
                console.Draw(Line());
            }
            else
            {
                console.Say($"{name} ...");
            }
        }

        private long Now => _console.Clock.GetTimestamp();

        private TimeSpan Elapsed => _console.Clock.GetElapsedTime(_began);

        /// <summary>Says how far it is.</summary>
        /// <param name="done">Steps done, at most the total.</param>
        /// <param name="detail">A few numbers worth seeing, such as "loss 1.21".</param>
        public void Report(long done, string detail = "")
        {
            (_done, _detail) = (Math.Clamp(done, 0, _total), detail);
            if (_console.Clock.GetElapsedTime(_lastLine) < (_console.IsLiveLine ? LiveInterval : PlainInterval))
            {
                return;
            }

            _lastLine = Now;
            if (_console.IsLiveLine)
            {
                _console.Draw(Line());
            }
            else
            {
                _console.Say($"{_name}: {_done} of {_total}{Detail}");
            }
        }

        /// <summary>Ends the phase and writes how long it took.</summary>
        public void Dispose()
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            var seconds = Elapsed.TotalSeconds;
            _console._seconds[_name] = _console._seconds.GetValueOrDefault(_name) + seconds;
            var state = _done < _total
                ? FormattableString.Invariant($"stopped at {_done} of {_total} after {seconds:0.0} s")
                : FormattableString.Invariant($"{seconds:0.0} s");
            _console.Say($"{_name}: {state}{Detail}");
        }

        private string Detail => _detail.Length == 0 ? "" : ", " + _detail;

        private string Line()
        {
            var filled = (int)(BarWidth * _done / _total);
            var left = _done == 0 ? "" : "  " + Clock(Elapsed * ((_total - _done) / (double)_done)) + " left";
            var bar = new string('#', filled) + new string('.', BarWidth - filled);
            var detail = _detail.Length == 0 ? "" : "  " + _detail;
            return string.Create(CultureInfo.InvariantCulture, $"{_name,-14} [{bar}] {100 * _done / _total,3} %{left}{detail}");
        }

        private static string Clock(TimeSpan time) =>
            string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}:{time.Seconds:00}");
    }

    private bool IsLiveLine => live;

    private TimeProvider Clock => clock;
}
