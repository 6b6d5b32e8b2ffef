using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.LabelStudio.Server;

/// <summary>An answer's whole body.</summary>
internal sealed record ServerAnswer(HttpStatusCode Status, byte[] Body, string Request)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json()
    {
        try
        {
            using var document = JsonDocument.Parse(Body, CanonicalJson.Reading);
            return document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new LabelStudioException("The answer is not JSON; is this a Label Studio server?", Request, Status, cause: exception);
        }
    }
}

/// <summary>Whether a request that failed somewhere may be sent again.</summary>
internal enum Repeat
{
    /// <summary>It changes nothing, or the same thing again.</summary>
    Safe,

    /// <summary>It may already have done its work; sent again only when the server surely did not process it.</summary>
    OnlyIfUnprocessed,
}

/// <summary>Sends requests: tokens, repeats with growing waits, Retry-After, redirects that stay on the server.</summary>
internal sealed class LabelStudioConnection : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _server;
    private readonly AccessToken _token;
    private readonly LabelStudioClientOptions _options;
    private readonly TimeProvider _time;

    public LabelStudioConnection(Uri server, string token, LabelStudioClientOptions options, TimeProvider time)
    {
        if (!server.IsAbsoluteUri || server.Scheme is not ("http" or "https") || server.UserInfo.Length > 0)
            throw new ArgumentException($"'{server}' is not an address such as https://labels.example.org.", nameof(server));
        options.Validate();
        _server = server.AbsolutePath.EndsWith('/') ? server : new Uri(server.GetLeftPart(UriPartial.Path) + "/");
        _options = options;
        _time = time;
        _token = new AccessToken(token, time);
        // A redirect is followed here and not by the handler: the handler would take the token to any host. Cookies are no login.
        _http = new HttpClient(
            new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.All })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public TimeProvider Time => _time;

    public LabelStudioClientOptions Options => _options;

    public Task<ServerAnswer> GetAsync(string path, CancellationToken cancel) => SendAsync(HttpMethod.Get, path, null, Repeat.Safe, cancel);

    public Task<ServerAnswer> PostAsync(string path, byte[] json, Repeat repeat, CancellationToken cancel) =>
        PostAsync(path, RequestBody.Json(json), repeat, cancel);

    public Task<ServerAnswer> PostAsync(string path, RequestBody body, Repeat repeat, CancellationToken cancel) =>
        SendAsync(HttpMethod.Post, path, body, repeat, cancel);

    /// <summary>Sends a request and reads the whole answer; any status but 2xx becomes an exception.</summary>
    public async Task<ServerAnswer> SendAsync(
        HttpMethod method, string path, RequestBody? body, Repeat repeat, CancellationToken cancel)
    {
        AuthenticationHeaderValue? refused = null;
        for (var attempt = 0; ; attempt++)
        {
            var header = await _token.HeaderAsync(refused, token => RefreshAsync(token, cancel), cancel).ConfigureAwait(false);
            var outcome = await AttemptAsync(method, path, body, header, cancel).ConfigureAwait(false);
            if (outcome.Answer is { } answer && (int)answer.Status is >= 200 and < 300)
                return answer;
            // Expired, wrong and missing tokens answer alike, so a fresh access token is tried once.
            if (outcome.Answer?.Status == HttpStatusCode.Unauthorized && _token.IsPersonal && refused is null)
            {
                refused = header;
                attempt--;
                continue;
            }

            if (attempt >= _options.Retries || !MayRepeat(outcome, repeat))
                throw outcome.ToException($"{method} {path}");
            await WaitAsync(outcome, attempt, $"{method} {path}", cancel).ConfigureAwait(false);
        }
    }

    public Task DelayAsync(TimeSpan delay, CancellationToken cancel) => Task.Delay(delay, _time, cancel);

    public void Dispose()
    {
        _http.Dispose();
        _token.Dispose();
    }

    private async Task<string> RefreshAsync(string token, CancellationToken cancel)
    {
        const string Path = "api/token/refresh/";
        var body = CanonicalJson.WriteBytes(
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("refresh", token);
                writer.WriteEndObject();
            },
            CanonicalJson.Compacted);
        for (var attempt = 0; ; attempt++)
        {
            var outcome = await AttemptAsync(HttpMethod.Post, Path, RequestBody.Json(body), null, cancel).ConfigureAwait(false);
            if (outcome.Answer is { Status: HttpStatusCode.OK } answer)
            {
                var json = new JsonValue(answer.Json(), new JsonPlace($"POST {Path}", null), "");
                var access = LabelStudioClient.Understood(json, () => json["access"].Text());
                return AccessToken.IsPossible(access)
                    ? access
                    : throw new LabelStudioException("The answer to a token refresh holds an 'access' that no header can carry.", $"POST {Path}", answer.Status);
            }

            if (attempt >= _options.Retries || !MayRepeat(outcome, Repeat.Safe))
                throw outcome.ToException($"POST {Path}");
            await WaitAsync(outcome, attempt, $"POST {Path}", cancel).ConfigureAwait(false);
        }
    }

    private async Task<Outcome> AttemptAsync(
        HttpMethod method, string path, RequestBody? content, AuthenticationHeaderValue? header, CancellationToken cancel)
    {
        var sent = false;
        using var limit = new CancellationTokenSource(_options.RequestTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            var address = Address(path);
            for (var hops = 0; ; hops++)
            {
                using var request = new HttpRequestMessage(method, address) { Content = Content(content) };
                request.Headers.Authorization = header;
                sent = true;
                using var response = await _http.SendAsync(
                    request, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
                if ((int)response.StatusCode is >= 301 and <= 308 and not (304 or 305 or 306))
                {
                    address = Redirected(response, address, method, $"{method} {path}", hops);
                    continue;
                }

                var body = await ReadAsync(response, $"{method} {path}", both.Token).ConfigureAwait(false);
                return new Outcome(
                    new ServerAnswer(response.StatusCode, body, $"{method} {path}"), RetryAfter(response), null, Unprocessed: false);
            }
        }
        catch (HttpRequestException exception)
        {
            // Nobody answered the call at all: nothing can have been processed.
            var unprocessed = exception.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;
            return new Outcome(null, null, exception, unprocessed || !sent);
        }
        // What says that it is compressed and is not gives InvalidDataException.
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            return new Outcome(null, null, exception, Unprocessed: false);
        }
        catch (OperationCanceledException exception) when (!cancel.IsCancellationRequested)
        {
            return new Outcome(
                null, null, new TimeoutException($"No whole answer within {_options.RequestTimeout}.", exception), Unprocessed: false);
        }
    }

    private Uri Address(string path)
    {
        var address = new Uri(_server, path);
        return SameOrigin(address, _server) ? address : throw new ArgumentException($"'{path}' is not a path on the server.", nameof(path));
    }

    // A request's content is disposed with it, so each attempt has its own.
    private static ByteArrayContent? Content(RequestBody? body)
    {
        if (body is null)
            return null;
        var content = new ByteArrayContent(body.Bytes);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(body.ContentType);
        return content;
    }

    private static Uri Redirected(HttpResponseMessage response, Uri from, HttpMethod method, string request, int hops)
    {
        if (response.Headers.Location is not { } location)
            throw new LabelStudioException("The server redirects to nowhere.", request, response.StatusCode);
        var target = new Uri(from, location);
        if (!SameOrigin(target, from))
        {
            throw new LabelStudioException(
                $"The server redirects to {target.GetLeftPart(UriPartial.Authority)}; the token was not sent there. If that is the server, give its address.", request, response.StatusCode);
        }

        if (method != HttpMethod.Get && (int)response.StatusCode is not (307 or 308))
            throw new LabelStudioException(
                $"The server redirects a {method} to {target.AbsolutePath}; give the server's final address.", request,
                response.StatusCode);
        return hops < 5 ? target : throw new LabelStudioException("The server redirects in a circle.", request, response.StatusCode);
    }

    private static bool SameOrigin(Uri left, Uri right) =>
        left.Scheme == right.Scheme && left.Port == right.Port
            && string.Equals(left.IdnHost, right.IdnHost, StringComparison.OrdinalIgnoreCase);

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, string request, CancellationToken cancel)
    {
        if (response.Content.Headers.ContentLength > _options.MostBytes)
            throw TooLarge(request, response.StatusCode);
        using var body = new MemoryStream();
        await using var stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        var buffer = new byte[1 << 16];
        for (int count; (count = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
        {
            if (body.Length + count > _options.MostBytes)
                throw TooLarge(request, response.StatusCode);
            body.Write(buffer, 0, count);
        }

        return body.ToArray();
    }

    private LabelStudioException TooLarge(string request, HttpStatusCode status) =>
        new(
            $"The answer has more than {_options.MostBytes} bytes; export in parts or raise {nameof(LabelStudioClientOptions.MostBytes)}.",
            request, status);

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - _time.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };

    private static bool MayRepeat(Outcome outcome, Repeat repeat) => outcome.Answer?.Status switch
    {
        null => repeat == Repeat.Safe || outcome.Unprocessed,
        HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => true,
        HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => repeat == Repeat.Safe,
        _ => false,
    };

    private Task WaitAsync(Outcome outcome, int attempt, string request, CancellationToken cancel)
    {
        if (outcome.RetryAfter > _options.LongestRetryAfter)
            throw new LabelStudioException(
                $"The server asks to wait {outcome.RetryAfter}, longer than {nameof(LabelStudioClientOptions.LongestRetryAfter)}.", request,
                outcome.Answer?.Status);
        var own = TimeSpan.FromTicks(Math.Min(_options.LongestDelay.Ticks, _options.FirstDelay.Ticks << Math.Min(attempt, 20)));
        return DelayAsync(outcome.RetryAfter ?? own, cancel);
    }

    private sealed record Outcome(ServerAnswer? Answer, TimeSpan? RetryAfter, Exception? Failure, bool Unprocessed)
    {
        public LabelStudioException ToException(string request)
        {
            if (Answer is null)
                return new LabelStudioException($"No whole answer came: {Failure!.Message}", request, cause: Failure);
            var remedy = Answer.Status switch
            {
                HttpStatusCode.Unauthorized => "The token was refused: check it, and that its kind is switched on for the organization.",
                HttpStatusCode.Forbidden => "The token's user may not do this.",
                HttpStatusCode.NotFound => "There is no such thing here; check the number, and that the address is the server's.",
                _ => "The request was refused.",
            };
            return new LabelStudioException(remedy, request, Answer.Status, ServerWords.Of(Answer.Body));
        }
    }
}
