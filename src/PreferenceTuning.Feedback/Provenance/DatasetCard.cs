using System.Text;
using static PreferenceTuning.Feedback.Provenance.ProvenanceText;

namespace PreferenceTuning.Feedback.Provenance;

/// <summary>
/// Renders a Hugging Face dataset card: <c>README.md</c> with the Hub's YAML head and its template's headings. The same provenance gives
/// the same bytes; what is not known is printed as not known.
/// </summary>
public static class DatasetCard
{
    /// <summary>Renders the card.</summary>
    public static string Render(Provenance data)
    {
        var card = new StringBuilder("---\n").Append(Head(data)).Append("---\n\n");
        card.Append("# ").Append(data.Name).Append("\n\n").Append(OrNotKnown(data.Description)).Append("\n\n");
        Section(card, "## Dataset Details", Details(data));
        Section(card, "## Uses", $"{OrNotKnown(data.Uses)}\n\nOut of scope: {OrNotKnown(data.OutOfScopeUses)}");
        Section(card, "## Dataset Structure", Structure(data));
        card.Append("## Dataset Creation\n\n");
        Section(card, "### Curation Rationale", OrNotKnown(data.Purpose));
        Section(card, "### Source Data", SourceData(data));
        card.Append("### Annotations\n\n");
        Section(card, "#### Annotation process", Annotation(data));
        Section(card, "#### Who are the annotators?", OrNotKnown(Annotators(data)));
        Section(card, "#### Pay", Pay(data)?.ToString() ?? NotKnown);
        Section(card, "#### Personal and Sensitive Information", OrNotKnown(data.PersonalInformation));
        Section(card, "## Bias, Risks, and Limitations",
            $"Biases: {OrNotKnown(data.Biases)}\n\nLimitations: {OrNotKnown(data.Limitations)}\n\nSocial impact: {OrNotKnown(data.SocialImpact)}");
        Section(card, "## Citation", OrNotKnown(data.CiteAs));
        if (data.Instructions is not null)
            Section(card, "## Instructions to annotators", Quoted(data.Instructions));
        return card.ToString().TrimEnd('\n') + "\n";
    }

    private static Yaml Head(Provenance data)
    {
        var records = data.Files.Sum(file => file.Records);
        var head = new Yaml()
            .List("language", data.Languages)
            .Pair("license", data.License)
            .Pair("license_name", data.License == "other" ? data.LicenseName : null)
            .Pair("license_link", data.License == "other" ? data.LicenseLink : null)
            .Pair("pretty_name", data.Name)
            .List("annotations_creators", Creators(data))
            .List("task_categories", ["text-generation"])
            .List("size_categories", data.Files.Count == 0 ? [] : [SizeCategory(records)])
            .List("tags", ["rlhf", "preference", "human-feedback", "trl"]);
        if (data.Files.Count == 0)
            return head;
        head.Line(0, "configs:").Line(0, "- config_name: default").Line(2, "data_files:");
        foreach (var split in data.Files.GroupBy(file => file.Split, StringComparer.Ordinal))
        {
            head.Pair("- split", split.Key, 2);
            if (split.Count() == 1)
                head.Pair("path", split.First().Path, 4);
            else
                head.List("path", [.. split.Select(file => file.Path)], 4);
        }

        head.Line(0, "dataset_info:");
        Features(head, data.Files);
        head.Line(2, "splits:");
        foreach (var split in data.Files.GroupBy(file => file.Split, StringComparer.Ordinal))
        {
            head.Pair("- name", split.Key, 2)
                .Number("num_bytes", split.Sum(file => file.Bytes), 4).Number("num_examples", split.Sum(file => file.Records), 4);
        }

        var bytes = data.Files.Sum(file => file.Bytes);
        return head.Number("download_size", bytes, 2).Number("dataset_size", bytes, 2);
    }

