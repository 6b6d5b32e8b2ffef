using System.Globalization;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>Turns one user's answers to the questions of one record into a judgement.</summary>
internal static class ArgillaAnswers
{
    public static Judgement Judgement(
        IReadOnlyList<ArgillaAnswer> answers, Judgement shell, IReadOnlyList<string> fields, ArgillaReadOptions options)
    {
        var ratings = new List<Rating>();
        var labels = new List<Label>();
        var texts = new List<TextAnswer>();
        var extra = new Dictionary<string, string>(shell.Extra, StringComparer.Ordinal);
        IReadOnlyList<IReadOnlyList<string>>? ranking = null;
        foreach (var answer in answers.Where(answer => !answer.Value.IsNull))
        {
            var preference = options.PreferenceQuestion is null || options.PreferenceQuestion == answer.Question
                ? Preference(answer.Value, fields, options)
                : null;
            if (preference is not null && ranking is null)
            {
                ranking = preference;
                extra["question"] = JsonSerializer.Serialize(answer.Question);
            }
            else if (answer.Value.Kind == JsonValueKind.Number)
            {
                ratings.Add(new Rating(answer.Value.Number(), answer.Question));
            }
            else if (answer.Value.IsText)
            {
                AddText(answer, preference is not null, labels, texts, options);
            }
            else if (preference is null && answer.Value.IsArray && answer.Value.Items().All(item => item.IsText))
            {
                labels.AddRange(answer.Value.Items().Select(item => new Label(item.Text(), answer.Question)));
            }
            else
            {
                extra[answer.Question] = answer.Value.RawJson();
            }
        }

        List<ArgillaAnswer> scored = [.. answers.Where(answer => !answer.Score.IsNull)];
        var confidence = scored is [{ Score.Kind: JsonValueKind.Number } only] ? only.Score.Number() : (double?)null;
        if (confidence is null)
        {
            // One score for each label, or one for each question: no single number.
            foreach (var answer in scored)
                extra[answer.Question + ".score"] = answer.Score.RawJson();
        }

        // A discarded record was declined, whatever was filled in before.
        var discarded = answers.Any(answer => answer.Status == "discarded");
        if (discarded && ranking is not null)
            extra["discarded"] = RawRanking(ranking);
        var flags = shell.Flags.ToList();
        if (answers.Any(answer => answer.Status == "draft"))
            flags.Add(JudgementFlag.NotSubmitted);
        if (ranking is not null && !discarded && ranking.Sum(group => group.Count) < shell.Candidates.Count)
            flags.Add(JudgementFlag.PartialRanking);
        return shell with
        {
            Kind = KindOf(ranking, shell.Candidates.Count, ratings, labels),
            Ranking = discarded ? null : ranking,
            Confidence = confidence,
            Ratings = ratings,
            Labels = labels,
            Texts = texts,
            Skipped = discarded,
            Flags = flags,
            Extra = extra,
        };
    }

    private static void AddText(
        ArgillaAnswer answer, bool namesCandidate, List<Label> labels, List<TextAnswer> texts, ArgillaReadOptions options)
    {
        if (namesCandidate || options.LabelQuestions.Contains(answer.Question))
            labels.Add(new Label(answer.Value.Text(), answer.Question));
        else
            texts.Add(new TextAnswer(answer.Value.Text(), answer.Question));
    }

    /// <summary>
    /// The ranking that an answer means, or null: a candidate's number or field, a tie, a list of them, or places with ranks.
    /// </summary>
    private static IReadOnlyList<IReadOnlyList<string>>? Preference(
        JsonValue value, IReadOnlyList<string> fields, ArgillaReadOptions options)
    {
        if (fields.Count < 2)
            return null;
        string[] all = [.. Enumerable.Range(1, fields.Count).Select(Number)];
        if (value.IsText)
        {
            if (options.TieValues.Contains(value.Text(), StringComparer.OrdinalIgnoreCase))
                return [all];
            return Candidate(value.Text(), fields) is { } best ? fields.Count == 2 ? [[best], [best == "1" ? "2" : "1"]] : [[best]] : null;
        }

        List<(string? Id, double Rank)> places;
        if (value.IsArray)
            places = [.. value.Items().Select((item, index) => Place(item, index, fields))];
        else if (value["rank"].IsArray && value["value"].IsArray)
            places = Places(value["value"], value["rank"], fields);
        else
            return null;
        return places.Count == 0 || places.Any(place => place.Id is null)
            || places.Select(place => place.Id).Distinct().Count() < places.Count
            ? null
            : [.. places.GroupBy(place => place.Rank).OrderBy(group => group.Key).Select(group => (IReadOnlyList<string>)[.. group.Select(place => place.Id!)])];
    }

    // The Hub's library keeps a list of objects as an object of lists.
    private static List<(string? Id, double Rank)> Places(JsonValue names, JsonValue ranks, IReadOnlyList<string> fields) =>
        names.Items().Count() != ranks.Items().Count()
            ? throw names.Error("The lists of values and ranks differ in length.")
            : [.. names.Items().Zip(ranks.Items(), (name, rank) => (name.IsText ? Candidate(name.Text(), fields) : null, rank.Number()))];

    private static (string? Id, double Rank) Place(JsonValue item, int index, IReadOnlyList<string> fields)
    {
        if (item.IsText)
            return (Candidate(item.Text(), fields), index);
        return item.IsObject && item["value"].IsText && item["rank"].Kind == JsonValueKind.Number
            ? (Candidate(item["value"].Text(), fields), item["rank"].Number())
            : (null, 0);
    }

    private static string? Candidate(string name, IReadOnlyList<string> fields)
    {
        for (var index = 0; index < fields.Count; index++)
        {
            if (name == fields[index] || name == Number(index + 1))
                return Number(index + 1);
        }

        return null;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string RawRanking(IReadOnlyList<IReadOnlyList<string>> ranking) => JsonSerializer.Serialize(ranking);

    private static JudgementKind KindOf(
        IReadOnlyList<IReadOnlyList<string>>? ranking, int candidates, List<Rating> ratings, List<Label> labels) =>
        ranking is not null ? candidates == 2 ? JudgementKind.Pairwise : JudgementKind.Ranking
        : ratings.Count > 0 ? JudgementKind.Rating
        : labels.Count > 0 ? JudgementKind.Label
        : candidates > 0 ? JudgementKind.TextEdit
        : JudgementKind.Demonstration;
}
