using System.Globalization;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>
/// What a task shows: its prompt, its candidates with the order on the screen, and how names in results map to candidates.
/// </summary>
internal sealed record LabelStudioItem
{
    private static readonly string[] OwnKeys = ["item", "left", "right", "shown", "items", "seed", "round", "instructions"];

    public required Passage Prompt { get; init; }

    public required IReadOnlyList<Candidate> Candidates { get; init; }

    /// <summary>
    /// Candidate identifier by object name (pairwise, choices, ratings) or by list item id (ranker); null where two share a name.
    /// </summary>
    public required IReadOnlyDictionary<string, string?> Names { get; init; }

    /// <summary>The other way round: the name of each candidate that has one of its own.</summary>
    public Dictionary<string, string> Places() => Names.Where(name => name.Value is not null)
        .DistinctBy(name => name.Value).ToDictionary(name => name.Value!, name => name.Key, StringComparer.Ordinal);

    public required IReadOnlyList<string> Shown { get; init; }

    public required IReadOnlyList<JudgementFlag> Flags { get; init; }

    public string? Item { get; init; }

    public string? InstructionVersion { get; init; }

    public required IReadOnlyDictionary<string, string> Extra { get; init; }

    /// <summary>
    /// Reads a task's <c>data</c> and <c>meta</c>; null, with a note, when the data lack something that the config shows.
    /// </summary>
    public static LabelStudioItem? Read(JsonValue data, JsonValue meta, QuestionRoles roles, ConversionNotes notes)
    {
        data.RequireObject();
        foreach (var shown in roles.Candidates.Concat([roles.List, roles.Prompt]).OfType<LabelingObject>())
        {
            if (shown.Variable is null || !data.Has(shown.Variable))
            {
                notes.LeftOut(
                    $"The task's data hold no '{shown.Variable}', which the labelling config shows as '{shown.Name}'.", Where(data));
                return null;
            }
        }

        var flags = new List<JudgementFlag>();
        var prompt = roles.Prompt is { } asked ? Words(data[asked.Variable!], flags) : Passage.FromText("");
        var names = new Dictionary<string, string?>(StringComparer.Ordinal);
        var own = meta.IsObject ? meta["pt"] : default;
        var candidates = roles.List is { } list ? Listed(data[list.Variable!], own, names, flags) : Objects(data, own, roles, names, flags);
        var item = own.IsObject ? own["item"].IdentifierOrNull() : null;
        var known = item is null ? null : roles.Options.Items?.GetValueOrDefault(item);
        return new LabelStudioItem
        {
            Prompt = known is null ? prompt : Joined(prompt, known.Prompt),
            Candidates = known is null ? candidates : Joined(candidates, known),
            Names = names,
            Shown = roles.List is null ? [.. candidates.Select(candidate => candidate.Id)] : ScreenOrder(names, candidates),
            Flags = flags.Count == 0 ? [] : flags,
            Item = item,
            InstructionVersion = own.IsObject ? own["instructions"].IdentifierOrNull() : null,
            Extra = Rest(data, meta, roles),
        };
    }

    private static string Where(JsonValue data) => string.Create(CultureInfo.InvariantCulture, $"record {data.Place.Line}");

    private static List<Candidate> Objects(
        JsonValue data, JsonValue own, QuestionRoles roles, Dictionary<string, string?> names, List<JudgementFlag> flags)
    {
        var candidates = new List<Candidate>();
        foreach (var shown in roles.Candidates)
        {
            var id = OwnId(own, shown.Name, candidates.Count, roles) ?? shown.Name;
            id = candidates.Any(candidate => candidate.Id == id) ? shown.Name : id;
            candidates.Add(new Candidate { Id = id, Text = Words(data[shown.Variable!], flags) });
            names[shown.Name] = id;
        }

        return candidates;
    }

    // Tasks written by this library say which candidate stands where: {"pt":{"left":"cand-b","right":"cand-a"}} or {"pt":{"shown":[...]}}.
    private static string? OwnId(JsonValue own, string name, int position, QuestionRoles roles)
    {
        if (!own.IsObject)
            return null;
        if (own["shown"].IsArray)
            return own["shown"].Items().Skip(position).Select(id => id.Identifier()).FirstOrDefault();
        if (roles.Candidates.Count != 2)
            return null;
        return own[position == 0 ? "left" : "right"].IdentifierOrNull();
    }

