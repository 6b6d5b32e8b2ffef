using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

/// <summary>One request as it came.</summary>
internal sealed record Received(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string? Authorization => Headers.GetValueOrDefault("authorization");
}

/// <summary>What the server sends; <see cref="CutAfter"/> bytes of the body it drops the connection.</summary>
internal sealed record Reply(int Status, byte[] Body, string ContentType = "application/json", int? CutAfter = null, bool NoAnswer = false)
{
    public Dictionary<string, string> Headers { get; } = [];

    public static Reply Json(string json, int status = 200) => new(status, Encoding.UTF8.GetBytes(json));

    public static Reply Cut(string json, int after) => Json(json) with { CutAfter = after };

    public Reply With(string name, string value)
    {
        Headers[name] = value;
        return this;
    }
}

/// <summary>A server on the loopback that answers as it is told, wrongly if it is told so. One request per connection.</summary>
internal sealed class LocalServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Received, Reply> _answer;
    private readonly List<Received> _received = [];

    public LocalServer(Func<Received, Reply> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public IReadOnlyList<Received> Requests
    {
        get
        {
            lock (_received)
                return [.. _received];
        }
    }

    /// <summary>Answers the replies one after the other, whatever is asked.</summary>
    public static LocalServer InOrder(params Reply[] replies)
    {
        var next = -1;
        return new(_ => Interlocked.Increment(ref next) is var index && index < replies.Length ? replies[index] : Reply.Json("""{"detail":"no more replies"}""", 418));
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            await using var stream = client.GetStream();
            var request = await ReadAsync(stream);
            if (request is null)
                return;
            Reply reply;
            lock (_received)
            {
                _received.Add(request);
                reply = _answer(request);
            }

            if (!reply.NoAnswer)
                await WriteAsync(stream, reply, request.Method == "HEAD");
            if (reply.CutAfter is not null || reply.NoAnswer)
                client.Client.LingerState = new LingerOption(true, 0);
        }
        catch (IOException)
        {
        }
    }

    private static async Task WriteAsync(NetworkStream stream, Reply reply, bool headOnly)
    {
        var head = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} X\r\nConnection: close\r\n"));
        if (reply.Status != 204)
            head.Append(CultureInfo.InvariantCulture, $"Content-Type: {reply.ContentType}\r\nContent-Length: {reply.Body.Length}\r\n");
        foreach (var (name, value) in reply.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
        if (!headOnly && reply.Status != 204)
            await stream.WriteAsync(reply.Body.AsMemory(0, reply.CutAfter ?? reply.Body.Length));
        await stream.FlushAsync();
        if (reply.CutAfter is not null)
            await Task.Delay(20);
    }

    private static async Task<Received?> ReadAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var buffer = new byte[8192];
        var end = -1;
        while (end < 0)
        {
            var count = await stream.ReadAsync(buffer);
            if (count == 0)
                return null;
            bytes.AddRange(buffer.AsSpan(0, count));
            end = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes).IndexOf("\r\n\r\n"u8);
        }

        var lines = Encoding.ASCII.GetString([.. bytes.Take(end)]).Split("\r\n");
        var headers = lines.Skip(1)
            .Select(line => line.Split(": ", 2)).ToDictionary(parts => parts[0].ToLowerInvariant(), parts => parts[1]);
        var length = int.Parse(headers.GetValueOrDefault("content-length", "0"), CultureInfo.InvariantCulture);
        var body = bytes.Skip(end + 4).ToList();
        while (body.Count < length)
        {
            var count = await stream.ReadAsync(buffer);
            if (count == 0)
                return null;
            body.AddRange(buffer.AsSpan(0, count));
        }

        var start = lines[0].Split(' ');
        return new Received(start[0], start[1], headers, Encoding.UTF8.GetString([.. body]));
    }
}

/// <summary>
/// A clock that stands still except when someone waits: then it jumps, and the wait is over. Long timers never fire by themselves.
/// </summary>
internal sealed class JumpingClock(DateTimeOffset start) : TimeProvider
{
    private readonly List<TimeSpan> _waits = [];
    private DateTimeOffset _now = start;

    /// <summary>The waits so far, in order, request limits not counted.</summary>
    public IReadOnlyList<TimeSpan> Waits
    {
        get
        {
            lock (_waits)
                return [.. _waits];
        }
    }

    public void Set(DateTimeOffset now) => _now = now;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        // A request's limit is a timer, too; it is recognised by its length.
        if (dueTime == RequestLimit || dueTime == Timeout.InfiniteTimeSpan)
            return TimeProvider.System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lock (_waits)
        {
            _waits.Add(dueTime);
            _now += dueTime;
        }

        return TimeProvider.System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public static TimeSpan RequestLimit { get; } = TimeSpan.FromMinutes(5);
}
