using System.Globalization;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Quality;

/// <summary>What the quality report needs, taken from judgements.</summary>
/// <param name="Judgements">One per answer that can be compared with other people's.</param>
/// <param name="Report">What has no such answer, and what was noticed.</param>
public sealed record QualityMapping(IReadOnlyList<QualityJudgement> Judgements, ConversionReport Report);

/// <summary>
/// Turns judgements into the input of the quality report. A comparison of two gives one answer; a ranking of more gives one for each pair
/// that it orders (a pick of the best of several: the best with each of the others), of which the first carries the time and the words of
/// all; ratings and categories give one for each question and candidate. Gold judgements are answers to compare with, not answers of a
/// person. An item's two candidates are told apart by their words and put in the order of their identifiers, so that the side on the screen
/// plays no part in the label.
/// </summary>
public sealed class JudgementMapping
{
    private const string Nobody = "(not known)";

    private readonly CandidatePool _pool = new();
    private readonly Dictionary<string, string> _gold = new(StringComparer.Ordinal);
    private readonly ConversionNotes _notes = new();
    private readonly SortedSet<string> _questions = new(StringComparer.Ordinal);

    private JudgementMapping()
    {
    }

    /// <summary>Maps judgements; where all of them have a time of creation, in its order.</summary>
    public static QualityMapping Of(IReadOnlyList<Judgement> judgements)
    {
        var mapping = new JudgementMapping();
        foreach (var gold in judgements.Where(judgement => judgement.Gold))
        {
            foreach (var answer in mapping.Answers(gold).Where(answer => answer.Label is not null))
                mapping._gold[answer.Item] = answer.Label!;
        }

        IEnumerable<Judgement> given = judgements.Where(judgement => !judgement.Gold);
        if (judgements.All(judgement => judgement.CreatedAt is not null))
            given = given.OrderBy(judgement => judgement.CreatedAt);
        QualityJudgement[] mapped = [.. given.SelectMany(mapping.Map)];
        mapping.NoteSeveralQuestions();
        return new(mapped, mapping._notes.ToReport(mapped.Length));
    }

    private IEnumerable<QualityJudgement> Map(Judgement judgement)
    {
        var where = judgement.Id ?? judgement.ItemKey;
        if (judgement.Annotator is null)
            _notes.Noticed("A judgement does not say who made it; all such count as one annotator.", where);
        var answers = Answers(judgement).ToList();
        if (answers.Count == 0)
            _notes.LeftOut("Texts that people wrote are not compared with each other.", where);
        NoteOthers(judgement, answers, where);

        // The time was spent on all of it, so that it counts once.
        return answers.Select((answer, index) => answer with
        {
            GoldLabel = _gold.GetValueOrDefault(answer.Item),
            Seconds = index == 0 ? judgement.Seconds : null,
            Words = index == 0
                ? WordCount.Of(judgement.Prompt.ToPlainText()) + judgement.Candidates.Sum(
                    candidate => WordCount.Of(candidate.Text.ToPlainText()))
                : null,
        });
    }

    // One kind of answer is compared: the order, else the numbers, else the categories.
    private void NoteOthers(Judgement judgement, List<QualityJudgement> answers, string where)
    {
        var compared = answers.Exists(answer => answer.Winner is not null);
        if (compared && judgement.Ratings.Count > 0)
            _notes.LeftOut("Ratings beside an order of candidates are not part of this report.", where);
        if (!judgement.Skipped && judgement.Labels.Count > 0 && (compared || judgement.Ratings.Count > 0))
            _notes.LeftOut($"Categories beside {(compared ? "an order of candidates" : "ratings")} are not part of this report.", where);
    }

