using System.Globalization;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>Writes a judgement's answers as Label Studio results of one labelling config.</summary>
/// <param name="roles">What the config asks.</param>
/// <param name="places">Candidate identifier to object name or list item id.</param>
/// <param name="notes">Takes what the config cannot hold.</param>
internal sealed class ResultWriter(QuestionRoles roles, IReadOnlyDictionary<string, string> places, ConversionNotes notes)
{
    private int _regions;

    public void Write(Utf8JsonWriter json, Judgement judgement, bool isPrediction)
    {
        _regions = 0;
        json.WriteStartArray("result");
        if (judgement.Ranking is { } ranking)
            WriteRanking(json, judgement, ranking, isPrediction);
        foreach (var rating in judgement.Ratings)
            WriteValue(json, rating.Question, rating.Candidate, ["Rating", "Number"], (writer, control) =>
                writer.WriteNumber(control.Tag == "Rating" ? "rating" : "number", rating.Value));
        WriteLabels(json, judgement);
        foreach (var texts in judgement.Texts.GroupBy(text => (text.Question, text.Candidate)))
            WriteValue(
                json, texts.Key.Question, texts.Key.Candidate, ["TextArea"],
                (writer, _) => WriteTexts(writer, "text", texts.Select(text => text.Value.ToPlainText())));
        json.WriteEndArray();
    }

    private void WriteRanking(Utf8JsonWriter json, Judgement judgement, IReadOnlyList<IReadOnlyList<string>> ranking, bool isPrediction)
    {
        if (roles.Pairwise is { } pairwise)
        {
            if (judgement.Preferred is { } better)
                WriteRegion(
                    json, pairwise, isPrediction ? pairwise.Targets[0] : pairwise.Name,
                    writer => writer.WriteString("selected", places[better] == pairwise.Targets[0] ? "left" : "right"));
            else
                notes.Lost("A tie cannot be stored by <Pairwise>; the result is empty. Use choices with a tie.", Where(judgement));
        }
        else if (roles.Ranker is { Choices.Count: 0 } ranker)
        {
            if (ranking.Any(group => group.Count > 1))
                notes.Lost(
                    "Ties inside a ranking cannot be stored by <Ranker>; tied candidates were written one after the other.",
                    Where(judgement));
            WriteRegion(json, ranker, ranker.Targets[0], writer =>
            {
                writer.WriteStartObject("ranker");
                WriteTexts(writer, ranker.Name, ranking.SelectMany(group => group).Select(id => places[id]));
                writer.WriteEndObject();
            });
        }
        else if (roles.Comparison is { } comparison && ChoiceOf(judgement, comparison) is { } stored)
        {
            if (ranking.Count > 1 && judgement.Candidates.Count > 2)
                notes.Lost("A choice stores the best only; the order of the others is lost.", Where(judgement));
            WriteRegion(json, comparison, comparison.Targets[0], writer => WriteTexts(writer, "choices", [stored]));
        }
        else
            notes.Lost("The labelling config has no control for this preference.", Where(judgement));
    }

    private string? ChoiceOf(Judgement judgement, LabelingControl comparison)
    {
        var choice = comparison.Choices.FirstOrDefault(choice =>
        {
            var stored = choice.Alias ?? choice.Value;
            return judgement.IsTie
                ? roles.MeansTie(comparison, stored)
                : judgement.Preferred is { } better && roles.ObjectOf(comparison, stored)?.Name == places[better];
        });
        return choice?.Alias ?? choice?.Value;
    }

    private void WriteLabels(Utf8JsonWriter json, Judgement judgement)
    {
        if (roles.Ranker is { Choices.Count: > 0 } buckets && judgement.Labels.Any(label => label.Question == buckets.Name))
            WriteBuckets(json, buckets, judgement);
        foreach (var labels in judgement.Labels.Where(label => label.Question != roles.Ranker?.Name).GroupBy(label => (label.Question, label.Candidate)))
        {
            WriteValue(json, labels.Key.Question, labels.Key.Candidate, ["Choices", "Taxonomy"], (writer, control) =>
            {
                if (control.Tag == "Choices")
                {
                    WriteTexts(writer, "choices", labels.Select(label => label.Value));
                    return;
                }

                writer.WriteStartArray("taxonomy");
                foreach (var label in labels)
                    WriteTexts(writer, null, label.Path ?? [label.Value]);
                writer.WriteEndArray();
            });
        }
    }

    private void WriteBuckets(Utf8JsonWriter json, LabelingControl ranker, Judgement judgement) =>
        WriteRegion(json, ranker, ranker.Targets[0], writer =>
    {
        var labelled = judgement.Labels.Where(label => label.Question == ranker.Name && label.Candidate is not null).ToList();
        writer.WriteStartObject("ranker");
        if (!ranker.Choices.Any(choice => choice.IsDefault))
            WriteTexts(
                writer, "_", places.Where(place => labelled.All(label => label.Candidate != place.Key)).Select(place => place.Value));
        foreach (var bucket in ranker.Choices)
            WriteTexts(
                writer, bucket.Value, labelled.Where(label => label.Value == bucket.Value).Select(label => places[label.Candidate!]));
        writer.WriteEndObject();
    });

    private void WriteValue(
        Utf8JsonWriter json, string? question, string? candidate, string[] tags, Action<Utf8JsonWriter, LabelingControl> write)
    {
        var target = candidate is not null && places.TryGetValue(candidate, out var place) ? place : null;
        var fitting = roles.Config.Controls.Where(
            control => tags.Contains(control.Tag) && (target is null || control.Targets.Contains(target)));
        var control = fitting.FirstOrDefault(control => control.Name == question) ?? (question is null ? fitting.FirstOrDefault() : null);
        if (control is null)
            notes.Lost($"The labelling config has no control for the answer to '{question ?? "(unnamed)"}'.", candidate ?? "");
        else
            WriteRegion(json, control, control.Targets[0], writer => write(writer, control));
    }

    private void WriteRegion(Utf8JsonWriter json, LabelingControl control, string target, Action<Utf8JsonWriter> writeValue)
    {
        json.WriteStartObject();
        json.WriteString("id", string.Create(CultureInfo.InvariantCulture, $"r{++_regions}"));
        json.WriteString("from_name", control.Name);
        json.WriteString("to_name", target);
        json.WriteString("type", control.Tag.ToLowerInvariant());
        json.WriteStartObject("value");
        writeValue(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string? name, IEnumerable<string> texts)
    {
        if (name is null)
            writer.WriteStartArray();
        else
            writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }

    private static string Where(Judgement judgement) => judgement.Item ?? judgement.Id ?? "";
}
