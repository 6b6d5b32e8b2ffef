using System.Globalization;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Tests.Formats;

/// <summary>What was read of a row, as the one line that <see cref="ExpectedAnswers"/> works out from the row.</summary>
internal static class ReadAnswers
{
    public static string Line(Judgement judgement)
    {
        string? Words(string? id) => id is null ? null : judgement.CandidateOf(id).Text.ToPlainText();
        var ranking = judgement.Ranking is null
            ? "none"
            : string.Join(" > ", judgement.Ranking.Select(group => string.Join(" = ", group.Select(Words))));
        var answers = judgement.Ratings.Select(rating => $"{Words(rating.Candidate)} {rating.Step} {(rating.Value == 0 ? 0 : rating.Value).ToString("0.##########", CultureInfo.InvariantCulture)}")
            .Concat(judgement.Labels.Select(label => $"{Words(label.Candidate)} {label.Step} {label.Value}"))
            .Concat(judgement.Texts.Select(text => text.Value.ToPlainText())).Order(StringComparer.Ordinal);
        return $"{judgement.Prompt.ToPlainText()} | {ranking} | {string.Join("; ", answers)} | {judgement.Annotator} | {(judgement.Skipped ? "skipped" : "")}";
    }
}
