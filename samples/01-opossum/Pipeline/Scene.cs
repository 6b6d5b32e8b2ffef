using Opossum.Annotators;
using Opossum.World;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Trainers;

namespace Opossum.Pipeline;

/// <summary>A text to measure perplexity on.</summary>
internal sealed record HeldOutText(string Prompt, string Answer);

/// <summary>What is asked and what is wanted: everything about a run that is not a number or a model.</summary>
internal sealed record Scene
{
    // Different numbers, so that no two sets of texts are drawn alike.
    private const ulong ReferenceSeed = 606;
    private const ulong HeldOutSeed = 707;
    private const int FewestTexts = 5;
    private const int ShownStories = 12;

    /// <summary>The simulated truth; it also measures the result.</summary>
    public required IJudge Judge { get; init; }

    /// <summary>Prompts that candidates are written for and that tuning asks.</summary>
    public required IReadOnlyList<string> TuningPrompts { get; init; }

    /// <summary>Prompts that nothing is tuned on.</summary>
    public required IReadOnlyList<string> HeldOutPrompts { get; init; }

    /// <summary>Prompts whose answers the report shows side by side.</summary>
    public required IReadOnlyList<string> Shown { get; init; }

    /// <summary>What annotators are told; null where a file has their judgements.</summary>
    public required Instructions? Instructions { get; init; }

    /// <summary>Items with a known answer.</summary>
    public required IReadOnlyList<JudgingItem> Gold { get; init; }

    /// <summary>
    /// Puts the answers to one prompt in the order in which they become candidates: those in front are judged. None where there is nothing
    /// to choose.
    /// </summary>
    public Func<IReadOnlyList<Answer>, IReadOnlyList<Answer>> Varied { get; init; } = answers => answers;

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

    /// <summary>
    /// Stories of a model that was not made here. What is readable, and the texts that perplexity is measured on, are what the untuned
    /// model writes itself; so perplexityRatio says how much of its own way of writing about the trait it has kept.
    /// </summary>
    /// <exception cref="TrainingException">The model hardly ever writes about the trait, so there is nothing to compare.</exception>
    public static Scene Pretrained(StartModel start, string? trait, JobSettings settings, long seed, CancellationToken cancellationToken)
    {
        var book = TraitPrompts.Split(seed, trait);
        var judge = new TraitJudge(
            trait, Own(start, settings, book.Tuning, (ulong)seed + ReferenceSeed, cancellationToken).Select(text => text.Answer));
        var texts = Own(start, settings, book.HeldOut, (ulong)seed + HeldOutSeed, cancellationToken);
        IReadOnlyList<HeldOutText> preferred = trait is null ? texts : [.. texts.Where(text => TraitJudge.Mentions(text.Answer, trait))];
        if (preferred.Count < FewestTexts)
        {
            throw new TrainingException(
                $"The model wrote \"{trait}\" in {preferred.Count} of {texts.Count} texts. People cannot prefer what they are hardly ever shown: " +
                $"take a word that it writes in at least {FewestTexts} of them.");
        }

        return new Scene
        {
            Judge = judge,
            TuningPrompts = book.Tuning,
            HeldOutPrompts = [.. book.HeldOut.Take(settings.EvaluationPrompts)],
            Shown = [.. book.HeldOut.Take(ShownStories)],
            Instructions = trait is null ? null : Instructions.ForTrait(trait),
            Gold = [],
            Varied = answers => trait is null ? answers : Alternate(answers, trait),
            PreferredTexts = preferred,
            AllTexts = texts,
        };
    }

    // A text in twenty has the trait. Without this, nearly all comparisons would be of texts that nobody prefers.
    internal static IReadOnlyList<Answer> Alternate(IReadOnlyList<Answer> answers, string trait)
    {
        var sides = answers.GroupBy(answer => TraitJudge.Mentions(answer.Text, trait)).ToList();
        return sides.Count < 2 ? [] :
            [.. sides.SelectMany(side => side.Select((answer, place) => (answer, place))).OrderBy(one => one.place).Select(one => one.answer)];
    }

    private static IReadOnlyList<HeldOutText> Own(
        StartModel start, JobSettings settings, IReadOnlyList<string> prompts, ulong seed, CancellationToken cancellationToken)
    {
        string[] asked = [.. Enumerable.Range(0, settings.OwnTexts).Select(i => prompts[i % prompts.Count])];
        var answers = Answering.Answer(start.Model, start.Codec, settings, asked, 1, seed, cancellationToken);
        return [.. asked.Zip(answers, (prompt, answer) => new HeldOutText(prompt, answer[0].Text)).Where(text => text.Answer.Length > 0)];
    }

    private static IReadOnlyList<HeldOutText> Texts(IReadOnlyList<Document> documents) =>
        [.. documents.Select(document => new HeldOutText(document.Prompt.Text, document.Answer))];
}
