using System.Diagnostics;
using System.Globalization;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Quality;

namespace PreferenceTuning.Feedback.Benchmarks;

/// <summary>
/// The quality report of 250,000 judgements with the search for texts that are nearly the same: three people, 83,333 items of a prompt of 20
/// words and two answers of 60.
/// </summary>
internal static class LargeReport
{
    private const int Items = 250_000 / 3;

    /// <summary>The item whose second candidate is the first of another with one word changed, for the search to find.</summary>
    private const int Planted = 4711;

    private static readonly string[] People = ["ana", "bo", "cy"];

    /// <summary>Prints two lines and says whether the planted text was found, and only that.</summary>
    public static bool Run()
    {
        var judgements = Make();
        var begun = Stopwatch.StartNew();
        var report = QualityReport.Of(judgements);
        var whole = begun.Elapsed;
        begun.Restart();
        QualityReport.Of(JudgementMapping.Of(judgements).Judgements);
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{judgements.Count} judgements, report {whole.TotalSeconds:0.0} s, without the search for repeated texts {begun.Elapsed.TotalSeconds:0.0} s, peak memory of all modes so far {process.PeakWorkingSet64 / 1e6:0} MB, {report.RepeatedTexts.Count} repeated"));
        return report.RepeatedTexts is [{ Kind: RepeatedTextKind.AcrossPrompts }];
    }

    private static List<Judgement> Make()
    {
        var random = new Random(1);
        string Text(int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => $"word{random.Next(5000)}"));
        var judgements = new List<Judgement>(3 * Items);
        var last = "";
        for (var number = 0; number < Items; number++)
        {
            var prompt = Text(20);
            var (first, second) = (Text(60), number == Planted ? last + " end" : Text(60));
            last = first;
            foreach (var who in People)
            {
                var best = random.Next(3) == 0 ? "b" : "a";
                judgements.Add(new Judgement
                {
                    Item = $"i{number}",
                    Prompt = prompt,
                    Candidates = [new() { Id = "a", Text = first }, new() { Id = "b", Text = second }],
                    Annotator = who,
                    Seconds = 30 + (20 * random.NextDouble()),
                    Ranking = [[best], [best == "a" ? "b" : "a"]],
                });
            }
        }

        return judgements;
    }
}
