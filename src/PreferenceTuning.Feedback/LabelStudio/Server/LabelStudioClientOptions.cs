namespace PreferenceTuning.Feedback.LabelStudio.Server;

/// <summary>How a client waits, repeats and limits.</summary>
public sealed record LabelStudioClientOptions
{
    /// <summary>How often a request that is safe to repeat is repeated. Default 4; the official client has 2.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>The first wait; each further one is twice as long. Default 1 s, as the official client.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait of the client's own choice. Default 60 s, as the official client.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest wait that a server may ask for with Retry-After; beyond it the request fails. Default 10 minutes.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The time that one request may take, body included. Default 5 minutes: an export is made while one waits.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The wait between two looks at a snapshot or import that is in progress. Default 2 s.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest that a snapshot or import may be in progress. Default 1 hour.</summary>
    public TimeSpan PollTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The most bytes that an answer may have. Default 1 GiB.</summary>
    public long MostBytes { get; init; } = 1L << 30;

    /// <summary>Tasks in one import request. Default 1000; a server takes 250,000 or 200 MB.</summary>
    public int ImportBatch { get; init; } = 1000;

    /// <summary>Tasks or projects on one page of a list. Default 100.</summary>
    public int PageSize { get; init; } = 100;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Retries);
        ArgumentOutOfRangeException.ThrowIfNegative(FirstDelay.Ticks, nameof(FirstDelay));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(RequestTimeout.Ticks, nameof(RequestTimeout));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(PollTimeout.Ticks, nameof(PollTimeout));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MostBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ImportBatch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(PageSize);
    }
}
