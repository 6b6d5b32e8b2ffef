using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>Which object of a labelling config is the prompt, which are candidates, and which control holds the preference.</summary>
internal sealed record QuestionRoles
{
    public required LabelingConfig Config { get; init; }

    public required LabelStudioReadOptions Options { get; init; }

    public LabelingObject? Prompt { get; private init; }

    public IReadOnlyList<LabelingObject> Candidates { get; private init; } = [];

    public LabelingControl? Pairwise { get; private init; }

    public LabelingControl? Ranker { get; private init; }

    /// <summary>Choices of which at least two name objects: "which is better", as opposed to "what is it".</summary>
    public LabelingControl? Comparison { get; private init; }

    public LabelingObject? List { get; private init; }

    public JudgementKind Kind { get; private init; }

    public static QuestionRoles Of(LabelingConfig config, LabelStudioReadOptions options)
    {
        CheckChoices(config, options);
        var pairwise = config.Controls.FirstOrDefault(control => control.Tag == "Pairwise");
        var ranker = config.Controls.FirstOrDefault(control => control.Tag == "Ranker");
        var comparison = pairwise is null && ranker is null ? config.Controls.FirstOrDefault(control => Compares(control, config, options)) : null;
        var list = ranker is null ? null : config.ObjectNamed(ranker.Targets.Count > 0 ? ranker.Targets[0] : "");
        var candidates = list is null ? CandidatesOf(config, options, pairwise, comparison) : [];
        return new QuestionRoles
        {
            Config = config,
            Options = options,
            Pairwise = pairwise,
            Ranker = ranker,
            Comparison = comparison,
            List = list,
            Candidates = candidates,
            Prompt = PromptOf(config, options, candidates, list),
            Kind = KindOf(config, pairwise ?? comparison, ranker, candidates.Count),
        };
    }

    /// <summary>The object that a stored choice names, or null.</summary>
    public LabelingObject? ObjectOf(LabelingControl control, string stored)
    {
        var choice = control.Choices.FirstOrDefault(item => item.Means(stored));
        return choice is null ? null : Named(choice, Config, Options);
    }

    public bool MeansTie(LabelingControl control, string stored)
    {
        var choice = control.Choices.FirstOrDefault(item => item.Means(stored));
        return choice is not null && Options.TieChoices.Any(tie => Same(tie, choice.Value) || Same(tie, choice.Alias));
    }

    // A misspelt choice would be a label in silence.
    private static void CheckChoices(LabelingConfig config, LabelStudioReadOptions options)
    {
        foreach (var given in options.ChoiceObjects.Keys.Where(given => !config.Controls.Any(control => control.Choices.Any(choice => choice.Means(given)))))
        {
            var known = config.Controls.Where(control => control.Tag == "Choices").SelectMany(control => control.Choices).Select(choice => choice.Value);
            throw new ArgumentException($"The labelling config has no choice '{given}'; it has: {string.Join(", ", known.Distinct(StringComparer.Ordinal))}.");
        }
    }

    private static bool Compares(LabelingControl control, LabelingConfig config, LabelStudioReadOptions options) =>
        control is { Tag: "Choices", Multiple: false }
            && control.Choices.Select(choice => Named(choice, config, options)).OfType<LabelingObject>().Distinct().Count() >= 2;

    private static LabelingObject? Named(LabelingChoice choice, LabelingConfig config, LabelStudioReadOptions options)
    {
        if (options.ChoiceObjects.TryGetValue(choice.Alias ?? choice.Value, out var given) || options.ChoiceObjects.TryGetValue(choice.Value, out given))
            return Existing(given, config);
        return config.Objects.FirstOrDefault(item => Same(item.Name, choice.Alias) || Same(item.Name, choice.Value));
    }

    private static LabelingObject Existing(string name, LabelingConfig config) => config.ObjectNamed(name)
        ?? throw new ArgumentException($"The labelling config has no object '{name}'; it has: {string.Join(", ", config.Objects.Select(item => item.Name))}.");

    private static bool Same(string name, string? other) => string.Equals(name, other, StringComparison.OrdinalIgnoreCase);

    private static List<LabelingObject> CandidatesOf(
        LabelingConfig config, LabelStudioReadOptions options, LabelingControl? pairwise, LabelingControl? comparison)
    {
        List<LabelingObject> compared = pairwise is not null
            ? [.. pairwise.Targets.Select(name => config.ObjectNamed(name)!)]
            : [.. (comparison?.Choices ?? []).Select(choice => Named(choice, config, options)).OfType<LabelingObject>().Distinct()];
        if (options.CandidateObjects is { } given)
        {
            if (compared.Find(item => !given.Contains(item.Name)) is { } missing)
                throw new ArgumentException($"'{missing.Name}' is compared, so that CandidateObjects must hold it; it holds: {string.Join(", ", given)}.");
            return [.. given.Select(name => Existing(name, config))];
        }

        if (compared.Count > 0)
            return compared;
        var asked = config.Objects.Where(item => config.Controls.Any(control => control.Targets.Contains(item.Name))).ToList();
        return asked.Count < config.Objects.Count ? asked : [];
    }

    private static LabelingObject? PromptOf(
        LabelingConfig config, LabelStudioReadOptions options, IReadOnlyList<LabelingObject> candidates, LabelingObject? list)
    {
        if (options.PromptObject is { } name)
            return Existing(name, config);
        return config.Objects.FirstOrDefault(item => item.Variable is not null && item != list && !candidates.Contains(item));
    }

    private static JudgementKind KindOf(LabelingConfig config, LabelingControl? comparison, LabelingControl? ranker, int candidates)
    {
        if (comparison is not null)
            return candidates > 2 ? JudgementKind.Ranking : JudgementKind.Pairwise;
        if (ranker is not null)
            return ranker.Choices.Count == 0 ? JudgementKind.Ranking : JudgementKind.Label;
        if (config.Controls.Any(control => control.Tag is "Rating" or "Number"))
            return JudgementKind.Rating;
        if (config.Controls.Any(control => control.Tag is "Choices" or "Taxonomy"))
            return JudgementKind.Label;
        return candidates > 0 ? JudgementKind.TextEdit : JudgementKind.Demonstration;
    }
}
