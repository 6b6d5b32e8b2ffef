namespace PreferenceTuning.Data;

/// <summary>
/// Several responses to one prompt and their order: the smaller the rank, the better the response; equal ranks are ties.
/// Ranks need not be contiguous (1, 2, 2, 4 and 0, 1, 1, 2 say the same).
/// </summary>
public sealed record RankedResponses
{
    /// <summary>Joins responses and their ranks.</summary>
    /// <param name="prompt">What the model was asked.</param>
    /// <param name="responses">At least two responses.</param>
    /// <param name="ranks">One rank for each response, smaller is better, equal means tied.</param>
    /// <exception cref="ArgumentException">Fewer than two responses, or another number of ranks than of responses.</exception>
    public RankedResponses(TextOrMessages prompt, IReadOnlyList<TextOrMessages> responses, IReadOnlyList<int> ranks)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(responses);
        ArgumentNullException.ThrowIfNull(ranks);
        if (responses.Count < 2)
        {
            throw new ArgumentException($"'responses' has {responses.Count} response(s); a ranking needs at least 2.", nameof(responses));
        }

        if (ranks.Count != responses.Count)
        {
            throw new ArgumentException(
                $"'ranks' has {ranks.Count} number(s) but 'responses' has {responses.Count}; they must be equal.", nameof(ranks));
        }

        (Prompt, Responses, Ranks) = (prompt, responses, ranks);
    }

    /// <summary>What the model was asked.</summary>
    public TextOrMessages Prompt { get; }

    /// <summary>The responses, in the order in which they were written down.</summary>
    public IReadOnlyList<TextOrMessages> Responses { get; }

    /// <summary>The rank of each response: smaller is better, equal means tied.</summary>
    public IReadOnlyList<int> Ranks { get; }

    /// <summary>The tools that the prompt offers to the model, as the text of one JSON array, or null: the <c>tools</c> column.</summary>
    public string? ToolsJson { get; init; }

    /// <summary>Every pair of responses of different rank, in the order of the responses; ties give no pair.</summary>
    public IReadOnlyList<PreferencePair> ToPairs()
    {
        var pairs = new List<PreferencePair>();
        for (var i = 0; i < Responses.Count; i++)
        {
            for (var j = i + 1; j < Responses.Count; j++)
            {
                if (Ranks[i] != Ranks[j])
                {
                    var (better, worse) = Ranks[i] < Ranks[j] ? (i, j) : (j, i);
                    pairs.Add(new PreferencePair(Prompt, Responses[better], Responses[worse]) { ToolsJson = ToolsJson });
                }
            }
        }

        return pairs;
    }

    /// <summary>Equal prompt, responses and ranks.</summary>
    public bool Equals(RankedResponses? other) =>
        other is not null && Prompt.Equals(other.Prompt) && ToolsJson == other.ToolsJson
        && Responses.SequenceEqual(other.Responses) && Ranks.SequenceEqual(other.Ranks);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Prompt, Responses.Count, Responses[0], Ranks[0], Ranks[^1]);
}
