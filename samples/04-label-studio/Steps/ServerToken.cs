using LabelStudioSample.Terminal;
using PreferenceTuning.Feedback.LabelStudio.Server;

namespace LabelStudioSample.Steps;

/// <summary>Connects with the token of the environment.</summary>
internal static class ServerToken
{
    // Somebody waits at the console: 1 and 2 seconds, not 15.
    private static readonly LabelStudioClientOptions Options = new() { Retries = 2 };

    /// <summary>A client for a server.</summary>
    /// <exception cref="InvalidOperationException">There is no token.</exception>
    public static LabelStudioClient Connect(ServerPlace server) =>
        Environment.GetEnvironmentVariable(ServerPlace.TokenVariable) is { Length: > 0 } token
        ? new LabelStudioClient(server.Url, token, Options)
        : throw new InvalidOperationException(
            $"The environment variable {ServerPlace.TokenVariable} is not set; put a token of {server.Url} into it (Account & Settings, Access Token).");
}