    private static List<Candidate> Listed(JsonValue items, JsonValue own, Dictionary<string, string?> names, List<JudgementFlag> flags)
    {
        var candidates = new List<Candidate>();
        foreach (var entry in items.Items())
        {
            // The browser shows an item without id as "undefined", and of items with equal ids only one.
            var shownId = entry.IsObject
                ? entry["id"].IdentifierOrNull() ?? "undefined"
                : throw entry.Expected("an object with id, title and body");
            var id = own.IsObject && own["items"].IsObject ? own["items"][shownId].IdentifierOrNull() ?? shownId : shownId;
            if (!names.TryAdd(shownId, id))
            {
                names[shownId] = null;
                flags.Add(JudgementFlag.AmbiguousCandidates);
            }

            for (var copy = 2; candidates.Any(candidate => candidate.Id == id); copy++)
                id = string.Create(CultureInfo.InvariantCulture, $"{shownId}#{copy}");
            candidates.Add(new Candidate { Id = id, Text = Body(entry, flags), Extra = Titles(entry) });
        }

        return candidates;
    }

    private static Passage Body(JsonValue entry, List<JudgementFlag> flags)
    {
        var body = entry["body"].IsNull ? entry["html"] : entry["body"];
        return body.IsNull ? entry["title"].TextOrNull() ?? "" : Words(body, flags);
    }

    private static Dictionary<string, string> Titles(JsonValue entry) =>
        entry.Properties().Where(property => property.Name is not ("id" or "body"))
            .ToDictionary(property => property.Name, property => property.Value.RawJson());

    /// <summary>
    /// The order on the screen follows the browser's objects: ids that are whole numbers first, by size, then the others as given.
    /// </summary>
    private static IReadOnlyList<string> ScreenOrder(Dictionary<string, string?> names, List<Candidate> candidates)
    {
        if (names.Values.Any(id => id is null))
            return [];
        var ids = names.Keys.ToList();
        return candidates.Count == 0
            ? []
            : [.. ids.OrderBy(id => ArrayIndex(id) is null).ThenBy(id => ArrayIndex(id) ?? 0).Select(id => names[id]!)];
    }

    private static uint? ArrayIndex(string id) =>
        uint.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < uint.MaxValue
        && index.ToString(CultureInfo.InvariantCulture) == id ? index : null;

    private static Passage Words(JsonValue value, List<JudgementFlag> flags)
    {
        if (value.IsText)
            return value.Text();
        if (value.IsArray && value.Items().All(item => item.IsObject && item["role"].IsText && (item["content"].IsText || item["content"].IsNull)))
            return Passage.FromMessages(JudgementJsonReader.ReadMessages(value));
        if (!flags.Contains(JudgementFlag.NotText))
            flags.Add(JudgementFlag.NotText);
        return value.RawJson();
    }

    private static List<Candidate> Joined(List<Candidate> candidates, JudgingItem known) =>
        [.. candidates.Select(candidate => known.Candidates.FirstOrDefault(other => other.Id == candidate.Id) is { } full
            ? candidate with
            {
                Text = Joined(candidate.Text, full.Text), Model = full.Model, Sampling = full.Sampling,
                Extra = full.Extra.Count > 0 ? full.Extra : candidate.Extra,
            }
            : candidate)];

    // What was shown as one text is the conversation or the steps again that it was made of.
    private static Passage Joined(Passage shown, Passage known) => shown.ToPlainText() == known.ToPlainText() ? known : shown;

    private static Dictionary<string, string> Rest(JsonValue data, JsonValue meta, QuestionRoles roles)
    {
        var used = roles.Candidates.Concat([roles.List, roles.Prompt])
            .OfType<LabelingObject>().Select(shown => shown.Variable).ToHashSet(StringComparer.Ordinal);
        var extra = data.Properties().Where(property => !used.Contains(property.Name))
            .ToDictionary(property => "data." + property.Name, property => property.Value.RawJson(), StringComparer.Ordinal);
        KeepMeta(meta, extra);
        return extra;
    }

    // What this library wrote into meta.pt is in the judgement already, but for the seed and the round.
    private static void KeepMeta(JsonValue meta, Dictionary<string, string> extra)
    {
        if (!meta.IsObject)
            return;
        var own = meta["pt"];
        if (!own.IsObject || meta.Properties().Any(property => property.Name != "pt") || own.Properties().Any(property => Array.IndexOf(OwnKeys, property.Name) < 0))
        {
            if (meta.Properties().Any())
                extra["meta"] = meta.RawJson();
            return;
        }

        foreach (var name in new[] { "seed", "round" })
        {
            if (own.Has(name))
                extra[name] = own[name].RawJson();
        }
    }
}
