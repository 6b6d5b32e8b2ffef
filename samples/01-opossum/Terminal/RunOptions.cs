using Opossum.World;

namespace Opossum.Terminal;

/// <summary>How the main job is tuned.</summary>
internal enum TuningMethod
{
    Ppo,
    Dpo,
}

/// <summary>What keeps the tuned model near the original.</summary>
internal enum KlMode
{
    /// <summary>A controller that aims at a KL in nats per response.</summary>
    Adaptive,

    /// <summary>Nothing, to see what happens.</summary>
    Off,
}

/// <summary>What the user asked for, checked.</summary>
internal sealed record RunOptions
{
    /// <summary>Everything random follows from it; 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>How often answers, judgements, reward model and tuning are gone through; 1.</summary>
    public int Rounds { get; init; } = 1;

    /// <summary>The style that the simulated annotators prefer.</summary>
    public Style Prefer { get; init; } = Style.Meme;

    public KlMode Kl { get; init; } = KlMode.Adaptive;

    public TuningMethod Method { get; init; } = TuningMethod.Ppo;

    /// <summary>A file of judgements, or null for simulated annotators.</summary>
    public string? Judgements { get; init; }

    /// <summary>A Hugging Face folder, or null for the model that the sample trains itself.</summary>
    public string? Model { get; init; }

    /// <summary>A word that texts of <see cref="Model"/> should contain, or null.</summary>
    public string? Trait { get; init; }

    /// <summary>Where everything is written; artifacts/01-opossum.</summary>
    public string Output { get; init; } = Path.Combine("artifacts", "01-opossum");

    /// <summary>Go on where an interrupted run in <see cref="Output"/> stopped.</summary>
    public bool Resume { get; init; }

    /// <summary>A small setting that goes through everything in a minute; its numbers mean little.</summary>
    public bool Short { get; init; }

    /// <summary>What is wanted, in words: for the report. A file of judgements does not say what its people prefer.</summary>
    public string Wanted => Judgements is null ? Compared : "what a file of judgements prefers";

    /// <summary>What the judge that measures the result counts as better, in words.</summary>
    public string Compared =>
        Trait is { } trait ? $"texts with \"{trait}\"" : Model is not null ? "readable texts" : Prefer == Style.Meme ? "memes" : "biology homework";

    /// <summary>The command that gives this run again.</summary>
    public string CommandLine
    {
        get
        {
            List<string> parts = ["dotnet run -c Release --project samples/01-opossum --", FormattableString.Invariant($"--seed {Seed}")];
            Add(Rounds != 1, FormattableString.Invariant($"--rounds {Rounds}"));
            Add(Prefer != Style.Meme, "--prefer biology");
            Add(Kl != KlMode.Adaptive, "--kl off");
            Add(Method != TuningMethod.Ppo, "--method dpo");
            Add(Judgements is not null, "--judgements " + Quoted(Judgements));
            Add(Model is not null, "--model " + Quoted(Model));
            Add(Trait is not null, "--trait " + Quoted(Trait));
            Add(Short, "--short");
            return string.Join(' ', parts);

            void Add(bool given, string part)
            {
                if (given)
                {
                    parts.Add(part);
                }
            }
        }
    }

    /// <summary>The command that goes on with this run after it was interrupted.</summary>
    public string ResumeCommand =>
        CommandLine + (Output == new RunOptions().Output ? "" : " --output " + Quoted(Output)) + " --resume";

    private static string? Quoted(string? text) => text is not null && text.Contains(' ', StringComparison.Ordinal) ? $"\"{text}\"" : text;
}
