using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Provenance;

/// <summary>A file or collection that the data were made from.</summary>
/// <param name="Name">The file's name, or an address.</param>
/// <param name="Sha256">SHA-256 of the file, or null.</param>
/// <param name="Records">How many records were read from it, or null.</param>
/// <param name="License">Its licence, or null.</param>
/// <param name="Note">Anything else, or null.</param>
public sealed record DataSource(string Name, string? Sha256 = null, long? Records = null, string? License = null, string? Note = null);

/// <summary>A model that wrote candidates.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Sampling">How it was drawn from, or null.</param>
/// <param name="Revision">The exact weights (a commit or hash), or null.</param>
public sealed record GenerationSource(string Model, SamplingSettings? Sampling = null, string? Revision = null);

/// <summary>One figure about how far annotators agree.</summary>
/// <param name="Name">The statistic, such as "Krippendorff's alpha, nominal".</param>
/// <param name="Value">Its value; null where it is undefined.</param>
/// <param name="Lower">The lower end of its 95 % interval, or null.</param>
/// <param name="Upper">The upper end of its 95 % interval, or null.</param>
/// <param name="Note">Why it is undefined, or what it rests on; or null.</param>
public sealed record AgreementFigure(string Name, double? Value, double? Lower = null, double? Upper = null, string? Note = null);

/// <summary>One step from the sources to the data.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Detail">How: settings, seed, threshold; or null.</param>
/// <param name="Before">Records before, or null.</param>
/// <param name="After">Records after, or null.</param>
public sealed record ProcessingStep(string Name, string? Detail = null, long? Before = null, long? After = null);

/// <summary>One file of the data set.</summary>
/// <param name="Path">The path inside the data set, with <c>/</c>.</param>
/// <param name="Split">train, validation or test.</param>
/// <param name="Records">The number of records.</param>
/// <param name="Bytes">The size, bytes.</param>
/// <param name="Sha256">SHA-256 of the file.</param>
/// <param name="Columns">
/// The columns with their Croissant type (<c>sc:Text</c>, <c>sc:Float</c>, <c>sc:Boolean</c>, <c>sc:Integer</c>), or
/// <see cref="Messages"/>.
/// </param>
public sealed record DataFile(
    string Path, string Split, long Records, long Bytes, string Sha256, IReadOnlyList<(string Name, string Type)> Columns)
{
    /// <summary>The type of a column that holds a list of messages, each with <c>role</c> and <c>content</c> at least.</summary>
    public const string Messages = "messages";

    internal static readonly string[] MessageParts = ["role", "content"];

    /// <summary>Describes a file on the disk.</summary>
    public static DataFile Of(string file, string path, string split, long records, IReadOnlyList<(string Name, string Type)> columns)
    {
        using var stream = File.OpenRead(file);
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream));
        return new DataFile(path, split, records, stream.Length, hash, columns);
    }
}

/// <summary>
/// Where a data set comes from, gathered while it is made. Null (or an empty list, where that cannot be meant) is "not known" and is
/// printed as such: a card without a gap is a card that somebody filled in, not one that was smoothed over.
/// </summary>
public sealed record Provenance
{
    /// <summary>The data set's name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a paragraph.</summary>
    public string? Description { get; init; }

    /// <summary>Its version, such as 1.0.0.</summary>
    public string? Version { get; init; }

    /// <summary>ISO 639 codes of its languages.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>A licence identifier of the Hugging Face Hub, or <c>other</c>.</summary>
    public string? License { get; init; }

    /// <summary>The licence's name where <see cref="License"/> is <c>other</c>.</summary>
    public string? LicenseName { get; init; }

    /// <summary>The licence's address where <see cref="License"/> is <c>other</c>.</summary>
    public string? LicenseLink { get; init; }

    /// <summary>Where the data set lives.</summary>
    public string? Url { get; init; }

    /// <summary>Who made it.</summary>
    public IReadOnlyList<string> Creators { get; init; } = [];

    /// <summary>When it was published.</summary>
    public DateOnly? Published { get; init; }

    /// <summary>How to cite it.</summary>
    public string? CiteAs { get; init; }

    /// <summary>Why it was made.</summary>
    public string? Purpose { get; init; }

    /// <summary>Who paid for it.</summary>
    public string? Funding { get; init; }

    /// <summary>The files.</summary>
    public IReadOnlyList<DataFile> Files { get; init; } = [];

    /// <summary>What it was made from.</summary>
    public IReadOnlyList<DataSource> Sources { get; init; } = [];

    /// <summary>Where the prompts come from.</summary>
    public string? PromptOrigin { get; init; }

