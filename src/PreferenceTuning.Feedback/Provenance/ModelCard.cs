using System.Globalization;
using System.Text;
using static PreferenceTuning.Feedback.Provenance.ProvenanceText;

namespace PreferenceTuning.Feedback.Provenance;

/// <summary>One measured figure of a model.</summary>
/// <param name="Dataset">The name of the data it was measured on.</param>
/// <param name="Split">The split.</param>
/// <param name="Metric">The metric's name.</param>
/// <param name="Value">Its value.</param>
public sealed record ModelResult(string Dataset, string Split, string Metric, double Value);

/// <summary>Where a tuned model comes from. Null is not known and is printed as such.</summary>
public sealed record ModelProvenance
{
    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a paragraph.</summary>
    public string? Description { get; init; }

    /// <summary>The model that was tuned (its identifier on the Hub, or a name).</summary>
    public string? BaseModel { get; init; }

    /// <summary>The exact weights that were tuned (a commit or hash).</summary>
    public string? BaseRevision { get; init; }

    /// <summary>The method: SFT, reward modelling, PPO, DPO, ...</summary>
    public string? Method { get; init; }

    /// <summary>The method's tag on the Hub: sft, reward-trainer, ppo, dpo, ...</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The licence.</summary>
    public string? License { get; init; }

    /// <summary>Training settings, by name.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Versions of the frameworks, by name.</summary>
    public IReadOnlyDictionary<string, string> Frameworks { get; init; } = new Dictionary<string, string>();

    /// <summary>Measured figures.</summary>
    public IReadOnlyList<ModelResult> Results { get; init; } = [];

    /// <summary>What it may be used for.</summary>
    public string? Uses { get; init; }

    /// <summary>Known limits.</summary>
    public string? Limitations { get; init; }
}

/// <summary>Renders a Hugging Face model card (<c>README.md</c>) that names the people behind the data, too.</summary>
public static class ModelCard
{
    /// <summary>Renders the card.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The preference data that it was tuned on, or null where they are not known.</param>
    public static string Render(ModelProvenance model, Provenance? data)
    {
        var card = new StringBuilder("---\n").Append(Head(model, data)).Append("---\n\n");
        card.Append("# ").Append(model.Name).Append("\n\n").Append(OrNotKnown(model.Description)).Append("\n\n");
        Section(card, "## Model Details", Listed(
        [
            $"Base model: {model.BaseModel ?? "not known"} (revision {model.BaseRevision ?? "not known"})",
            $"Method: {model.Method ?? "not known"}",
            $"License: {model.License ?? "not known"}",
        ]));
        Section(card, "## Uses", OrNotKnown(model.Uses));
        Section(card, "## Training data", data is null ? NotKnown : $"{data.Name}{(data.Version is null ? "" : $", version {data.Version}")}. {OrNotKnown(Process(data))}");
        Section(card, "## Who judged", data is null ? NotKnown : OrNotKnown(Annotators(data)));
        Section(card, "## Agreement", data is null ? NotKnown : Listed(Agreement(data)));
        Section(card, "## Training procedure", Listed(Sorted(model.Settings)));
        Section(
            card, "## Evaluation",
            Listed(model.Results.Select(result => Invariant($"{result.Metric} on {result.Dataset} ({result.Split}): {result.Value:R}"))));
        Section(card, "## Limitations", OrNotKnown(model.Limitations));
        Section(card, "## Framework versions", Listed(Sorted(model.Frameworks)));
        return card.ToString().TrimEnd('\n') + "\n";
    }

    private static Yaml Head(ModelProvenance model, Provenance? data)
    {
        var head = new Yaml()
            .List("language", data?.Languages ?? [])
            .Pair("license", model.License)
            .Pair("base_model", model.BaseModel)
            .List("datasets", data is null ? [] : [data.Name])
            .List("metrics", [.. model.Results.Select(result => result.Metric).Distinct(StringComparer.Ordinal)])
            .List("tags", [.. model.Tags.Append("preference-tuning").Distinct(StringComparer.Ordinal)]);
        if (model.Results.Count == 0)
            return head;
        head.Line(0, "model-index:").Pair("- name", model.Name).Line(2, "results:");
        foreach (var group in model.Results.GroupBy(result => (result.Dataset, result.Split)))
        {
            head.Line(2, "- task:").Pair("type", "text-generation", 6).Line(4, "dataset:");
            head.Pair("name", group.Key.Dataset, 6)
                .Pair("type", group.Key.Dataset, 6).Pair("split", group.Key.Split, 6).Line(4, "metrics:");
            foreach (var result in group)
                head.Pair("- type", result.Metric, 4).Number("value", result.Value, 6);
        }

        return head;
    }

    private static IEnumerable<string> Sorted(IReadOnlyDictionary<string, string> values) =>
        values.OrderBy(value => value.Key, StringComparer.Ordinal).Select(
            value => string.Create(CultureInfo.InvariantCulture, $"{value.Key}: {value.Value}"));

    private static string Listed(IEnumerable<string> lines)
    {
        var text = string.Join('\n', lines.Select(line => "- " + line.ReplaceLineEndings(" ")));
        return text.Length == 0 ? NotKnown : text;
    }

    private static void Section(StringBuilder card, string heading, string body) =>
        card.Append(heading).Append("\n\n").Append(body).Append("\n\n");
}
