using Opossum.Annotators;
using Opossum.Measures;
using Opossum.Report;
using Opossum.World;
using PreferenceTuning.Feedback.Judgements;

namespace Opossum.Preview;

/// <summary>An invented run with the judgements in it.</summary>
internal sealed record Synthetic(
    RunResult Run, IReadOnlyList<Judgement> Judgements, IReadOnlyList<Judgement> Training, IReadOnlyList<Judgement> HeldOut);

/// <summary>
/// A result without a model, to look at the report in a second: texts from the grammar, real simulated annotators, invented curves.
/// Everything that it leads to says so.
/// </summary>
internal static class SyntheticRun
{
    private const double Target = 2.5;
    private const int Iterations = 60;

    /// <summary>Invents a run.</summary>
    /// <param name="seed">Decides everything.</param>
    /// <param name="preferred">The style that people prefer.</param>
    /// <param name="method">ppo or dpo.</param>
    /// <param name="klOn">False invents a collapse.</param>
    public static Synthetic Make(long seed, Style preferred, string method = "ppo", bool klOn = true)
    {
        var judge = new StyleJudge(preferred);
        var book = PromptBook.Split(seed);
        var random = SplitMix64.For(seed, "preview");
        var answers = book.HeldOut.Select(prompt => Answers(prompt, preferred, klOn, random)).ToList();
        var evaluation = Evaluation.Of(answers, judge, seed);
        var ppo = method == "ppo";
        var (judgements, training, heldOut) = Judge(seed, preferred, book, judge, random);
        var run = new RunResult
        {
            Settings = new RunSettings
            {
                CommandLine = "dotnet run -c Release --project samples/01-opossum -- preview",
                Wanted = preferred == Style.Meme ? "memes" : "biology homework",
                Compared = preferred == Style.Meme ? "memes" : "biology homework",
                Method = method,
                KlOn = klOn,
                Preview = true,
            },
            Summary = Summarise(evaluation, seed, klOn),
            BaseModel = new BaseModelFacts(
                "GPT-2 architecture, 4 layers x 128", 1_020_000, 1536, 8000,
                Curve(300, step => 1.1 + (5.8 * Math.Exp(-step / 45)), 0.05, random), FromCache: false),
            Candidates = new CandidateFacts(book.Tuning.Count, book.HeldOut.Count, 4 * book.Tuning.Count, 1, 40),
            Judgements = Facts(judgements, training, heldOut, Instructions.For(preferred)),
            Reward = ppo
                ? new RewardFacts(
                    Calibration.Of(Margins(random)), Curve(120, step => 0.45 + (0.5 * Math.Exp(-step / 25)), 0.04, random), 0.31, 1.42)
                : null,
            Tuning = [.. Enumerable.Range(1, Iterations).Select(iteration => Point(iteration, ppo, klOn, random))],
            Utilities = new BeforeAfter(evaluation.UtilitiesBefore, evaluation.UtilitiesAfter),
            Scores = ppo ? Scores(evaluation, klOn, random) : null,
            Samples = Samples(answers, judge, preferred, klOn, random),
        };
        return new Synthetic(run, judgements, training, heldOut);
    }

    private static AnswerSet Answers(Prompt prompt, Style preferred, bool klOn, SplitMix64 random) => new(
        prompt.Text,
        [Original(prompt.Animal, random), Original(prompt.Animal, random)],
        [Original(prompt.Animal, random), Original(prompt.Animal, random)],
        [Tuned(prompt.Animal, preferred, klOn, random), Tuned(prompt.Animal, preferred, klOn, random)]);

    private static string Original(Animal animal, SplitMix64 random) =>
        Grammar.Write(random.Next(5) == 0 ? Style.Meme : Style.Biology, animal, random);

    private static string Tuned(Animal animal, Style preferred, bool klOn, SplitMix64 random) =>
        !klOn ? "Chaotic chaos."
        : random.Next(20) == 0 ? Grammar.Write(1 - preferred, animal, random)
        : Grammar.Write(preferred, animal, random);

    private static (IReadOnlyList<Judgement> All, IReadOnlyList<Judgement> Training, IReadOnlyList<Judgement> HeldOut) Judge(
        long seed, Style preferred, PromptBook book, IJudge judge, SplitMix64 random)
    {
        var items = book.Tuning.Select((prompt, index) => new JudgingItem
        {
            Id = FormattableString.Invariant($"item-{index + 1:0000}"),
            Prompt = prompt.Text,
            Candidates = [.. "abcd"[..(2 + (index % 3))].Select(id =>
                new Candidate { Id = id.ToString(), Text = Original(prompt.Animal, random), Model = "grammar" })],
        }).ToList();
        var plan = new AnnotationPlan { InstructionVersion = Instructions.For(preferred).Version, Gold = GoldItems.Write(seed, preferred, book.Tuning, 40) };
        var judgements = AnnotationRound.Run(items, plan, judge, seed);
        var (training, heldOut) = Comparisons.Split(Comparisons.Usable(judgements), 0.2, seed);
        return (judgements, training, heldOut);
    }