    /// <summary>The models that wrote candidates.</summary>
    public IReadOnlyList<GenerationSource> Generation { get; init; } = [];

    /// <summary>The instructions that annotators had, whole.</summary>
    public string? Instructions { get; init; }

    /// <summary>Their version.</summary>
    public string? InstructionVersion { get; init; }

    /// <summary>What was counted in the judgements, see <see cref="JudgementFacts.Count"/>.</summary>
    public JudgementFacts? Facts { get; init; }

    /// <summary>
    /// The Hub's words for who judged: crowdsourced, expert-generated, found. machine-generated is added where models judged; empty is
    /// not known.
    /// </summary>
    public IReadOnlyList<string> AnnotationsCreators { get; init; } = [];

    /// <summary>The tool in which people judged.</summary>
    public string? Platform { get; init; }

    /// <summary>How annotators were chosen.</summary>
    public string? AnnotatorSelection { get; init; }

    /// <summary>How annotators were trained or tested.</summary>
    public string? AnnotatorTraining { get; init; }

    /// <summary>Who they are.</summary>
    public string? AnnotatorDemographics { get; init; }

    /// <summary>
    /// How they were paid. A record without a time of its own is printed with <see cref="JudgementFacts.MedianSeconds"/> of
    /// <see cref="Facts"/>, so that effective hourly pay is known wherever times are.
    /// </summary>
    public PayRecord? Pay { get; init; }

    /// <summary>Whether models' answers were shown to annotators, or models judged.</summary>
    public string? MachineAnnotation { get; init; }

    /// <summary>How far annotators agree.</summary>
    public IReadOnlyList<AgreementFigure> Agreement { get; init; } = [];

    /// <summary>What was done, in order; whatever was dropped stands here with its numbers.</summary>
    public IReadOnlyList<ProcessingStep> Steps { get; init; } = [];

    /// <summary>Personal or sensitive information in the data.</summary>
    public string? PersonalInformation { get; init; }

    /// <summary>Ethical review.</summary>
    public string? EthicalReview { get; init; }

    /// <summary>Whether people were told, agreed and can withdraw.</summary>
    public string? Consent { get; init; }

    /// <summary>What the data are for.</summary>
    public string? Uses { get; init; }

    /// <summary>What they must not be used for.</summary>
    public string? OutOfScopeUses { get; init; }

    /// <summary>Known biases.</summary>
    public string? Biases { get; init; }

    /// <summary>Known limits.</summary>
    public string? Limitations { get; init; }

    /// <summary>What the data may do to people.</summary>
    public string? SocialImpact { get; init; }

    /// <summary>Whether the raw judgements are kept, and where.</summary>
    public string? RawData { get; init; }

    /// <summary>Who maintains it and whether it will be updated.</summary>
    public string? Maintenance { get; init; }

    /// <summary>The pipeline that ran (job and commit identifiers of Pachyderm or another runner), by name.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>With one more step.</summary>
    public Provenance Then(ProcessingStep step) => this with { Steps = [.. Steps, step] };

    /// <summary>With one more source.</summary>
    public Provenance From(FeedbackInput input, long? records = null, string? license = null, string? note = null) =>
        this with { Sources = [.. Sources, new DataSource(input.Name, input.Sha256, records, license, note)] };

    /// <summary>With what a conversion could not keep, left out or noticed as steps.</summary>
    public Provenance Then(string conversion, ConversionReport report) => report.Notes.Aggregate(
        Then(new ProcessingStep(conversion, After: report.Records)),
        (provenance, note) => provenance.Then(new ProcessingStep($"{conversion}: {note.Kind switch
        {
            ConversionNoteKind.LeftOut => "left out",
            ConversionNoteKind.Lost => "not kept",
            _ => "noticed",
        }}", FormattableString.Invariant($"{note.Message} ({note.Count} times)"))));

    /// <summary>
    /// With the values that name a Pachyderm run (<c>PACH_JOB_ID</c>, <c>PACH_OUTPUT_COMMIT_ID</c>, <c>PACH_DATUM_ID</c>,
    /// <c>*_COMMIT</c>), where the given variables hold them.
    /// </summary>
    public Provenance FromEnvironment(IReadOnlyDictionary<string, string> variables) => this with
    {
        Environment = variables
            .Where(variable => variable.Key is "PACH_JOB_ID" or "PACH_OUTPUT_COMMIT_ID" or "PACH_DATUM_ID" || variable.Key.EndsWith("_COMMIT", StringComparison.Ordinal))
            .OrderBy(variable => variable.Key, StringComparer.Ordinal)
            .ToDictionary(variable => variable.Key, variable => variable.Value, StringComparer.Ordinal),
    };
}
