using System.Globalization;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Quality;

/// <summary>Says in sentences what is there more than once.</summary>
internal static class RepeatedTextSentences
{
    private const int NamedItems = 20;
    private const int ExcerptLetters = 60;

    public static IEnumerable<QualityFinding> Of(IReadOnlyList<RepeatedText> repeated, DuplicateOptions options) =>
        repeated.GroupBy(one => one.Kind).Select(kind => Of(kind.Key, [.. kind], options));

    private static QualityFinding Of(RepeatedTextKind kind, IReadOnlyList<RepeatedText> found, DuplicateOptions options)
    {
        var (severity, sentence) = kind switch
        {
            RepeatedTextKind.Prompts => (
                FindingSeverity.Warning,
                Text($"{Count(found, "group", "groups")} of prompts ({Texts(found)} prompts in all) are nearly the same ({Measure(options)}), ") +
                $"e.g. {Examples(found)}: a split by prompt does not keep them together."),
            RepeatedTextKind.WithinItem => (
                FindingSeverity.Warning,
                Text($"In {Count(found, "item", "items")} two candidates are the same or nearly so ({Measure(options)}), ") +
                $"e.g. {Examples(found)} in {found[0].Items[0]}: whichever is chosen, nothing is learnt from it."),
            RepeatedTextKind.Items => (
                FindingSeverity.Warning,
                Text($"{Count(found, "group", "groups")} of items ({Texts(found)} items in all) show the same prompt and candidates under different names, ") +
                $"e.g. {string.Join(" and ", found[0].Items.Take(2))}: agreement is counted for each by itself."),
            _ => (
                FindingSeverity.Note,
                Text($"{Count(found, "candidate answers", "candidates answer")} different prompts with the same or nearly the same words ({Measure(options)}), ") +
                $"e.g. {Examples(found)} in {found[0].Items.Count.ToString(CultureInfo.InvariantCulture)} items."),
        };
        return new(
            FindingKind.Duplicates, severity, sentence, [],
            [.. found.SelectMany(one => one.Items).Distinct(StringComparer.Ordinal).Take(NamedItems)]);
    }

    private static string Measure(DuplicateOptions options) =>
        Text($"{100 * options.Threshold:0.#} % or more of their runs of {options.ShingleWords} words are shared");

    private static string Examples(IReadOnlyList<RepeatedText> found) =>
        string.Join(" and ", found[0].Excerpts.Select(excerpt => $"\"{RepeatedTexts.Excerpt(excerpt, ExcerptLetters)}\""));

    private static string Count(IReadOnlyList<RepeatedText> found, string one, string many) =>
        Text($"{found.Count} {(found.Count == 1 ? one : many)}");

    private static int Texts(IReadOnlyList<RepeatedText> found) => found.Sum(one => one.Items.Count);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
