using System.Globalization;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.Provenance;

/// <summary>The sentences that several cards share. Each is null where nothing is known.</summary>
internal static class ProvenanceText
{
    public const string NotKnown = "Not known.";

    public static string OrNotKnown(string? text) => string.IsNullOrWhiteSpace(text) ? NotKnown : text;

    public static string? Annotators(Provenance data)
    {
        if (data.Facts is not { } facts)
            return null;
        var who = facts.Annotators == 0 ? "The annotators are not named in the data, so their number is not known"
            : Invariant($"{facts.Annotators} {(facts.Annotators == 1 ? "annotator" : "annotators")}")
                + (facts.Unnamed == 0 ? "" : Invariant($" that are named; {facts.Unnamed} of {facts.Judgements} judgements do not say who made them"))
                + (facts.ByModels == 0 ? "" : Invariant($"; {facts.ByModels} of {facts.Judgements} judgements are by models"));
        return $"{who}. Selection: {OrNotKnown(data.AnnotatorSelection)} Training: {OrNotKnown(data.AnnotatorTraining)} Demographics: {OrNotKnown(data.AnnotatorDemographics)}";
    }

    public static string? Process(Provenance data)
    {
        if (data.Facts is not { } facts)
            return null;
        var kinds = string.Join(", ", facts.Kinds.Select(kind => JsonNames.Of(kind).Replace('_', ' ')));
        var seconds = facts.MedianSeconds is { } median ? Invariant($"median {median:0.#} s, {facts.Hours:0.##} h in all") : "not known";
        return Invariant($"{facts.Judgements} judgements ({kinds}) of {facts.Items} items; {facts.Ties} ties, {facts.Skipped} skipped, {facts.Gold} gold. ")
            + $"Instructions: {Instructions(data)}. Working time: {seconds}. Pay: {Pay(data)?.ToString() ?? NotKnown}";
    }

    public static PayRecord? Pay(Provenance data) =>
        data.Pay is { MedianSeconds: null } pay ? pay with { MedianSeconds = data.Facts?.MedianSeconds } : data.Pay;

    public static string PerItem(Provenance data) => data.Facts is not { } facts ? NotKnown
        : facts.FewestPerItem == facts.MostPerItem ? Invariant($"{facts.MostPerItem}")
        : Invariant($"{facts.FewestPerItem} to {facts.MostPerItem}");

    public static string Instructions(Provenance data)
    {
        var version = data.InstructionVersion ?? (
            data.Facts?.InstructionVersions is { Count: > 0 } versions ? string.Join(", ", versions) : null);
        if (data.Instructions is null)
            return version is null ? "not known" : $"version {version}, text not known";
        var hash = Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(data.Instructions)));
        return $"version {version ?? "not known"} (sha256 {hash})";
    }

    public static string? Timeframe(Provenance data) => data.Facts is { First: { } first, Last: { } last }
        ? Invariant($"{first.UtcDateTime:yyyy-MM-dd} to {last.UtcDateTime:yyyy-MM-dd}")
        : null;

    public static IEnumerable<string> Agreement(Provenance data) => data.Agreement.Select(Figure);

    public static string Figure(AgreementFigure figure)
    {
        var interval = figure is { Lower: { } lower, Upper: { } upper } ? Invariant($" (95 % {lower:0.000} to {upper:0.000})") : "";
        var note = figure.Note is null ? "" : $"; {figure.Note}";
        return figure.Value is { } value ? Invariant($"{figure.Name} {value:0.000}{interval}{note}") : $"{figure.Name}: undefined{note}";
    }

    public static string Step(ProcessingStep step)
    {
        var counts = (step.Before, step.After) switch
        {
            ({ } before, { } after) => Invariant($" ({before} before, {after} after)"),
            (null, { } after) => Invariant($" ({after} records)"),
            _ => "",
        };
        return $"{step.Name}{(step.Detail is null ? "" : $": {step.Detail}")}{counts}";
    }

    public static string Source(DataSource source)
    {
        var records = source.Records is { } count ? Invariant($", {count} records") : "";
        var note = source.Note is null ? "" : $", {source.Note}";
        return $"{source.Name}{records}, licence {source.License ?? "not known"}, sha256 {source.Sha256 ?? "not known"}{note}";
    }

    public static string Generation(GenerationSource source)
    {
        string Setting(string name, double? value) => value is { } number ? Invariant($"{name} {number:R}") : $"{name} not known";
        var sampling = source.Sampling is not { } settings ? "sampling not known" : string.Join(", ",
            Setting("temperature", settings.Temperature), Setting("top-p", settings.TopP), Setting("top-k", settings.TopK), Setting("max tokens", settings.MaxTokens));
        return $"{source.Model}: {sampling}, revision {source.Revision ?? "not known"}";
    }

    public static IReadOnlyList<GenerationSource> Models(Provenance data) =>
        data.Generation.Count > 0 ? data.Generation : data.Facts?.Models ?? [];

    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
