using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>A TRL preference row, with the columns that binarised sets add.</summary>
internal static class TrlPreferenceRow
{
    private static readonly string[] Sides = ["chosen", "rejected"];

    public static Judgement Read(JsonValue row, RowReader reader)
    {
        var (prompt, chosen, rejected, usedPrompt) = Parts(row);
        if (row[Judgement.ChosenProbabilityColumn] is { IsNull: false } probability && probability.NumberOrNull() is not (>= 0 and <= 1))
            throw probability.Error("is not a probability from 0 to 1.");
        var used = new List<string> { "chosen", "rejected", "margin" };
        if (usedPrompt)
            used.Add("prompt");
        var ratings = new List<Rating>();
        var candidates = new List<Candidate>();
        foreach (var (side, text) in Sides.Zip([chosen, rejected]))
        {
            candidates.Add(new Candidate { Id = side, Text = text, Model = Column(row, side, "model", used) is { IsText: true } model ? model.Text() : null });
            var score = Column(row, side, "score", used);
            score = score.IsNull ? Column(row, side, "rating", used) : score;
            if (score.NumberOrNull() is { } value)
                ratings.Add(new Rating(value, "score", side));
        }

        return new Judgement
        {
            Prompt = prompt,
            Candidates = candidates,
            Kind = JudgementKind.Pairwise,
            Ranking = [["chosen"], ["rejected"]],
            Margin = row["margin"].NumberOrNull(),
            Ratings = ratings,
            Source = reader.Source(row),
            Extra = RowReader.Rest(row, [.. used]),
        };
    }

    // score_chosen (TRL's sets) or chosen-score, chosen_rating (distilabel and others).
    private static JsonValue Column(JsonValue row, string side, string what, List<string> used)
    {
        foreach (var name in new[] { $"{what}_{side}", $"{side}_{what}", $"{side}-{what}" })
        {
            if (row.Has(name))
            {
                used.Add(name);
                return row[name];
            }
        }

        return default;
    }

    private static (Passage Prompt, Passage Chosen, Passage Rejected, bool UsedPrompt) Parts(JsonValue row)
    {
        var chosen = JudgementJsonReader.ReadPassage(row["chosen"]);
        var rejected = JudgementJsonReader.ReadPassage(row["rejected"]);
        if (row.Has("prompt") && !(row["prompt"].IsText && chosen.Messages is not null))
            return (JudgementJsonReader.ReadPassage(row["prompt"]), chosen, rejected, true);
        if (chosen.Messages is { } better && rejected.Messages is { } worse)
        {
            // The prompt stands inside both conversations; a text beside them only repeats it and is kept beside. Where they share
            // nothing, the text is all there is.
            var shared = Math.Min(
                better.Zip(worse).TakeWhile(pair => pair.First == pair.Second).Count(), Math.Min(better.Count, worse.Count) - 1);
            shared = Math.Max(shared, 0);
            if (shared == 0 && row.Has("prompt"))
                return (row["prompt"].Text(), chosen, rejected, true);
            return (Messages(better.Take(shared)), Messages(better.Skip(shared)), Messages(worse.Skip(shared)), false);
        }

        if (chosen.Text is not { } left || rejected.Text is not { } right)
            throw row.Error("'chosen' and 'rejected' must both be texts or both lists of messages.");
        // As TRL's extract_prompt: the common beginning, without the blank before the answers.
        var cut = left.AsSpan().CommonPrefixLength(right);
        if (cut > 0 && char.IsLowSurrogate(cut < left.Length ? left[cut] : 'x') && char.IsHighSurrogate(left[cut - 1]))
            cut--;
        if (cut > 0 && left[cut - 1] == ' ')
            cut--;
        return (left[..cut], left[cut..], right[cut..], false);
    }

    private static Passage Messages(IEnumerable<ChatMessage> messages) => Passage.FromMessages([.. messages]);
}
