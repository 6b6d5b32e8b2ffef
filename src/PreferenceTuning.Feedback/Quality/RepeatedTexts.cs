using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Quality;

/// <summary>
/// Finds what is there more than once among the prompts and candidates of judgements, in time that grows with their number.
/// </summary>
internal sealed class RepeatedTexts
{
    private const int ExcerptLetters = 120;

    private readonly DuplicateOptions _options;
    private readonly List<Judgement> _items;
    private readonly DistinctTexts _candidates = new();

    private RepeatedTexts(IReadOnlyList<Judgement> judgements, DuplicateOptions options)
    {
        _options = options;
        _items = [.. judgements.DistinctBy(judgement => judgement.ItemKey, StringComparer.Ordinal)];
    }

    /// <summary>All of them, by kind and then in the order of appearance.</summary>
    public static IReadOnlyList<RepeatedText> Find(IReadOnlyList<Judgement> judgements, DuplicateOptions options)
    {
        var texts = new RepeatedTexts(judgements, options);
        return [.. texts.Prompts(), .. texts.Items(), .. texts.Candidates()];
    }

    public static string Excerpt(string text, int letters = ExcerptLetters)
    {
        var folded = Shingles.Fold(text.Length > 8 * letters ? text[..(8 * letters)] : text);
        if (folded.Length <= letters)
            return folded;
        // Not between the halves of one character.
        return folded[..(char.IsHighSurrogate(folded[letters - 1]) ? letters - 1 : letters)] + "…";
    }

    private IEnumerable<RepeatedText> Prompts()
    {
        var prompts = _items.DistinctBy(item => item.PromptKey, StringComparer.Ordinal).ToList();
        var texts = prompts.ConvertAll(item => item.Prompt.ToPlainText());
        return Duplicates.NearGroups(texts, _options).Select(group => new RepeatedText(
            RepeatedTextKind.Prompts, [.. group.Members.Select(member => prompts[member].ItemKey)], group.Similarity,
            [.. group.Members.Take(2).Select(member => Excerpt(texts[member]))]));
    }

    private IEnumerable<RepeatedText> Items() => _items.Where(item => item.Item is not null && item.Candidates.Count > 0)
        .GroupBy(ContentKeys.OfItem, StringComparer.Ordinal).Where(group => group.Skip(1).Any())
        .Select(group => new RepeatedText(
            RepeatedTextKind.Items, [.. group.Select(item => item.ItemKey)], 1, [Excerpt(group.First().Prompt.ToPlainText())]));

    private List<RepeatedText> Candidates()
    {
        var places = _items.ConvertAll(
            item => item.Candidates.Select(candidate => _candidates.Index(candidate.Text.ToPlainText())).ToArray());
        var groups = Duplicates.NearGroups(_candidates.Texts, _options);
        var groupOf = Enumerable.Repeat(-1, _candidates.Texts.Count).ToArray();
        foreach (var (group, number) in groups.Select((group, number) => (group, number)))
        {
            foreach (var member in group.Members)
                groupOf[member] = number;
        }

        return [.. WithinItems(places, groupOf), .. AcrossPrompts(places, groups, groupOf)];
    }

    private IEnumerable<RepeatedText> WithinItems(List<int[]> places, int[] groupOf)
    {
        foreach (var (item, texts) in _items.Zip(places))
        {
            var pairs = texts.SelectMany((first, at) => texts.Skip(at + 1).Select(second => (first, second)));
            var alike = pairs.Where(
                pair => pair.first == pair.second || (groupOf[pair.first] >= 0 && groupOf[pair.first] == groupOf[pair.second]))
                .Select(pair => (pair.first, pair.second, Similarity: Similarity(pair.first, pair.second)))
                .Where(pair => pair.Similarity >= _options.Threshold).ToList();
            if (alike.Count > 0)
            {
                var (first, second, similarity) = alike.MaxBy(pair => pair.Similarity);
                yield return new(RepeatedTextKind.WithinItem, [item.ItemKey], similarity, Excerpts([first, second]));
            }
        }
    }

    private double Similarity(int first, int second) => first == second ? 1 : Shingles.Jaccard(
        Shingles.Of(_candidates.Texts[first], _options.ShingleWords), Shingles.Of(_candidates.Texts[second], _options.ShingleWords))
            .Required;

    // A text that is like no other is a group by itself where it answers several prompts.
    private IEnumerable<RepeatedText> AcrossPrompts(List<int[]> places, IReadOnlyList<NearDuplicateGroup> groups, int[] groupOf) =>
        _items.Zip(places)
        .SelectMany(
            one => one.Second.Distinct().Select(text => (Item: one.First, Text: text, Group: groupOf[text] >= 0 ? groupOf[text] : ~text)))
        .GroupBy(place => place.Group)
        .Where(group => group.Skip(1).Any() && group.DistinctBy(place => place.Item.PromptKey, StringComparer.Ordinal).Skip(1).Any())
        .Select(group => new RepeatedText(
            RepeatedTextKind.AcrossPrompts, [.. group.Select(place => place.Item.ItemKey).Distinct(StringComparer.Ordinal)],
            group.Key < 0 ? 1 : groups[group.Key].Similarity, Excerpts([.. group.Select(place => place.Text).Distinct().Take(2)])));

    private string[] Excerpts(int[] texts) => [.. texts.Distinct().Select(text => Excerpt(_candidates.Texts[text]))];

    /// <summary>Texts that differ in more than composed characters and white space, numbered; empty ones are one text.</summary>
    private sealed class DistinctTexts
    {
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

        public List<string> Texts { get; } = [];

        public int Index(string text)
        {
            var key = ContentKeys.OfText(text);
            if (!_numbers.TryGetValue(key, out var number))
            {
                _numbers[key] = number = Texts.Count;
                Texts.Add(text);
            }

            return number;
        }
    }
}
