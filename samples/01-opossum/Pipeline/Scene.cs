using Opossum.Annotators;
using Opossum.World;
using PreferenceTuning.Feedback.Judgements;

namespace Opossum.Pipeline;

/// <summary>A text to measure perplexity on.</summary>
internal sealed record HeldOutText(string Prompt, string Answer);

/// <summary>What is asked and what is wanted: everything about a run that is not a number or a model.</summary>
internal sealed record Scene
{
    /// <summary>The simulated truth; it also measures the result.</summary>
    public required IJudge Judge { get; init; }

    /// <summary>Prompts that candidates are written for and that tuning asks.</summary>
    public required IReadOnlyList<string> TuningPrompts { get; init; }

    /// <summary>Prompts that nothing is tuned on.</summary>
    public required IReadOnlyList<string> HeldOutPrompts { get; init; }

    /// <summary>Prompts whose answers the report shows side by side.</summary>
    public required IReadOnlyList<string> Shown { get; init; }

    /// <summary>What annotators are told.</summary>
    public required Instructions Instructions { get; init; }

    /// <summary>Items with a known answer.</summary>
    public required IReadOnlyList<JudgingItem> Gold { get; init; }

    /// <summary>Texts in the preferred style that no model of the run is trained on.</summary>
    public required IReadOnlyList<HeldOutText> PreferredTexts { get; init; }

    /// <summary>The same in any style.</summary>
    public required IReadOnlyList<HeldOutText> AllTexts { get; init; }

    /// <summary>The world of the opossum.</summary>
    public static Scene Opossum(long seed, Style preferred, JobSettings settings)
    {
        var book = PromptBook.Split(seed);
        var memes = Corpus.HeldOut(seed, Style.Meme);
        var biology = Corpus.HeldOut(seed, Style.Biology);
        return new Scene
        {
            Judge = new StyleJudge(preferred),
            TuningPrompts = [.. book.Tuning.Select(prompt => prompt.Text)],
            HeldOutPrompts = [.. book.HeldOut.Take(settings.EvaluationPrompts).Select(prompt => prompt.Text)],
            Shown = [PromptBook.Opossum.Text, .. book.HeldOut.Take(11).Select(prompt => prompt.Text)],
            Instructions = Instructions.For(preferred),
            Gold = GoldItems.Write(seed, preferred, book.Tuning, settings.GoldItems),
            PreferredTexts = Texts(preferred == Style.Meme ? memes : biology),
            AllTexts = Texts([.. memes, .. biology]),
        };
    }

    private static IReadOnlyList<HeldOutText> Texts(IReadOnlyList<Document> documents) =>
        [.. documents.Select(document => new HeldOutText(document.Prompt.Text, document.Answer))];
}
