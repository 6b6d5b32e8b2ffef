namespace Opossum.Annotators;

/// <summary>How one simulated annotator works. Accuracy and speed are traded against each other, as they are in people.</summary>
internal sealed record AnnotatorProfile
{
    /// <summary>The name in the data.</summary>
    public required string Id { get; init; }

    /// <summary>Who this is meant to be, for the report.</summary>
    public required string Description { get; init; }

    /// <summary>Reading speed, words per minute. Adults read English silently at about 238 (Brysbaert 2019).</summary>
    public required double WordsPerMinute { get; init; }

    /// <summary>Time to decide and click once everything is read, seconds; a close call takes up to twice as long.</summary>
    public required double ThinkingSeconds { get; init; }

    /// <summary>Standard deviation of how an answer's worth is perceived, in the judge's nats.</summary>
    public required double Noise { get; init; }

    /// <summary>Share of answers that are misread altogether, so that their worth is perceived at random.</summary>
    public required double Slips { get; init; }

    /// <summary>Perceived differences below this are called a tie, nats.</summary>
    public required double TieWidth { get; init; }

    /// <summary>Share of items that are clicked through without reading: whatever was shown first is called best.</summary>
    public required double Careless { get; init; }

    /// <summary>Share of items that are skipped for no reason in the item.</summary>
    public double Distraction { get; init; } = 0.005;

    /// <summary>The three annotators of the default run.</summary>
    public static IReadOnlyList<AnnotatorProfile> Default { get; } =
    [
        new()
        {
            Id = "ada", Description = "takes her time and is nearly always right",
            WordsPerMinute = 190, ThinkingSeconds = 5, Noise = 0.12, Slips = 0.015, TieWidth = 0.5, Careless = 0.01,
        },
        new()
        {
            Id = "ben", Description = "works at an ordinary pace",
            WordsPerMinute = 250, ThinkingSeconds = 3, Noise = 0.2, Slips = 0.04, TieWidth = 0.55, Careless = 0.04,
        },
        new()
        {
            Id = "cleo", Description = "is in a hurry and clicks some items through unread",
            WordsPerMinute = 420, ThinkingSeconds = 1.2, Noise = 0.35, Slips = 0.1, TieWidth = 0.6, Careless = 0.16,
        },
    ];
}