    private static JudgementFacts Facts(
        IReadOnlyList<Judgement> judgements, IReadOnlyList<Judgement> training, IReadOnlyList<Judgement> heldOut, Instructions instructions)
    {
        var report = JudgementReport.Of(judgements);
        return new JudgementFacts
        {
            Report = report,
            Instructions = instructions,
            Profiles = AnnotatorProfile.Default,
            UsedForTraining = training.Count,
            HeldOut = heldOut.Count,
            Dropped = [$"{report.Judgements - training.Count - heldOut.Count} judgements that are skips, ties of everything or answers " +
                "to gold questions"],
            HourlyPay = 15,
        };
    }

    private static Summary Summarise(Evaluation evaluation, long seed, bool klOn) => new()
    {
        WinRate = evaluation.Win.Value,
        WinRateLow = evaluation.Win.Low,
        WinRateHigh = evaluation.Win.High,
        BaseRate = evaluation.Control.Value,
        KlPerResponse = klOn ? 2.41 : 13.2,
        KlTarget = klOn ? Target : null,
        PerplexityRatio = klOn ? 1.08 : 7.4,
        PerplexityRatioAll = klOn ? 1.21 : 9.8,
        Distinct2Ratio = evaluation.Distinct2Ratio,
        PreferredShareBefore = evaluation.PreferredShareBefore,
        PreferredShareAfter = evaluation.PreferredShareAfter,
        RewardAccuracy = 0.78,
        SecondsTotal = 183.4,
        Seconds = new Dictionary<string, double>
        {
            ["base model"] = 71.2, ["answers"] = 9.8, ["judgements"] = 0.4, ["reward model"] = 31.5, ["tuning"] = 64.1, ["evaluation"] = 6.4,
        },
        PeakMegabytes = 612,
        Seed = seed,
    };

    private static TuningPoint Point(int iteration, bool ppo, bool klOn, SplitMix64 random)
    {
        var way = 1 - Math.Exp(-iteration / 14.0);
        var kl = klOn ? (Target * way) + (0.12 * random.NextGaussian()) : 14 * (1 - Math.Exp(-Math.Pow(iteration / 25.0, 2)));
        return new TuningPoint
        {
            Round = 1,
            Iteration = iteration,
            Kl = Math.Max(0, kl),
            KlTarget = ppo && klOn ? Target : null,
            Reward = ppo ? ((klOn ? 1.5 : 2.6) * way) + (0.08 * random.NextGaussian()) : null,
            KlCoefficient = ppo && klOn ? 0.08 + (0.12 * way) + (0.005 * random.NextGaussian()) : null,
            ValueLoss = ppo ? 0.15 + (0.6 * Math.Exp(-iteration / 8.0)) + (0.02 * random.NextDouble()) : null,
            Entropy = (klOn ? 1.5 - (0.25 * way) : 1.5 - (1.4 * way)) + (0.02 * random.NextGaussian()),
            Length = klOn ? 22 + (1.5 * way) + (0.4 * random.NextGaussian()) : 22 - (18 * way),
            EndedShare = 0.97,
            PreferenceLoss = ppo ? null : 0.69 - (0.3 * way) + (0.02 * random.NextGaussian()),
            PairAccuracy = ppo ? null : 0.5 + (0.28 * way) + (0.03 * random.NextGaussian()),
        };
    }

    private static BeforeAfter Scores(Evaluation evaluation, bool klOn, SplitMix64 random) => new(
        [.. evaluation.UtilitiesBefore.Select(value => ((value - 3) / 1.1) + (0.4 * random.NextGaussian()))],
        [.. evaluation.UtilitiesAfter.Select(value => (klOn ? (value - 3) / 1.1 : 2.7) + (0.4 * random.NextGaussian()))]);

    private static double[] Margins(SplitMix64 random) =>
        [.. Enumerable.Range(0, 400).Select(_ => 2.2 * random.NextGaussian())
            .Select(margin => random.NextDouble() < 1 / (1 + Math.Exp(-0.8 * margin)) ? margin : -margin)];

    private static CurvePoint[] Curve(int steps, Func<double, double> value, double noise, SplitMix64 random) =>
        [.. Enumerable.Range(1, steps).Select(step => new CurvePoint(step, value(step) + (noise * random.NextGaussian())))];

    private static List<SamplePair> Samples(List<AnswerSet> answers, IJudge judge, Style preferred, bool klOn, SplitMix64 random)
    {
        var first = PromptBook.Opossum;
        var samples = answers.Take(11).Select(set => Sample(set.Prompt, true, set.Base[0], set.Tuned[0], judge));
        return [Sample(first.Text, false, Grammar.Write(1 - preferred, first.Animal, random), Tuned(first.Animal, preferred, klOn, random), judge), .. samples];
    }

    private static SamplePair Sample(string prompt, bool heldOut, string before, string after, IJudge judge) =>
        new(prompt, heldOut, before, after, judge.Judge(prompt, before).Utility, judge.Judge(prompt, after).Utility);
}
