using System.Text.RegularExpressions;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>
/// Reads PandaLM's human test set: two responses and one column per annotator with 0 (tie), 1 or 2. Each annotator's word is one
/// judgement. <c>cmp_key</c> names both models in order.
/// </summary>
public static partial class PandaLm
{
    private static readonly string[] Sides = ["1", "2"];

    /// <summary>Reads an input.</summary>
    /// <exception cref="FeedbackFormatException">A row is none of this format.</exception>
    public static FeedbackReading Read(FeedbackInput input)
    {
        var reader = new RowReader(input);
        return reader.Read(row =>
        {
            var flags = new List<JudgementFlag>();
            var models = row["cmp_key"].TextOrNull()?.Split('_');
            List<Candidate> candidates = [.. Sides.Select((number, index) => new Candidate
            {
                Id = number,
                Text = reader.LooseText(row["response" + number], flags),
                Model = models is { Length: 2 } ? models[index] : null,
            })];
            var annotators = row.Properties().Where(property => Annotator().IsMatch(property.Name)).ToList();
            if (annotators.Count == 0)
                throw row.Error("There is no column annotator1, annotator2, ...");
            var prompt = Prompt(row);
            var extra = RowReader.Rest(row, ["idx", "response1", "response2", .. annotators.Select(annotator => annotator.Name)]);
            foreach (var (name, value) in annotators.Where(annotator => !annotator.Value.IsNull))
            {
                var ranking = Ranking(value.Integer());
                reader.Add(new Judgement
                {
                    Item = row["idx"].IdentifierOrNull(),
                    Prompt = prompt,
                    Candidates = candidates,
                    Annotator = name,
                    AnnotatorKind = AnnotatorKind.Person,
                    Kind = JudgementKind.Pairwise,
                    Ranking = ranking,
                    Flags = ranking is null ? [.. flags, JudgementFlag.UnknownValue] : [.. flags],
                    Source = reader.Source(row),
                    Extra = extra,
                });
            }
        });
    }

    private static string Prompt(JsonValue row)
    {
        var instruction = row.RequiredText("instruction");
        var given = row["input"].TextOrNull();
        return string.IsNullOrEmpty(given) ? instruction : $"{instruction}\n\n{given}";
    }

    private static IReadOnlyList<IReadOnlyList<string>>? Ranking(long value) => value switch
    {
        0 => [["1", "2"]],
        1 => [["1"], ["2"]],
        2 => [["2"], ["1"]],
        _ => null,
    };

    [GeneratedRegex(@"^annotator\d+$")]
    private static partial Regex Annotator();
}
