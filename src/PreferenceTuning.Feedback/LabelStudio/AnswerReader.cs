using System.Globalization;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>Gathers the answers of one annotation or prediction, control by control.</summary>
internal sealed class AnswerReader(QuestionRoles roles, LabelStudioItem item, ConversionNotes notes)
{
    private readonly List<Rating> _ratings = [];
    private readonly List<Label> _labels = [];
    private readonly List<TextAnswer> _texts = [];
    private readonly List<JudgementFlag> _flags = [];
    private readonly List<string> _unread = [];
    private IReadOnlyList<IReadOnlyList<string>>? _ranking;
    private bool _answered;

    /// <summary>Reads a <c>result</c> list.</summary>
    public AnswerReader AddResults(JsonValue results)
    {
        foreach (var result in results.Items())
        {
            if (!result.IsObject)
                throw result.Expected("an object");
            _answered = true;
            var name = result["from_name"].TextOrNull();
            var control = name is null ? null : roles.Config.ControlNamed(name);
            if (control is null || !result["value"].IsObject)
                Keep(result, name is null ? "A result without control (a relation or message)" : $"A result of control '{name}', which the labelling config does not hold or which has no value,");
            else
                Add(control, result["value"], result);
        }

        return this;
    }

    /// <summary>Reads one control's value: the object of a result, a list of them, or the bare text that JSON_MIN makes of one.</summary>
    public void Add(LabelingControl control, JsonValue value, JsonValue whole)
    {
        if (value.IsNull)
            return;
        if (value.IsArray)
        {
            foreach (var part in value.Items())
                Add(control, part, part);
            return;
        }

        _answered = true;
        switch (control.Tag)
        {
            case "Pairwise":
                AddSide(value["selected"], control, whole);
                break;
            case "Ranker":
                AddRanker(control, value["ranker"], whole);
                break;
            case "Choices":
                foreach (var choice in value.IsText ? [value] : value["choices"].Items())
                    AddChoice(control, choice.Text());
                break;
            case "Rating" or "Number":
                AddNumber(control, value[control.Tag == "Rating" ? "rating" : "number"], whole);
                break;
            case "TextArea":
                foreach (var text in value.IsText || value["text"].IsText ? [value.IsText ? value : value["text"]] : value["text"].Items())
                    _texts.Add(new TextAnswer(text.Text(), control.Name, About(control)));
                break;
            case "Taxonomy":
                foreach (var path in value["taxonomy"].Items())
                    AddPath(control, path);
                break;
            default:
                Keep(whole, $"A result of control '{control.Name}' (<{control.Tag}>)");
                break;
        }
    }

    /// <summary>The judgement with these answers.</summary>
    public Judgement Apply(Judgement judgement)
    {
        if (!judgement.Skipped && !_answered)
            _flags.Add(JudgementFlag.EmptyAnswer);
        // A quarter of a million judgements is a usual size: no list or copy for nothing.
        return judgement with
        {
            Ranking = judgement.Skipped ? null : _ranking,
            Ratings = _ratings.Count == 0 ? [] : _ratings,
            Labels = _labels.Count == 0 ? [] : _labels,
            Texts = _texts.Count == 0 ? [] : _texts,
            Flags = _flags.Count == 0 ? judgement.Flags : [.. judgement.Flags.Concat(_flags).Distinct()],
            Extra = Beside(judgement),
        };
    }

    private IReadOnlyDictionary<string, string> Beside(Judgement judgement)
    {
        var declined = judgement.Skipped ? _ranking : null;
        if (_unread.Count == 0 && declined is null)
            return judgement.Extra;
        var extra = new Dictionary<string, string>(judgement.Extra, StringComparer.Ordinal);
        if (_unread.Count > 0)
            extra["results"] = $"[{string.Join(',', _unread)}]";
        // What was clicked before the task was skipped is no preference, but it is not lost.
        if (declined is not null)
            extra["skipped_ranking"] = System.Text.Json.JsonSerializer.Serialize(declined);
        return extra;
    }

    private void AddSide(JsonValue selected, LabelingControl control, JsonValue whole)
    {
        var target = selected.IsText ? selected.Text() switch { "left" => 0, "right" => 1, _ => -1 } : -1;
        if (target < 0)
        {
            Unknown(control, "is neither 'left' nor 'right', so no side is preferred", whole);
            return;
        }

        SetRanking(control, [[item.Names[control.Targets[target]]!], [item.Names[control.Targets[1 - target]]!]], whole);
    }

