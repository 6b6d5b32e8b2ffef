using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>What an export alone does not say.</summary>
public sealed record LabelStudioReadOptions
{
    /// <summary>
    /// The items that the tasks were made of, by id: models and sampling of the candidates, which are kept from annotators, come from
    /// here, and conversations and steps that were shown as one text. Null: candidates have no model.
    /// </summary>
    public IReadOnlyDictionary<string, JudgingItem>? Items { get; init; }

    /// <summary>The name of the object that is the prompt. Null: the first object of the config that is not a candidate.</summary>
    public string? PromptObject { get; init; }

    /// <summary>The names of the objects that are candidates. Null: those that the controls compare or rate, see the docs.</summary>
    public IReadOnlyList<string>? CandidateObjects { get; init; }

    /// <summary>
    /// Choices (value or alias) that prefer an object whose name they do not have: "Model A" to <c>answer1</c>. A choice that is an object's
    /// name (case ignored) needs no entry. Default none.
    /// </summary>
    public IReadOnlyDictionary<string, string> ChoiceObjects { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Choices (value or alias, case ignored) that mean a tie; any other choice that names no candidate is kept as a label.
    /// </summary>
    public IReadOnlyList<string> TieChoices { get; init; } = ["tie"];
}
