using System.Globalization;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>How tasks are made of items.</summary>
public sealed record LabelStudioTaskOptions
{
    /// <summary>Decides, with an item's id, the order in which its candidates are shown. Written into each task's <c>meta</c>.</summary>
    public long Seed { get; init; }

    /// <summary>The round of labelling, for <c>meta</c>, or null.</summary>
    public int? Round { get; init; }

    /// <summary>The version of the instructions that annotators get, for <c>meta</c>, or null.</summary>
    public string? InstructionVersion { get; init; }

    /// <summary>
    /// Judgements to import as annotations, matched by <see cref="Judgement.Item"/>; candidates then stand in the order of the first
    /// judgement's <see cref="Judgement.Shown"/>, where it has one.
    /// </summary>
    public IReadOnlyList<Judgement> Annotations { get; init; } = [];

    /// <summary>
    /// Judgements of models to import as predictions, matched by <see cref="Judgement.Item"/>. They anchor people who see them.
    /// </summary>
    public IReadOnlyList<Judgement> Predictions { get; init; } = [];
}

/// <summary>
/// Writes items as tasks that Label Studio imports. The candidates' order is drawn per item; which candidate stands where, the item's id
/// and the seed go into <c>meta.pt</c>, which survives the export and which annotators do not see. Names of models are never written:
/// <see cref="LabelStudioReadOptions.Items"/> brings them back when the export is read.
/// </summary>
public static class LabelStudioTasks
{
    /// <summary>Writes a tasks file, whole or not at all.</summary>
    /// <param name="path">The file, conventionally <c>tasks.json</c>.</param>
    /// <param name="items">What to label.</param>
    /// <param name="config">The labelling config, see <see cref="LabelingConfigs"/>.</param>
    /// <param name="options">Order, rounds, annotations and predictions.</param>
    /// <returns>What Label Studio cannot hold.</returns>
    /// <exception cref="ArgumentException">An item does not fit the config.</exception>
    public static ConversionReport WriteFile(
        string path, IReadOnlyList<JudgingItem> items, LabelingConfig config, LabelStudioTaskOptions options)
    {
        ConversionReport? report = null;
        AtomicFile.Write(path, stream => report = Write(stream, items, config, options));
        return report!;
    }

    /// <summary>Writes tasks to a stream, which stays open.</summary>
    /// <returns>What Label Studio cannot hold.</returns>
    /// <exception cref="ArgumentException">An item does not fit the config.</exception>
    public static ConversionReport Write(
        Stream stream, IReadOnlyList<JudgingItem> items, LabelingConfig config, LabelStudioTaskOptions options)
    {
        var notes = new ConversionNotes();
        var writer = new LabelStudioTaskWriter(QuestionRoles.Of(config, new LabelStudioReadOptions()), options, notes);
        writer.CheckAll(items);
        using (var json = new Utf8JsonWriter(stream, CanonicalJson.Indented))
        {
            json.WriteStartArray();
            foreach (var item in items)
                writer.Write(json, item);
            json.WriteEndArray();
        }

        stream.WriteByte((byte)'\n');
        return notes.ToReport(items.Count);
    }
}

internal sealed class LabelStudioTaskWriter(QuestionRoles roles, LabelStudioTaskOptions options, ConversionNotes notes)
{
    private readonly ILookup<string, Judgement> _annotations = options.Annotations.ToLookup(
        judgement => judgement.ItemKey, StringComparer.Ordinal);
    private readonly ILookup<string, Judgement> _predictions = options.Predictions.ToLookup(
        judgement => judgement.ItemKey, StringComparer.Ordinal);

