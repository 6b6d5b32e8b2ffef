using System.Text;
using static PreferenceTuning.Feedback.Provenance.ProvenanceText;

namespace PreferenceTuning.Feedback.Provenance;

/// <summary>
/// Answers the questions of Datasheets for Datasets (Gebru et al. 2021, arXiv:1803.09010) that provenance can answer, in Markdown; a
/// question without an answer is answered "Not known."
/// </summary>
public static class Datasheet
{
    /// <summary>Renders the datasheet; the same provenance gives the same bytes.</summary>
    public static string Render(Provenance data)
    {
        var sheet = new StringBuilder("# Datasheet: ").Append(data.Name).Append('\n');
        foreach (var (section, questions) in Sections(data))
        {
            sheet.Append("\n## ").Append(section).Append('\n');
            foreach (var (question, answer) in questions)
                sheet.Append("\n**").Append(question).Append("**\n\n").Append(OrNotKnown(answer)).Append('\n');
        }

        return sheet.ToString();
    }

    private static IEnumerable<(string Section, (string Question, string? Answer)[] Questions)> Sections(Provenance data) =>
    [
        ("Motivation",
        [
            ("For what purpose was the dataset created?", data.Purpose),
            ("Who created the dataset and on behalf of which entity?", data.Creators.Count == 0 ? null : string.Join(", ", data.Creators)),
            ("Who funded the creation of the dataset?", data.Funding),
        ]),
        ("Composition",
        [
            ("What do the instances represent?", data.Description),
            ("How many instances are there in total?", data.Files.Count == 0 ? null : string.Join("; ", data.Files.Select(file => Invariant($"{file.Split}: {file.Records}")))),
            ("Are there recommended data splits?", data.Files.Count == 0 ? null : string.Join(", ", data.Files.Select(file => $"{file.Split} ({file.Path})"))),
            ("Is any information missing from individual instances?", data.Facts is { } facts ? Invariant($"{facts.Skipped} of {facts.Judgements} judgements were skipped.") : null),
            ("Are there any errors, sources of noise, or redundancies in the dataset?", Agreement(data)),
            ("Does the dataset contain data that might be considered confidential or sensitive?", data.PersonalInformation),
        ]),
        ("Collection process",
        [
            ("How was the data associated with each instance acquired?", Process(data)),
            ("What mechanisms or procedures were used to collect the data?", data.Platform),
            ("Who was involved in the data collection process (e.g., students, crowdworkers, contractors)?", Annotators(data)),
            ("How were they compensated (e.g., how much were crowdworkers paid)?", Pay(data)?.ToString()),
            ("Over what timeframe was the data collected?", Timeframe(data)),
            ("Were any ethical review processes conducted?", data.EthicalReview),
            ("Were the individuals in question notified, did they consent, and can they revoke their consent?", data.Consent),
        ]),
        ("Preprocessing, cleaning, labelling",
        [
            ("Was any preprocessing, cleaning, or labelling of the data done?", Lines(data.Steps.Select(Step))),
            ("Was the raw data saved in addition to the processed data?", data.RawData),
            ("From what was the dataset derived?", Lines(data.Sources.Select(Source))),
            ("Is the software that was used to preprocess, clean, or label the data available?", "PreferenceTuning.Feedback wrote this sheet; other tools: " + OrNotKnown(data.Platform)),
        ]),
        ("Uses",
        [
            ("What (other) tasks could the dataset be used for?", data.Uses),
            ("Are there tasks for which the dataset should not be used?", data.OutOfScopeUses),
            ("Is there anything about the composition or collection that might impact future uses?", Lines(new[] { data.Biases, data.Limitations }.OfType<string>())),
        ]),
        ("Distribution and maintenance",
        [
            ("Under which licence is the dataset distributed?", data.License == "other" ? data.LicenseName ?? data.License : data.License),
            ("When was it distributed?", data.Published is { } date ? Invariant($"{date:yyyy-MM-dd}") : null),
            ("Who maintains the dataset, will it be updated, and is there an erratum?", data.Maintenance),
        ]),
    ];

    private static string? Agreement(Provenance data) => Lines(ProvenanceText.Agreement(data));

    private static string? Lines(IEnumerable<string> lines)
    {
        var text = string.Join('\n', lines.Select(line => "- " + line.ReplaceLineEndings(" ")));
        return text.Length == 0 ? null : text;
    }
}
