using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace PreferenceTuning.Feedback.LabelStudio.Server;

/// <summary>
/// A Label Studio token. A personal access token is a JWT that is exchanged for short-lived access tokens; everything else is a legacy
/// token, sent as it is. The kinds are told apart as the official client does: what decodes as a JWT is a personal access token.
/// </summary>
internal sealed class AccessToken : IDisposable
{
    // An access token that dies within this time may be dead on arrival.
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private readonly string _token;
    private readonly TimeProvider _time;
    private string? _access;
    private DateTimeOffset _accessEnds;

    public AccessToken(string token, TimeProvider time)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(token);
        if (!IsPossible(token))
            throw new ArgumentException("The token holds blanks or other characters that no token has; copy it again.", nameof(token));
        _token = token;
        _time = time;
        IsPersonal = TryReadEnd(token, out var ends);
        if (IsPersonal && ends <= time.GetUtcNow())
            throw new ArgumentException($"The personal access token expired at {ends:u}; create a new one.", nameof(token));
    }

    public bool IsPersonal { get; }

    /// <summary>Whether a text can be a token, so that a header can carry it.</summary>
    public static bool IsPossible(string token) =>
        token.Length > 0 && token.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or '=' or '+' or '/');

    /// <summary>The header for a request, after a refresh where that is due.</summary>
    /// <param name="refused">The header that the server just refused, or null.</param>
    /// <param name="refresh">Exchanges the personal access token for an access token.</param>
    /// <param name="cancel">Ends the wait for another request's refresh.</param>
    public async Task<AuthenticationHeaderValue> HeaderAsync(
        AuthenticationHeaderValue? refused, Func<string, Task<string>> refresh, CancellationToken cancel)
    {
        if (!IsPersonal)
            return new AuthenticationHeaderValue("Token", _token);
        await _refreshing.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            // Another request may have refreshed while this one waited.
            if (_access is null || _access == refused?.Parameter || _accessEnds - Reserve <= _time.GetUtcNow())
            {
                _access = await refresh(_token).ConfigureAwait(false);
                if (!TryReadEnd(_access, out _accessEnds))
                    _accessEnds = DateTimeOffset.MaxValue;
            }

            return new AuthenticationHeaderValue("Bearer", _access);
        }
        finally
        {
            _refreshing.Release();
        }
    }

    public void Dispose() => _refreshing.Dispose();

    private static bool TryReadEnd(string token, out DateTimeOffset ends)
    {
        ends = default;
        var parts = token.Split('.');
        if (parts.Length != 3)
            return false;
        try
        {
            using var claims = JsonDocument.Parse(Decode(parts[1]));
            if (claims.RootElement.ValueKind != JsonValueKind.Object || !claims.RootElement.TryGetProperty("exp", out var exp) || !exp.TryGetInt64(out var seconds))
                return false;
            ends = DateTimeOffset.FromUnixTimeSeconds(seconds);
            return true;
        }
        catch (Exception exception) when (
            exception is FormatException or JsonException or ArgumentOutOfRangeException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string Decode(string part)
    {
        var base64 = part.Replace('-', '+').Replace('_', '/');
        return Encoding.UTF8.GetString(Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '=')));
    }
}
