namespace Opossum.World;

/// <summary>What a careful reader sees in an answer. Everything is in [0, 1] except the counts.</summary>
/// <param name="Memeness">0 biology homework, 1 meme, between them a mixture.</param>
/// <param name="AnimalMatch">1 the animal asked for and no other, 0.6 others too, 0.25 no animal, 0 only others.</param>
/// <param name="Finished">Whether it ends as a sentence.</param>
/// <param name="Quality">How far it is a readable text at all: length, repetition, familiar word order. Multiplies everything.</param>
/// <param name="WordCount">Words, marks not counted.</param>
/// <param name="Utility">What the answer is worth to this reader, 0 (garbage) to 5, in units of one nat of preference.</param>
/// <param name="IsPreferred">Everything that was asked for: the style, the animal, a finished sentence, readable.</param>
internal sealed record Verdict(
    double Memeness, double AnimalMatch, bool Finished, double Quality, int WordCount, double Utility, bool IsPreferred);

/// <summary>A comparison of two answers without noise.</summary>
internal enum Preference
{
    First,
    Second,
    Tie,
}

/// <summary>Says what an answer is worth: the simulated truth that annotators see through noise.</summary>
internal interface IJudge
{
    /// <summary>Judges one answer to one prompt, from the texts alone.</summary>
    Verdict Judge(string prompt, string answer);
}

/// <summary>What follows from a judge.</summary>
internal static class JudgeExtensions
{
    /// <summary>Two answers whose utilities differ by less than this are equally good, in nats.</summary>
    public const double TieMargin = 0.35;

    /// <summary>Which of two answers this judge prefers.</summary>
    public static Preference Compare(this IJudge judge, string prompt, string first, string second)
    {
        var difference = judge.Judge(prompt, first).Utility - judge.Judge(prompt, second).Utility;
        return Math.Abs(difference) < TieMargin ? Preference.Tie : difference > 0 ? Preference.First : Preference.Second;
    }
}
