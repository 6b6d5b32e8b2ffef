namespace PreferenceTuning.Feedback.Quality;

/// <summary>What is there more than once.</summary>
public enum RepeatedTextKind
{
    /// <summary>Different prompts with nearly the same words: they may land on both sides of a split by prompt.</summary>
    Prompts,

    /// <summary>Two candidates of one item with the same or nearly the same words: there is nothing to choose.</summary>
    WithinItem,

    /// <summary>One prompt with the same candidates as several items: agreement is counted for each by itself.</summary>
    Items,

    /// <summary>The same or nearly the same candidate as an answer to different prompts.</summary>
    AcrossPrompts,
}

/// <summary>Texts that are the same or nearly so.</summary>
/// <param name="Kind">What is there more than once.</param>
/// <param name="Items">The items that hold them, in the order of appearance; of a prompt the first item.</param>
/// <param name="Similarity">
/// Jaccard similarity of runs of words; 1 where texts are equal but for composed characters and white space; the lowest of those that hold
/// a larger group together.
/// </param>
/// <param name="Excerpts">The beginnings of the first two different texts, at most 120 characters each; one where all are equal.</param>
public sealed record RepeatedText(RepeatedTextKind Kind, IReadOnlyList<string> Items, double Similarity, IReadOnlyList<string> Excerpts);
