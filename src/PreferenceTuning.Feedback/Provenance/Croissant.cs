using System.Globalization;
using System.Text.Json;
using PreferenceTuning.Feedback.Judgements.Json;
using static PreferenceTuning.Feedback.Provenance.ProvenanceText;

namespace PreferenceTuning.Feedback.Provenance;

/// <summary>
/// Renders Croissant 1.1 metadata (JSON-LD, MLCommons 2026) with the Responsible-AI extension 1.0 and PROV. The RAI names are those of
/// the ontology file (the specification's prose spells some differently). Pay, for which no vocabulary has a field, stands under this
/// library's own name <c>pt:compensation</c> and in words in <c>rai:dataAnnotationProtocol</c>. A text that is not known says so; a
/// property that must be an address, a date, a version, a language or a person is left out then, because readers refuse words there, and
/// <c>pt:notKnown</c> names it.
/// </summary>
public static class Croissant
{
    private static readonly string[] OwnTerms =
    [
        "citeAs", "column", "conformsTo:dct", "examples:json", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes",
        "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "separator",
        "source", "subField", "transform",
    ];

    /// <summary>Renders <c>croissant.json</c>; the same provenance gives the same bytes.</summary>
    public static string Render(Provenance data) => CanonicalJson.Write(writer => Write(writer, data), CanonicalJson.Indented) + "\n";