    private IEnumerable<QualityJudgement> Answers(Judgement judgement)
    {
        if (judgement.Skipped)
            return [Shell(judgement, judgement.ItemKey)];
        if (judgement.IsPickOfBest || judgement.Ranking?.Sum(group => group.Count) > 1)
            return Pairs(judgement, CandidatePool.Ranked(judgement));
        if (judgement.Ratings.Count > 0)
            return judgement.Ratings.Select(rating => Shell(judgement, Asked(judgement, rating.Question, rating.Candidate, rating.Step)) with
            {
                Label = rating.Value.ToString(CultureInfo.InvariantCulture),
            });
        if (judgement.Labels.Count > 0)
            return judgement.Labels.GroupBy(label => ItemOf(judgement, label), StringComparer.Ordinal)
                .Select(group => Shell(judgement, group.Key) with
            {
                Label = string.Join(
                    " + ", group.Select(label => string.Join('/', label.Path ?? [label.Value])).Order(StringComparer.Ordinal)),
            });
        return judgement.Texts.Count > 0 ? [] : [Shell(judgement, judgement.ItemKey)];
    }

    // A third answer to "which of two is better" ("both bad") is an answer to the same question.
    private string ItemOf(Judgement judgement, Label label) => judgement.Kind == JudgementKind.Pairwise && label.Candidate is null
        ? judgement.ItemKey
        : Asked(judgement, label.Question, label.Candidate, label.Step);

    private string Asked(Judgement judgement, string? question, string? candidate, int? step)
    {
        _questions.Add(question ?? "");
        return string.Join('/', new[] { judgement.ItemKey, question, candidate, step?.ToString(CultureInfo.InvariantCulture) }.OfType<string>());
    }

    // Two questions that have other answers: what two people say agrees more than chance over both, whatever they say to each.
    private void NoteSeveralQuestions()
    {
        if (_questions.Count > 1)
        {
            _notes.Noticed(
                "Several questions are answered and stand in one table: agreement is over all of them, and one that corrects for chance is higher than that of each. "
                + "Give the judgements of one question at a time to know it.",
                string.Join(", ", _questions));
        }
    }

    private static QualityJudgement Shell(Judgement judgement, string item) =>
        new() { Prompt = judgement.PromptKey, Item = item, Annotator = judgement.Annotator ?? Nobody };

    private IEnumerable<QualityJudgement> Pairs(Judgement judgement, IReadOnlyList<IReadOnlyList<string>> ranking)
    {
        var known = _pool.Of(judgement);
        var places = ranking
            .SelectMany((group, place) => group.Select(id => (Id: id, Candidate: CandidatePool.Index(known, judgement.CandidateOf(id)), Place: place)))
            .OrderBy(one => known[one.Candidate].Id, StringComparer.Ordinal).ToList();
        for (var first = 0; first < places.Count; first++)
        {
            for (var second = first + 1; second < places.Count; second++)
            {
                if (!judgement.IsPickOfBest || places[first].Place != places[second].Place)
                    yield return Pair(judgement, known, places[first], places[second]);
            }
        }
    }

    private static QualityJudgement Pair(
        Judgement judgement, List<Candidate> known, (string Id, int Candidate, int Place) first, (string Id, int Candidate, int Place) second)
    {
        var (one, other) = (known[first.Candidate], known[second.Candidate]);
        var winner = first.Place < second.Place ? 0 : first.Place > second.Place ? 1 : 2;
        var swapped = Swapped(judgement.Shown, first.Id, second.Id);
        var item = judgement.Candidates.Count == 2 ? judgement.ItemKey : $"{judgement.ItemKey}/{one.Id}-{other.Id}";
        return Shell(judgement, item) with
        {
            Label = winner switch { 0 => "first", 1 => "second", _ => "tie" },
            Winner = winner,
            Swapped = swapped,
            ChosenPosition = swapped is null || winner == 2 ? null : (winner == 1) == swapped.Value ? 0 : 1,
            FirstCandidate = one.Model,
            SecondCandidate = other.Model,
        };
    }

    private static bool? Swapped(IReadOnlyList<string>? shown, string first, string second)
    {
        var order = shown?.ToList() ?? [];
        var (one, other) = (order.IndexOf(first), order.IndexOf(second));
        return one < 0 || other < 0 ? null : other < one;
    }
}