    private void AddChoice(LabelingControl control, string stored)
    {
        if (control == roles.Comparison && roles.ObjectOf(control, stored) is { } better && item.Names[better.Name] is { } best)
        {
            var others = item.Candidates.Select(candidate => candidate.Id).Where(id => id != best).ToList();
            SetRanking(control, others.Count == 1 ? [[best], others] : [[best]], default);
        }
        else if (control == roles.Comparison && roles.MeansTie(control, stored))
        {
            SetRanking(control, [[.. item.Candidates.Select(candidate => candidate.Id)]], default);
        }
        else
        {
            if (control.Choices.Count > 0 && !control.Choices.Any(choice => choice.Means(stored)))
                Unknown(control, "is none of its choices; kept as a label", default);
            _labels.Add(new Label(stored, control.Name, About(control)));
        }
    }

    private void AddNumber(LabelingControl control, JsonValue number, JsonValue whole)
    {
        if (number.Kind != System.Text.Json.JsonValueKind.Number)
        {
            Unknown(control, "is not a number", whole);
            return;
        }

        var value = number.Number();
        if (control.Tag == "Rating" && (value < 1 || value > control.MaxRating))
            Unknown(control, "lies outside 1 to the most stars; kept", default);
        _ratings.Add(new Rating(value, control.Name, About(control), control.Tag == "Rating" ? 1 : null, control.MaxRating));
    }

    private void AddPath(LabelingControl control, JsonValue path)
    {
        List<string> parts = [.. path.Items().Select(part => part.Text())];
        if (parts.Count > 0)
            _labels.Add(new Label(parts[^1], control.Name, About(control), Path: parts));
    }

    private void AddRanker(LabelingControl control, JsonValue value, JsonValue whole)
    {
        // Before May 2023 the value was the bare list.
        var ranked = value.IsArray ? value : value.IsObject && control.Choices.Count == 0 ? value[control.Name] : default;
        if (ranked.IsArray)
            AddOrder(control, [.. ranked.Items().Select(id => id.Identifier())], whole);
        else if (value.IsObject && control.Choices.Count > 0)
            AddBuckets(control, value, whole);
        else
            Unknown(control, "holds no ranking under the control's name", whole);
    }

    private void AddOrder(LabelingControl control, List<string> ids, JsonValue whole)
    {
        var candidates = ids.Select(id => item.Names.TryGetValue(id, out var candidate) ? candidate : null).ToList();
        if (candidates.Count == 0 || candidates.Contains(null) || candidates.Distinct().Count() < candidates.Count)
        {
            Unknown(control, "ranks ids that are missing, unknown, ambiguous or repeated", whole);
            return;
        }

        if (candidates.Count < item.Candidates.Count)
            _flags.Add(JudgementFlag.PartialRanking);
        else if (candidates.SequenceEqual(item.Shown))
            _flags.Add(JudgementFlag.UntouchedOrder);
        SetRanking(control, [.. candidates.Select(id => (IReadOnlyList<string>)[id!])], whole);
    }

    private void AddBuckets(LabelingControl control, JsonValue buckets, JsonValue whole)
    {
        var start = control.Choices.FirstOrDefault(bucket => bucket.IsDefault)?.Value ?? "_";
        var moved = false;
        var before = _labels.Count;
        foreach (var (bucket, ids) in buckets.Properties())
        {
            foreach (var id in ids.Items().Select(id => id.Identifier()))
            {
                if (!item.Names.TryGetValue(id, out var candidate) || candidate is null || (bucket != "_" && control.Choices.All(choice => choice.Value != bucket)))
                {
                    _labels.RemoveRange(before, _labels.Count - before);
                    Unknown(control, "names an item or bucket that the task or config does not hold", whole);
                    return;
                }

                moved |= bucket != start;
                if (bucket != "_")
                    _labels.Add(new Label(bucket, control.Name, candidate));
            }
        }

        if (!moved)
            _flags.Add(JudgementFlag.UntouchedOrder);
    }

    private void SetRanking(LabelingControl control, IReadOnlyList<IReadOnlyList<string>> ranking, JsonValue whole)
    {
        if (_ranking is null)
            _ranking = ranking;
        else
            Unknown(control, "is a second preference in one annotation; the first is kept", whole);
    }

    private string? About(LabelingControl control) =>
        control.Targets.Count == 1 && item.Names.TryGetValue(control.Targets[0], out var candidate) ? candidate : null;

    private void Unknown(LabelingControl control, string what, JsonValue whole)
    {
        if (!_flags.Contains(JudgementFlag.UnknownValue))
            _flags.Add(JudgementFlag.UnknownValue);
        notes.Noticed($"A value of control '{control.Name}' {what}.", Where(whole));
        if (!whole.IsNull)
            _unread.Add(whole.RawJson());
    }

    private void Keep(JsonValue result, string what)
    {
        notes.Noticed($"{what} is kept as it is in \"results\".", Where(result));
        _unread.Add(result.RawJson());
    }

    private static string Where(JsonValue value) =>
        value.Place is null ? "" : string.Create(CultureInfo.InvariantCulture, $"record {value.Place.Line} {value.Path}");
}