    private static void Write(Utf8JsonWriter writer, Provenance data)
    {
        writer.WriteStartObject();
        WriteContext(writer);
        writer.WriteString("@type", "sc:Dataset");
        WriteTexts(writer, "conformsTo", ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]);
        writer.WriteString("name", data.Name);
        writer.WriteString("description", OrNotKnown(data.Description));
        writer.WriteString("citeAs", OrNotKnown(data.CiteAs));
        WriteTyped(writer, data);
        WriteResponsibleAi(writer, data);
        WritePay(writer, Pay(data));
        WriteProv(writer, data);
        CroissantFiles.Write(writer, data.Files);
        writer.WriteEndObject();
    }

    private static void WriteContext(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("@context");
        writer.WriteString("@language", "en");
        writer.WriteString("@vocab", "https://schema.org/");
        foreach (var term in OwnTerms)
        {
            var parts = term.Split(':');
            if (parts is [var name, "json"])
                WriteTerm(writer, name, "@json");
            else
                writer.WriteString(parts[0], parts.Length == 2 ? $"{parts[1]}:{parts[0]}" : "cr:" + parts[0]);
        }

        WriteTerm(writer, "data", "@json");
        WriteTerm(writer, "dataType", "@vocab");
        foreach (var (prefix, address) in new[]
        {
            ("cr", "http://mlcommons.org/croissant/"), ("dct", "http://purl.org/dc/terms/"), ("prov", "http://www.w3.org/ns/prov#"),
            ("pt", "urn:preferencetuning:"), ("rai", "http://mlcommons.org/croissant/RAI/"), ("sc", "https://schema.org/"),
        })
            writer.WriteString(prefix, address);
        writer.WriteEndObject();
    }

    private static void WriteTyped(Utf8JsonWriter writer, Provenance data)
    {
        (string Name, string? Value)[] single =
        [
            ("license", data.LicenseLink ?? data.License), ("url", data.Url), ("version", data.Version),
            ("datePublished", data.Published?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        ];
        foreach (var (name, value) in single)
            writer.WriteTextIf(name, value);
        if (data.Creators.Count > 0)
        {
            writer.WriteStartArray("creator");
            foreach (var creator in data.Creators)
            {
                // A person or an organization; which of them, a name does not say.
                writer.WriteStartObject();
                writer.WriteString("name", creator);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        if (data.Languages.Count > 0)
            WriteTexts(writer, "inLanguage", data.Languages);
        string[] unknown =
        [
            .. single.Where(one => one.Value is null).Select(one => one.Name), .. data.Creators.Count == 0
                ? ["creator"]
                : Array.Empty<string>(),
            .. data.Languages.Count == 0 ? ["inLanguage"] : Array.Empty<string>(),
        ];
        if (unknown.Length > 0)
            WriteTexts(writer, "pt:notKnown", unknown);
    }

    private static void WriteTerm(Utf8JsonWriter writer, string name, string type)
    {
        writer.WriteStartObject(name);
        writer.WriteString("@id", "cr:" + name);
        writer.WriteString("@type", type);
        writer.WriteEndObject();
    }

    private static void WriteResponsibleAi(Utf8JsonWriter writer, Provenance data)
    {
        writer.WriteString(
            "rai:dataCollection", $"Prompts: {OrNotKnown(data.PromptOrigin)} Models: {Joined(Models(data).Select(Generation))}");
        writer.WriteString("rai:dataCollectionType", data.Facts is null ? NotKnown : "Judgements of model outputs: " + string.Join(", ", data.Facts.Kinds.Select(Judgements.JsonNames.Of)));
        writer.WriteString(
            "rai:dataCollectionMissingData",
            data.Facts is { } facts ? Invariant($"{facts.Skipped} of {facts.Judgements} judgements were skipped.") : NotKnown);
        writer.WriteString("rai:dataCollectionRawData", OrNotKnown(data.RawData));
        writer.WriteString("rai:dataCollectionTimeframe", OrNotKnown(Timeframe(data)));
        WriteTexts(writer, "rai:dataPreprocessingProtocol", [.. data.Steps.Select(Step)]);
        writer.WriteString("rai:dataImputationProtocol", "Nothing was imputed by the library that wrote this file.");
        writer.WriteString("rai:dataManipulationProtocol", Joined(data.Steps.Where(step => step.Before is not null).Select(Step)));
        writer.WriteString("rai:dataReleaseMaintenancePlan", OrNotKnown(data.Maintenance));
        writer.WriteString("rai:personalSensitiveInformation", OrNotKnown(data.PersonalInformation));
        writer.WriteString("rai:dataAnnotationProtocol", OrNotKnown(Process(data)));
        writer.WriteString("rai:dataAnnotationPlatform", OrNotKnown(data.Platform));
        WriteTexts(writer, "rai:dataAnnotationAnalysis", [.. ProvenanceText.Agreement(data)]);
        writer.WriteString("rai:annotationsPerItem", PerItem(data));
        writer.WriteString("rai:annotatorDemographics", OrNotKnown(data.AnnotatorDemographics));
        writer.WriteString("rai:machineAnnotationTools", OrNotKnown(data.MachineAnnotation));
        writer.WriteString("rai:dataSocialImpact", OrNotKnown(data.SocialImpact));
        writer.WriteString("rai:dataBiases", OrNotKnown(data.Biases));
        writer.WriteString("rai:dataLimitations", OrNotKnown(data.Limitations));
        writer.WriteString("rai:dataUseCases", OrNotKnown(data.Uses));
    }

    private static string Joined(IEnumerable<string> parts)
    {
        var text = string.Join("; ", parts);
        return text.Length == 0 ? NotKnown : text;
    }

    private static void WritePay(Utf8JsonWriter writer, PayRecord? pay)
    {
        if (pay is null)
        {
            writer.WriteString("pt:compensation", NotKnown);
            return;
        }

        writer.WritePropertyName("pt:compensation");
        pay.Write(writer);
    }

    private static void WriteProv(Utf8JsonWriter writer, Provenance data)
    {
        writer.WriteStartArray("prov:wasDerivedFrom");
        foreach (var source in data.Sources)
        {
            writer.WriteStartObject();
            writer.WriteString("@type", "prov:Entity");
            writer.WriteString("name", source.Name);
            writer.WriteTextIf("sha256", source.Sha256);
            writer.WriteTextIf("license", source.License);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("prov:wasGeneratedBy");
        if (data.Facts is { First: { } first, Last: { } last })
            WriteActivity(writer, "Annotation", Judgements.JudgementJsonWriter.Time(first), Judgements.JudgementJsonWriter.Time(last));
        foreach (var step in data.Steps)
            WriteActivity(writer, Step(step), null, null);
        writer.WriteEndArray();
    }

    private static void WriteActivity(Utf8JsonWriter writer, string label, string? start, string? end)
    {
        writer.WriteStartObject();
        writer.WriteString("@type", "prov:Activity");
        writer.WriteString("prov:label", label);
        writer.WriteTextIf("prov:startedAtTime", start);
        writer.WriteTextIf("prov:endedAtTime", end);
        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
        {
            writer.WriteString(name, NotKnown);
            return;
        }

        writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
