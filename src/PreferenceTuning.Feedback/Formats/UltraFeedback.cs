using System.Globalization;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>
/// Reads UltraFeedback: an instruction and several completions, each rated by a model on several aspects. Ratings are texts and may be
/// "N/A", which gives no rating; rationales and critiques stay with their candidate. Use
/// <see cref="Aggregation.PreferenceAggregation.RankByRating(IEnumerable{Judgement}, string?)"/> to make preferences of one aspect.
/// </summary>
public static class UltraFeedback
{
    /// <summary>Reads an input.</summary>
    /// <exception cref="FeedbackFormatException">A row is none of this format.</exception>
    public static FeedbackReading Read(FeedbackInput input)
    {
        var reader = new RowReader(input);
        return reader.Read(row =>
        {
            var candidates = new List<Candidate>();
            var ratings = new List<Rating>();
            foreach (var completion in row["completions"].Items())
            {
                var id = Candidate.DefaultId(candidates.Count);
                candidates.Add(Completion(completion.RequireObject(), id));
                ratings.AddRange(Aspects(completion["annotations"], id, reader));
                ratings.AddRange(Scores(completion, id, reader));
            }

            reader.Add(new Judgement
            {
                Prompt = row.RequiredText("instruction"),
                Candidates = candidates,
                AnnotatorKind = AnnotatorKind.Model,
                Kind = JudgementKind.Rating,
                Ratings = ratings,
                Source = reader.Source(row),
                Extra = RowReader.Rest(row, "instruction", "completions"),
            });
        });
    }

    private static Candidate Completion(JsonValue completion, string id) => new()
    {
        Id = id,
        Text = completion.RequiredText("response"),
        Model = completion["model"].TextOrNull(),
        Extra = RowReader.Rest(completion, "response", "model", "fine-grained_score", "overall_score"),
    };

    private static IEnumerable<Rating> Aspects(JsonValue annotations, string id, RowReader reader)
    {
        foreach (var (aspect, annotation) in annotations.Properties().Where(aspect => aspect.Value.IsObject))
        {
            var rating = annotation["Rating"];
            if (rating.IsNull)
                continue;
            var text = rating.IsText ? rating.Text() : rating.RawJson();
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
                yield return new Rating(value, aspect, id, 1, 5);
            else
                reader.Notes.Noticed(
                    $"A rating '{(text.Length <= 20 ? text : text[..20])}' is no number and gives none.", RowReader.Where(rating));
        }
    }

    private static IEnumerable<Rating> Scores(JsonValue completion, string id, RowReader reader)
    {
        var fine = completion["fine-grained_score"].NumberOrNull();
        var overall = completion["overall_score"].NumberOrNull();
        if (overall == 10 && fine <= 2)
            reader.Notes.Noticed(
                "An overall score of 10 stands beside aspects of 2 and less: an error of the set's first release, where 1 was meant.",
                RowReader.Where(completion));
        if (fine is { } mean)
            yield return new Rating(mean, "fine-grained_score", id, 1, 5);
        if (overall is { } score)
            yield return new Rating(score, "overall_score", id, 1, 10);
    }
}
