namespace PreferenceTuning.Feedback.Judgements;

/// <summary>What must hold inside one judgement, whoever made it.</summary>
internal static class JudgementCheck
{
    /// <summary>The first thing that is wrong, as a sentence, or null.</summary>
    public static string? Problem(Judgement judgement)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var candidate in judgement.Candidates)
        {
            if (!known.Add(candidate.Id))
                return $"Two candidates have the id '{candidate.Id}'; ids must differ.";
        }

        return RankingProblem(judgement, known) ?? ShownProblem(judgement, known) ?? AnswerProblem(judgement, known)
            ?? NumberProblem(judgement);
    }

    private static string? RankingProblem(Judgement judgement, HashSet<string> known)
    {
        if (judgement.Ranking is not { } ranking)
            return null;
        if (ranking.Count == 0 || ranking.Any(group => group.Count == 0))
            return "The ranking, or a place in it, is empty; leave it out where there is no preference.";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in ranking.SelectMany(group => group))
        {
            if (!known.Contains(id))
                return Unknown("ranking", id, known);
            if (!seen.Add(id))
                return $"The ranking names candidate '{id}' twice.";
        }

        return judgement.Skipped ? "A skipped judgement cannot hold a preference." : null;
    }

    private static string? ShownProblem(Judgement judgement, HashSet<string> known)
    {
        if (judgement.Shown is not { } shown)
            return null;
        if (shown.FirstOrDefault(id => !known.Contains(id)) is { } id)
            return Unknown("shown", id, known);
        return shown.Distinct(StringComparer.Ordinal).Count() == shown.Count ? null : "'shown' names a candidate twice.";
    }

    private static string? AnswerProblem(Judgement judgement, HashSet<string> known)
    {
        var named = judgement.Ratings.Select(rating => rating.Candidate)
            .Concat(judgement.Labels.Select(label => label.Candidate))
            .Concat(judgement.Texts.Select(text => text.Candidate));
        return named.FirstOrDefault(id => id is not null && !known.Contains(id)) is { } unknown
            ? Unknown("ratings, labels or texts", unknown, known)
            : null;
    }

    private static string? NumberProblem(Judgement judgement)
    {
        if (judgement.Seconds is { } seconds && !(double.IsFinite(seconds) && seconds >= 0))
            return "'seconds' must be a finite number, 0 or more.";
        var numbers = judgement.Ratings.SelectMany(rating => new[] { rating.Value, rating.Min ?? 0, rating.Max ?? 0 })
            .Append(judgement.Margin ?? 0).Append(judgement.Confidence ?? 0);
        return numbers.All(double.IsFinite) ? null : "A rating, margin or confidence is not a finite number.";
    }

    private static string Unknown(string where, string id, HashSet<string> known) =>
        $"'{where}' names candidate '{id}', but the candidates are: {(known.Count == 0 ? "none" : string.Join(", ", known))}.";
}
