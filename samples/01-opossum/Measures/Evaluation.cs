using Opossum.World;

namespace Opossum.Measures;

/// <summary>What two models answered to one held-out prompt; as many answers on each side.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Base">Answers of the original model.</param>
/// <param name="BaseAgain">Other answers of the original model, drawn independently: the control.</param>
/// <param name="Tuned">Answers of the tuned model.</param>
internal sealed record AnswerSet(string Prompt, IReadOnlyList<string> Base, IReadOnlyList<string> BaseAgain, IReadOnlyList<string> Tuned);

/// <summary>What the simulated preference says about a tuned model, from texts alone.</summary>
/// <param name="Win">Tuned against base.</param>
/// <param name="Control">Base against other answers of base: near 0.5, or the comparison is not fair.</param>
/// <param name="Distinct2Ratio">Distinct bigrams, tuned over base.</param>
/// <param name="PreferredShareBefore">Share of base answers that are all that was asked for.</param>
/// <param name="PreferredShareAfter">The same of tuned answers.</param>
/// <param name="UtilitiesBefore">What each base answer is worth to the judge.</param>
/// <param name="UtilitiesAfter">What each tuned answer is worth.</param>
internal sealed record Evaluation(
    Rate Win,
    Rate Control,
    double Distinct2Ratio,
    double PreferredShareBefore,
    double PreferredShareAfter,
    IReadOnlyList<double> UtilitiesBefore,
    IReadOnlyList<double> UtilitiesAfter)
{
    /// <summary>Judges all answers without noise.</summary>
    public static Evaluation Of(IReadOnlyList<AnswerSet> answers, IJudge judge, long seed)
    {
        foreach (var set in answers.Where(set => set.Base.Count != set.Tuned.Count || set.Base.Count != set.BaseAgain.Count))
        {
            throw new ArgumentException(
                $"'{set.Prompt}' has {set.Base.Count} base, {set.BaseAgain.Count} control and {set.Tuned.Count} tuned answers; they are " +
                "compared one " +
                "by one, so there must be as many of each.", nameof(answers));
        }

        var before = answers.SelectMany(set => set.Base.Select(answer => judge.Judge(set.Prompt, answer))).ToList();
        var after = answers.SelectMany(set => set.Tuned.Select(answer => judge.Judge(set.Prompt, answer))).ToList();
        return new Evaluation(
            WinRate.Of(Scores(answers, set => set.Tuned, judge), seed),
            WinRate.Of(Scores(answers, set => set.BaseAgain, judge), seed),
            Variety.DistinctBigramRatio([.. answers.SelectMany(set => set.Tuned)], [.. answers.SelectMany(set => set.Base)]),
            before.Count(verdict => verdict.IsPreferred) / (double)before.Count,
            after.Count(verdict => verdict.IsPreferred) / (double)after.Count,
            [.. before.Select(verdict => verdict.Utility)],
            [.. after.Select(verdict => verdict.Utility)]);
    }

    private static List<IReadOnlyList<double>> Scores(
        IReadOnlyList<AnswerSet> answers, Func<AnswerSet, IReadOnlyList<string>> side, IJudge judge) =>
        [.. answers.Select(set => (IReadOnlyList<double>)
            [.. side(set).Zip(set.Base, (answer, original) => WinRate.Score(judge.Compare(set.Prompt, answer, original)))])];
}
