namespace PreferenceTuning.Rollouts;

/// <summary>A prompt to answer.</summary>
/// <param name="TokenIds">At least one token.</param>
/// <param name="Seed">Everything random about its responses follows from this number, whatever else is in the batch.</param>
public sealed record Prompt(IReadOnlyList<int> TokenIds, ulong Seed);

/// <summary>Prompts that are answered together.</summary>
/// <param name="Prompts">In the order in which their responses come back.</param>
public sealed record PromptBatch(IReadOnlyList<Prompt> Prompts)
{
    /// <summary>Gives each prompt its seed from one seed and its number in the run, so that a resumed run draws what the whole run would have drawn.</summary>
    public static PromptBatch Create(IReadOnlyList<IReadOnlyList<int>> tokenIds, ulong seed, long firstEpisode = 0) =>
        new([.. tokenIds.Select((ids, i) => new Prompt(ids, SampleRandom.Mix(seed, (ulong)(firstEpisode + i))))]);
}