    /// <summary>What concerns the items together: their names, what the config shows, and judgements of none of them.</summary>
    public void CheckAll(IReadOnlyList<JudgingItem> items)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        if (items.FirstOrDefault(item => !ids.Add(item.Id)) is { } twice)
            throw Misfit(twice, "has the id of an earlier item; ids must differ");
        List<LabelingObject?> filled = [roles.Prompt, roles.List, .. roles.Candidates];
        if (items.Count > 0 && filled.Find(shown => shown is { Variable: null }) is { } constant)
            throw Misfit(items[0], $"cannot be shown as '{constant.Name}', which the labelling config fills with a constant");
        if (items.Count > 0 && roles.Config.Variables.FirstOrDefault(name => filled.TrueForAll(shown => shown?.Variable != name)) is { } open)
            throw Misfit(items[0], $"cannot fill '${open}', which the labelling config shows; the server would refuse the tasks");
        foreach (var stray in _annotations.Concat(_predictions).Select(group => group.Key).Where(key => !ids.Contains(key)))
            notes.LeftOut("An annotation or prediction judges an item that is not among the items.", stray);
    }

    public void Write(Utf8JsonWriter json, JudgingItem item)
    {
        Check(item);
        var order = Order(item);
        var results = new ResultWriter(roles, Places(order), notes);
        json.WriteStartObject();
        json.WriteStartObject("data");
        WritePrompt(json, item);
        WriteCandidates(json, item, order);
        json.WriteEndObject();
        WriteMeta(json, item, order);
        WriteAnnotations(json, item, order, results);
        WritePredictions(json, item, results);
        json.WriteEndObject();
    }

    private void Check(JudgingItem item)
    {
        if (JudgementCheck.Problem(new Judgement { Prompt = item.Prompt, Candidates = item.Candidates }) is { } problem)
            throw Misfit(item, $"cannot be: {problem.TrimEnd('.')}");
        if (roles.List is null && item.Candidates.Count != roles.Candidates.Count)
            throw Misfit(item, $"has {item.Candidates.Count} candidates, but the labelling config shows {roles.Candidates.Count}");
        if (roles.List is not null && item.Candidates.Count < 2)
            throw Misfit(item, $"has {item.Candidates.Count} candidates; a ranking needs two or more");
        if (roles.Prompt is null)
            throw Misfit(item, "has a prompt, but the labelling config shows none");
        var known = item.Candidates.Select(candidate => candidate.Id).ToHashSet(StringComparer.Ordinal);
        var named = _annotations[item.Id].Concat(_predictions[item.Id]).SelectMany(judgement => judgement.Candidates);
        if (named.FirstOrDefault(candidate => !known.Contains(candidate.Id)) is { } stranger)
            throw Misfit(item, $"has no candidate '{stranger.Id}', which one of its annotations or predictions judges");
    }

    private static ArgumentException Misfit(JudgingItem item, FormattableString why) =>
        new($"Item '{item.Id}' {why.ToString(CultureInfo.InvariantCulture)}.", nameof(item));

    private static ArgumentException Misfit(JudgingItem item, string why) => new($"Item '{item.Id}' {why}.", nameof(item));

    private List<Candidate> Order(JudgingItem item)
    {
        var shown = _annotations[item.Id]
            .Select(judgement => judgement.Shown).FirstOrDefault(order => order?.Count == item.Candidates.Count);
        return shown is not null
            ? [.. shown.Select(id => item.Candidates.First(candidate => candidate.Id == id))]
            : [.. SeededOrder.Permutation(item.Candidates.Count, options.Seed, item.Id).Select(index => item.Candidates[index])];
    }

    /// <summary>The name in results of each candidate: its object's, or its list item's.</summary>
    private Dictionary<string, string> Places(List<Candidate> order) => order
        .Select((candidate, index) => (candidate.Id, Name: roles.List is null ? roles.Candidates[index].Name : ListId(index)))
        .ToDictionary(place => place.Id, place => place.Name, StringComparer.Ordinal);

    // Never bare numbers: the browser sorts those.
    private static string ListId(int index) => string.Create(CultureInfo.InvariantCulture, $"c{index}");

    private void WritePrompt(Utf8JsonWriter json, JudgingItem item)
    {
        var isConversation = roles.Prompt!.Tag is "Paragraphs" or "Chat";
        if (!isConversation && item.Prompt.Text is null)
            notes.Lost($"A conversation was written as text, because the labelling config shows the prompt with <{roles.Prompt.Tag}>.", item.Id);
        if (!isConversation)
            json.WriteString(roles.Prompt.Variable!, item.Prompt.ToPlainText());
        else
            JudgementJsonWriter.Write(json, roles.Prompt.Variable!, item.Prompt.Messages is null
                ? Passage.FromMessages([new ChatMessage("user", item.Prompt.ToPlainText())])
                : item.Prompt);
    }

    private void WriteCandidates(Utf8JsonWriter json, JudgingItem item, List<Candidate> order)
    {
        if (order.Any(candidate => candidate.Text.Text is null))
            notes.Lost("A candidate that is a conversation or a list of steps was written as text.", item.Id);
        if (roles.List is null)
        {
            foreach (var (candidate, shown) in order.Zip(roles.Candidates))
                json.WriteString(shown.Variable!, candidate.Text.ToPlainText());
            return;
        }

        json.WriteStartArray(roles.List.Variable!);
        foreach (var (candidate, index) in order.Select((candidate, index) => (candidate, index)))
        {
            json.WriteStartObject();
            json.WriteString("id", ListId(index));
            json.WriteString("title", string.Create(CultureInfo.InvariantCulture, $"Answer {(char)('A' + (index % 26))}"));
            json.WriteString("body", candidate.Text.ToPlainText());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteMeta(Utf8JsonWriter json, JudgingItem item, List<Candidate> order)
    {
        json.WriteStartObject("meta");
        json.WriteStartObject("pt");
        json.WriteString("item", item.Id);
        if (roles.List is not null)
            WriteMap(json, order.Select((candidate, index) => (ListId(index), candidate.Id)));
        else if (order.Count == 2)
        {
            json.WriteString("left", order[0].Id);
            json.WriteString("right", order[1].Id);
        }
        else if (order.Count > 0)
        {
            json.WriteStartArray("shown");
            foreach (var candidate in order)
                json.WriteStringValue(candidate.Id);
            json.WriteEndArray();
        }

        json.WriteNumber("seed", options.Seed);
        json.WriteNumberIf("round", options.Round);
        json.WriteTextIf("instructions", options.InstructionVersion);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteMap(Utf8JsonWriter json, IEnumerable<(string Shown, string Id)> map)
    {
        json.WriteStartObject("items");
        foreach (var (shown, id) in map)
            json.WriteString(shown, id);
        json.WriteEndObject();
    }

    private void WriteAnnotations(Utf8JsonWriter json, JudgingItem item, List<Candidate> order, ResultWriter results)
    {
        List<Judgement> annotations = [.. _annotations[item.Id]];
        if (item.Gold is { } gold)
            annotations.Insert(0, GoldOf(item, gold));
        if (annotations.Count == 0)
            return;
        json.WriteStartArray("annotations");
        foreach (var judgement in annotations)
        {
            json.WriteStartObject();
            json.WriteBoolean("ground_truth", judgement.Gold);
            json.WriteBoolean("was_cancelled", judgement.Skipped);
            json.WriteNumberIf("lead_time", judgement.Seconds);
            if (long.TryParse(judgement.Annotator, NumberStyles.None, CultureInfo.InvariantCulture, out var user))
                json.WriteNumber("completed_by", user);
            else if (judgement.Annotator is not null)
                notes.Lost("An annotator who is not the number of a Label Studio user was left out of an annotation.", item.Id);
            TaskLosses.OfAnnotation(notes, judgement, item, order, options.InstructionVersion);
            results.Write(json, judgement, isPrediction: false);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WritePredictions(Utf8JsonWriter json, JudgingItem item, ResultWriter results)
    {
        if (!_predictions.Contains(item.Id))
            return;
        json.WriteStartArray("predictions");
        foreach (var judgement in _predictions[item.Id])
        {
            json.WriteStartObject();
            json.WriteString("model_version", judgement.Annotator ?? "undefined");
            json.WriteNumberIf("score", judgement.Confidence);
            TaskLosses.OfPrediction(notes, judgement, item, options.InstructionVersion);
            results.Write(json, judgement, isPrediction: true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // Of more than two the others' order is not known: the best alone is ranked.
    private static Judgement GoldOf(JudgingItem item, string gold) => new()
    {
        Prompt = item.Prompt,
        Candidates = item.Candidates,
        Gold = true,
        Ranking = item.Candidates.Count != 2 ? [[gold]] : [[gold], [item.Candidates[item.Candidates[0].Id == gold ? 1 : 0].Id]],
    };
}