    // Types of a whole configuration: only where all its files have the same columns. Messages may have more parts than role and
    // content, which the Hub reads from the files.
    private static void Features(Yaml head, IReadOnlyList<DataFile> files)
    {
        var columns = files[0].Columns;
        if (columns.Count == 0 || columns.Any(column => column.Type == DataFile.Messages) || files.Any(file => !file.Columns.SequenceEqual(columns)))
            return;
        head.Line(2, "features:");
        foreach (var (name, type) in columns)
            head.Pair("- name", name, 2).Pair("dtype", Dtype(type), 4);
    }

    private static string Dtype(string type) => type switch
    {
        "sc:Float" => "float64",
        "sc:Integer" => "int64",
        "sc:Boolean" => "bool",
        _ => "string",
    };

    private static List<string> Creators(Provenance data) =>
        [.. data.AnnotationsCreators.Concat(data.Facts is { ByModels: > 0 } ? ["machine-generated"] : []).Distinct(StringComparer.Ordinal)];

    /// <summary>The Hub's name for a number of records.</summary>
    internal static string SizeCategory(long records) => records switch
    {
        < 1_000 => "n<1K",
        < 10_000 => "1K<n<10K",
        < 100_000 => "10K<n<100K",
        < 1_000_000 => "100K<n<1M",
        < 10_000_000 => "1M<n<10M",
        _ => "n>10M",
    };

    private static string Details(Provenance data) => Bullets(
    [
        $"Version: {data.Version ?? "not known"}",
        $"Curated by: {(data.Creators.Count == 0 ? "not known" : string.Join(", ", data.Creators))}",
        $"Funded by: {data.Funding ?? "not known"}",
        $"Language: {(data.Languages.Count == 0 ? "not known" : string.Join(", ", data.Languages))}",
        $"License: {data.License ?? "not known"}",
        $"Repository: {data.Url ?? "not known"}",
        $"Published: {(data.Published is { } date ? Invariant($"{date:yyyy-MM-dd}") : "not known")}",
        $"Collected: {Timeframe(data) ?? "not known"}",
    ]);

    private static string Structure(Provenance data)
    {
        if (data.Files.Count == 0)
            return NotKnown;
        var table = new StringBuilder("| file | split | records | bytes | columns | sha256 |\n|---|---|---|---|---|---|\n");
        foreach (var file in data.Files)
            table.Append(Invariant($"| {file.Path} | {file.Split} | {file.Records} | {file.Bytes} | {string.Join(", ", file.Columns.Select(column => column.Name))} | `{file.Sha256}` |\n"));
        return table.ToString().TrimEnd('\n');
    }

    private static string SourceData(Provenance data)
    {
        var models = Models(data);
        return $"Prompts: {OrNotKnown(data.PromptOrigin)}\n\n"
            + $"Sources:\n\n{Listed(data.Sources.Select(Source))}\n\n"
            + $"Models that wrote the candidates:\n\n{Listed(models.Select(Generation))}\n\n"
            + $"Processing:\n\n{Listed(data.Steps.Select(Step))}"
            + (data.Environment.Count == 0 ? "" : $"\n\nRun:\n\n{Listed(data.Environment.Select(value => $"{value.Key}: {value.Value}"))}");
    }

    private static string Annotation(Provenance data) =>
        $"Tool: {OrNotKnown(data.Platform)}\n\n{OrNotKnown(Process(data))}\n\nAnnotations per item: {PerItem(data)}\n\n"
        + $"Models shown to annotators: {OrNotKnown(data.MachineAnnotation)}\n\nAgreement:\n\n{Listed(ProvenanceText.Agreement(data))}";

    private static string Listed(IEnumerable<string> lines)
    {
        var bullets = Bullets(lines);
        return bullets.Length == 0 ? NotKnown : bullets;
    }

    private static string Bullets(IEnumerable<string> lines) =>
        string.Join('\n', lines.Select(line => "- " + line.ReplaceLineEndings(" ")));

    private static string Quoted(string text) =>
        string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => ("> " + line).TrimEnd()));

    private static void Section(StringBuilder card, string heading, string body) =>
        card.Append(heading).Append("\n\n").Append(body).Append("\n\n");
}
