using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>
/// Reads OpenAI's summarize-from-feedback files: comparisons of two summaries, and ratings of one summary on several axes.
/// </summary>
public static class SummarizeFromFeedback
{
    /// <summary>
    /// Reads comparisons: <c>{"info","summaries":[{"text","policy","note"}, ...],"choice":0,"worker","extra":{"confidence"}}</c>.
    /// </summary>
    /// <exception cref="FeedbackFormatException">A row is none of this format.</exception>
    public static FeedbackReading ReadComparisons(FeedbackInput input)
    {
        var reader = new RowReader(input);
        return reader.Read(row =>
        {
            var candidates = row["summaries"].Items().Select((summary, index) => Summary(summary, index)).ToList();
            var choice = row["choice"].IntegerOrNull();
            var known = choice >= 0 && choice < candidates.Count && candidates.Count >= 2;
            if (!known)
                reader.Notes.Noticed("A choice that is no summary's index gives no preference.", RowReader.Where(row["choice"]));
            reader.Add(Shell(row, reader) with
            {
                Kind = candidates.Count == 2 ? JudgementKind.Pairwise : JudgementKind.Ranking,
                Candidates = candidates,
                Ranking = known ? Best(candidates, (int)choice!.Value) : null,
                Confidence = row["extra"].IsObject ? row["extra"]["confidence"].NumberOrNull() : null,
                Flags = known ? [] : [choice is null ? JudgementFlag.EmptyAnswer : JudgementFlag.UnknownValue],
                Extra = RowReader.Rest(row, "summaries", "choice", "worker"),
            });
        });
    }

    /// <summary>
    /// Reads axis evaluations: <c>{"info","summary":{"text","policy","note","axes":{"overall", ...}},"worker"}</c>; axes run from 1 to 7.
    /// </summary>
    /// <exception cref="FeedbackFormatException">A row is none of this format.</exception>
    public static FeedbackReading ReadAxes(FeedbackInput input)
    {
        var reader = new RowReader(input);
        return reader.Read(row =>
        {
            var summary = row["summary"].RequireObject();
            reader.Add(Shell(row, reader) with
            {
                Kind = JudgementKind.Rating,
                Candidates = [Summary(summary, 0)],
                Ratings = [.. summary["axes"].Properties().Where(axis => !axis.Value.IsNull).Select(axis => new Rating(axis.Value.Number(), axis.Name, "a", 1, 7))],
                Extra = RowReader.Rest(row, "summary", "worker"),
            });
        });
    }

    private static Judgement Shell(JsonValue row, RowReader reader)
    {
        var info = row["info"].RequireObject();
        return new Judgement
        {
            Prompt = info["post"]
                .TextOrNull() ?? info["article"].TextOrNull() ?? throw info.Error("There is neither 'post' nor 'article'."),
            Annotator = row["worker"].IdentifierOrNull(),
            AnnotatorKind = AnnotatorKind.Person,
            Source = reader.Source(row),
        };
    }

    private static Candidate Summary(JsonValue summary, int index) => new()
    {
        Id = Candidate.DefaultId(index),
        Text = summary.RequireObject().RequiredText("text"),
        Model = summary["policy"].TextOrNull(),
        Extra = RowReader.Rest(summary, "text", "policy", "axes"),
    };

    private static IReadOnlyList<IReadOnlyList<string>> Best(List<Candidate> candidates, int choice) =>
        candidates.Count == 2 ? [[candidates[choice].Id], [candidates[1 - choice].Id]] : [[candidates[choice].Id]];
}

/// <summary>Reads OpenAI's webgpt_comparisons: two answers with quotes and scores that sum to 0; equal scores are a tie.</summary>
public static class WebGpt
{
    /// <summary>Reads an input.</summary>
    /// <exception cref="FeedbackFormatException">A row is none of this format.</exception>
    public static FeedbackReading Read(FeedbackInput input)
    {
        var reader = new RowReader(input);
        return reader.Read(row =>
        {
            var scores = new[] { row["score_0"].Number(), row["score_1"].Number() };
            reader.Add(new Judgement
            {
                Prompt = row["question"].RequireObject().RequiredText("full_text"),
                Candidates = [Answer(row, 0), Answer(row, 1)],
                AnnotatorKind = AnnotatorKind.Person,
                Kind = JudgementKind.Pairwise,
                Ranking = RowReader.Order("0", scores[0], "1", scores[1]),
                Margin = Math.Abs(scores[0] - scores[1]),
                Ratings = [new Rating(scores[0], "score", "0", -1, 1), new Rating(scores[1], "score", "1", -1, 1)],
                Source = reader.Source(row),
                Extra = RowReader.Rest(row, "answer_0", "answer_1", "score_0", "score_1", "quotes_0", "quotes_1", "tokens_0", "tokens_1"),
            });
        });
    }

    private static Candidate Answer(JsonValue row, int number)
    {
        var extra = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in new[] { "quotes", "tokens" })
        {
            if (row[$"{name}_{number}"] is { IsNull: false } value)
                extra[name] = value.RawJson();
        }

        return new Candidate { Id = FormattableString.Invariant($"{number}"), Text = row.RequiredText($"answer_{number}"), Extra = extra };
    }
}

/// <summary>
/// Reads Stanford Human Preferences: two comments under a post, of which votes made one better; <c>labels</c> 1 means A. Nobody compared
/// the two: the judgement is an aggregate of votes, and the scores are kept as ratings.
/// </summary>
public static class StanfordHumanPreferences
{
    private static readonly string[] Sides = ["A", "B"];

    /// <summary>Reads an input.</summary>
    /// <exception cref="FeedbackFormatException">A row is none of this format.</exception>
    public static FeedbackReading Read(FeedbackInput input)
    {
        var reader = new RowReader(input);
        return reader.Read(row =>
        {
            var label = row["labels"].Integer();
            if (label is not (0 or 1))
                throw row["labels"].Error("Expected 1 (A is preferred) or 0 (B is).");
            reader.Add(new Judgement
            {
                Prompt = row.RequiredText("history"),
                Candidates = [Comment(row, "A"), Comment(row, "B")],
                AnnotatorKind = AnnotatorKind.Aggregate,
                Kind = JudgementKind.Pairwise,
                Ranking = label == 1 ? [["A"], ["B"]] : [["B"], ["A"]],
                Ratings = [.. Sides.Where(side => row.Has("score_" + side)).Select(side => new Rating(row["score_" + side].Number(), "score", side))],
                Source = reader.Source(row),
                Extra = RowReader.Rest(row, "history", "human_ref_A", "human_ref_B", "labels", "score_A", "score_B",
                    "c_root_id_A", "c_root_id_B", "created_at_utc_A", "created_at_utc_B"),
            });
        });
    }

    private static Candidate Comment(JsonValue row, string side)
    {
        var extra = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in new[] { "c_root_id", "created_at_utc" })
        {
            if (row[$"{name}_{side}"] is { IsNull: false } value)
                extra[name] = value.RawJson();
        }

        return new Candidate { Id = side, Text = row.RequiredText("human_ref_" + side), Model = "human", Extra = extra };
    }
}
