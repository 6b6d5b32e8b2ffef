using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>
/// Choices that look like "which is better" ("Model A", "Model B", "Tie") but are not called as the objects that are shown, so that they are
/// read as labels: only whoever made the config knows what they mean, and <see cref="LabelStudioReadOptions.ChoiceObjects"/> says it.
/// </summary>
/// <param name="Control">The choices.</param>
/// <param name="Guess">
/// What they may mean, for a message: choices and objects with the same last letter, number or side in their names, or else in their order.
/// </param>
public sealed record UnnamedComparison(LabelingControl Control, IReadOnlyList<(string Choice, string Object)> Guess)
{
    // What tells sides apart when it ends a name, by side.
    private static readonly string[][] Marks = [["a", "1", "one", "left", "first"], ["b", "2", "two", "right", "second"]];

    /// <summary>The first such choices of a config, or null where there are none or where something else is compared.</summary>
    /// <param name="config">The labelling config.</param>
    /// <param name="options">What is known beyond it; null for nothing.</param>
    public static UnnamedComparison? Find(LabelingConfig config, LabelStudioReadOptions? options = null)
    {
        var roles = QuestionRoles.Of(config, options ?? new());
        List<LabelingObject> shown = [.. config.Objects.Where(item => item.Variable is not null)];
        return roles is { Pairwise: null, Ranker: null, Comparison: null } && shown.Count > 1
            ? config.Controls.Where(control => control is { Tag: "Choices", Multiple: false })
                .Select(control => Of(control, roles, shown)).FirstOrDefault(found => found is not null)
            : null;
    }

    private static UnnamedComparison? Of(LabelingControl control, QuestionRoles roles, List<LabelingObject> shown)
    {
        List<string> choices = [.. control.Choices.Select(choice => choice.Alias ?? choice.Value).Where(choice => !roles.MeansTie(control, choice))];
        List<string> sides = [.. choices.Where(choice => Side(choice) is not null)];
        if (choices.Count < 2 || (sides.Count < 2 && !(choices.Count == 2 && choices.Count < control.Choices.Count)))
            return null;
        List<string> compared = [.. (sides.Count < 2 ? choices : sides).Take(2)];

        // The answers stand behind the prompt.
        List<LabelingObject> objects = [.. shown.TakeLast(2)];
        return new(control, [.. compared.Select((choice, place) => (
            choice, (shown.Find(item => Side(item.Name) is { } side && side == Side(choice)) ?? objects[place]).Name))]);
    }

    private static int? Side(string name)
    {
        var letters = name.ToLowerInvariant();
        var side = Array.FindIndex(Marks, marks => marks.Any(mark => letters.EndsWith(mark, StringComparison.Ordinal) && EndsWord(letters, mark)));
        return side < 0 ? null : side;
    }

    // "Model A", "answer_a", "answer1", but not "Yoga".
    private static bool EndsWord(string letters, string mark) =>
        letters.Length == mark.Length || char.IsDigit(mark[0]) || !char.IsLetterOrDigit(letters[^(mark.Length + 1)]);

    /// <summary>Notes it, where it is so, in a reader's report.</summary>
    internal static void Note(LabelingConfig config, LabelStudioReadOptions options, ConversionNotes notes)
    {
        if (Find(config, options) is { } found)
            notes.Noticed(
                $"The choices of '{found.Control.Name}' ({string.Join(", ", found.Control.Choices.Select(choice => choice.Value))}) look like a comparison, but do not have the names of what is shown "
                + $"({string.Join(", ", config.Objects.Select(item => item.Name))}), so that they are read as labels; ChoiceObjects says what they prefer.",
                "the labelling config");
    }
}
