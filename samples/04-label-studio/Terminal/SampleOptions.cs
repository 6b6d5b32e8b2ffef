using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Feedback.Pipelines;
using PreferenceTuning.Feedback.Statistics;

namespace LabelStudioSample.Terminal;

/// <summary>A Label Studio server and one of its projects.</summary>
/// <param name="Url">The server's address.</param>
/// <param name="Project">The project's number, or null to make one.</param>
internal sealed record ServerPlace(Uri Url, long? Project)
{
    /// <summary>The environment variable with the token: on a command line everybody could read it.</summary>
    public const string TokenVariable = "LABEL_STUDIO_API_KEY";
}

/// <summary>What is asked.</summary>
internal enum QuestionForm
{
    /// <summary>Which of two, by clicking it.</summary>
    Pairwise,

    /// <summary>Which of two, or a tie.</summary>
    Choices,

    /// <summary>The order of any number.</summary>
    Ranking,
}

/// <summary>What the command <c>tasks</c> was told.</summary>
internal sealed record TasksOptions
{
    /// <summary>Prompts and candidates, JSON Lines; null for simulated ones.</summary>
    public string? Items { get; init; }

    public QuestionForm Form { get; init; } = QuestionForm.Choices;

    /// <summary>Decides the order on the screen.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>A text that annotators read first, or null.</summary>
    public string? Instructions { get; init; }

    /// <summary>A new project's title.</summary>
    public string Title { get; init; } = "Preferences";

    public ServerPlace? Server { get; init; }

    public required string Output { get; init; }

    /// <summary>The labelling config for these items: one conversation among the prompts, and all are shown as conversations.</summary>
    public LabelingConfig ConfigFor(IReadOnlyList<JudgingItem> items)
    {
        var conversation = items.Any(item => item.Prompt.Messages is not null);
        return Form switch
        {
            QuestionForm.Pairwise => LabelingConfigs.Pairwise(conversation),
            QuestionForm.Choices => LabelingConfigs.ChoicesWithTie(conversation),
            _ => LabelingConfigs.Ranker(conversation),
        };
    }
}

/// <summary>Where judgements come from: a file or a server.</summary>
internal sealed record SourceOptions
{
    public string? Export { get; init; }

    public ServerPlace? Server { get; init; }

    /// <summary>The labelling config; null for <c>config.xml</c> beside the export.</summary>
    public string? Config { get; init; }

    /// <summary>The items that the tasks were made of; null for <c>items.jsonl</c> beside the export, where that is.</summary>
    public string? Items { get; init; }

    /// <summary>What a choice of the config means: the object that it prefers, or <see cref="Tie"/>; see the library's options.</summary>
    public IReadOnlyDictionary<string, string> Choices { get; init; } = new Dictionary<string, string>();

    /// <summary>What a choice means that prefers none.</summary>
    public const string Tie = "tie";
}

/// <summary>What the command <c>report</c> was told.</summary>
internal sealed record ReportOptions(SourceOptions Source, string Output)
{
    /// <summary>How far apart answers are for Krippendorff's alpha.</summary>
    public MeasurementLevel Level { get; init; }
}

/// <summary>How judgements are merged.</summary>
internal enum MergeMethod
{
    /// <summary>One judgement, one vote.</summary>
    Majority,

    /// <summary>Votes weigh by how often their annotator is right, as the model of Dawid and Skene sees it.</summary>
    Weighted,
}

/// <summary>What the command <c>pairs</c> was told.</summary>
internal sealed record PairsOptions(SourceOptions Source, string Output)
{
    public MergeMethod Method { get; init; }

    /// <summary>Annotators whose judgements are left out.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];

    /// <summary>Why; needed where somebody is left out.</summary>
    public string? Reason { get; init; }

    /// <summary>The questions whose ratings put the candidates in order; empty: only what people put in order counts.</summary>
    public IReadOnlyList<string> Ratings { get; init; } = [];

    /// <summary>Expected share of held-out prompts.</summary>
    public double HeldOut { get; init; } = 0.1;

    /// <summary>Decides which prompts are held out.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The data set's name.</summary>
    public string Name { get; init; } = "Preferences";

    /// <summary>What the data set is, for its card; null is not known.</summary>
    public string? Description { get; init; }

    /// <summary>A <c>params.yaml</c> that says method, share held out and seed instead, or null.</summary>
    public string? Params { get; init; }

    /// <summary>With what <see cref="Params"/> says.</summary>
    /// <exception cref="FeedbackFormatException">It says something else than expected, or not all of it.</exception>
    public PairsOptions Resolved()
    {
        if (Params is null)
            return this;
        var said = PipelineParameters.FromFile(Params);
        var (method, heldOut) = (said.Text("pairs.method"), said.Number("pairs.held_out"));
        if (heldOut is not (>= 0 and < 1))
            throw new FeedbackFormatException(
                FormattableString.Invariant($"The share is {heldOut}; expected 0 to below 1."), Path.GetFileName(Params),
                position: "pairs.held_out");
        return this with
        {
            Method = Enum.TryParse<MergeMethod>(method, ignoreCase: true, out var parsed) && Enum.IsDefined(parsed)
                ? parsed
                : throw new FeedbackFormatException(
                $"The method is '{method}'; expected majority or weighted.", Path.GetFileName(Params), position: "pairs.method"),
            HeldOut = heldOut,
            Seed = said.WholeNumber("seed"),
            Params = null,
        };
    }
}
