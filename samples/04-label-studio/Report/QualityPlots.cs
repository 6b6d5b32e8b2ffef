using System.Globalization;
using Opossum.Report;
using PreferenceTuning.Feedback.Quality;
using PreferenceTuning.Feedback.Statistics;
using ScottPlot;

namespace LabelStudioSample.Report;

/// <summary>The pictures of a quality report. What there are no numbers for is not drawn.</summary>
internal static class QualityPlots
{
    // More names than that cannot be read beside each other.
    private const int MostNames = 24;
    private const double ReadableWordsPerMinute = 500;

    /// <summary>All pictures, by name.</summary>
    public static IReadOnlyDictionary<string, PlotImage> Of(QualityReport report)
    {
        PlotImage?[] all =
        [
            ByItem(report),
            ByAnnotator(report, "agreement-annotators", "Agreement with the others", "equal answers to the same items, %", one => one.Agreement, null,
                "Share of equal answers among all pairs with other people's answers, with the 95 % interval."),
            Speed(report, "speed-agreement", "Speed against agreement", "agreement with the others, %", one => one.Agreement),
            Speed(report, "speed-gold", "Speed against accuracy", "known answers right, %", one => one.Gold.Accuracy),
            ByAnnotator(report, "position", "How often the first on the screen was chosen", "first chosen, %", one => one.Position.FirstShare, 50,
                "With random sides it should be near 50 % (dashed); who does not read chooses by side."),
            Strengths(report),
        ];
        return all.OfType<PlotImage>().ToDictionary(image => image.Name, StringComparer.Ordinal);
    }

    private static PlotImage? ByItem(QualityReport report)
    {
        var shares = report.Items.Where(item => item.Agreement.IsDefined).Select(item => item.Agreement.Required).ToList();
        if (shares.Count == 0)
            return null;
        const int Bins = 10;
        var counts = new int[Bins];
        foreach (var share in shares)
            counts[Math.Min(Bins - 1, (int)(share * Bins))]++;
        var plot = PlotCanvas.New("Agreement by item", "pairs of answers that agree, %", "items");
        plot.Add.Bars(counts.Select((count, bin) => new Bar
        {
            Position = 100 * (bin + 0.5) / Bins,
            Value = count,
            Size = 92.0 / Bins,
            FillColor = PlotCanvas.Before,
            LineWidth = 0,
        }).ToArray());
        plot.Axes.Margins(bottom: 0, top: 0.15);
        return PlotCanvas.Draw(plot, "agreement-items", string.Create(
            CultureInfo.InvariantCulture, $"The {shares.Count} items that several people judged. The last bar holds those on which all agree, the first those on which no two do."));
    }

    private static PlotImage? ByAnnotator(
        QualityReport report, string name, string title, string unit, Func<AnnotatorQuality, Statistic> share, double? expected, string caption)
    {
        var people = report.Annotators.Where(one => share(one).IsDefined).OrderBy(one => share(one).Required).Take(MostNames).ToList();
        if (people.Count == 0)
            return null;
        var more = report.Annotators.Count(one => share(one).IsDefined) - people.Count;
        var plot = PlotCanvas.New(title, "annotator", unit);
        if (expected is { } line)
            plot.Add.HorizontalLine(line, 1.5f, PlotCanvas.Aim, LinePattern.Dashed);
        Column(plot, [.. people.Select(one => (one.Name, Percent(share(one))))]);
        plot.Axes.SetLimitsY(0, 105);
        return PlotCanvas.Draw(
            plot, name,
            caption + (more == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {more} more with higher values are not drawn.")));
    }

    private static PlotImage? Strengths(QualityReport report)
    {
        if (report.Strengths is not { IsDefined: true } fit || report.Candidates.Count > MostNames)
            return null;
        var plot = PlotCanvas.New("How strong each candidate is", "candidate", "log-ability, nats");
        plot.Add.HorizontalLine(0, 1.5f, PlotCanvas.Aim, LinePattern.Dashed);
        Column(plot, [.. report.Candidates.Select((name, index) => (Name: name, Strength: fit.Strength(index))).OrderByDescending(one => one.Strength.Required)]);
        return PlotCanvas.Draw(plot, "strengths",
            "By Davidson's model of comparisons with ties, with 95 % intervals; 0 is the mean. One nat apart means winning 73 of 100 decided comparisons.");
    }

    private static PlotImage? Speed(QualityReport report, string name, string title, string unit, Func<AnnotatorQuality, Statistic> share)
    {
        var people = report.Annotators.Where(one => one.WordsPerMinute.IsDefined && share(one).IsDefined).ToList();
        if (people.Count == 0)
            return null;
        var plot = PlotCanvas.New(title, "words to be read a minute (median)", unit);
        plot.Add.VerticalLine(ReadableWordsPerMinute, 1.5f, PlotCanvas.Aim, LinePattern.Dashed).LegendText = "nobody reads faster";
        foreach (var one in people)
            Dot(plot, one.WordsPerMinute.Required, Percent(share(one)), people.Count > MostNames ? "" : one.Name);
        PlotCanvas.Legend(plot, Alignment.LowerRight);
        plot.Axes.SetLimits(0, Math.Max(ReadableWordsPerMinute, people.Max(one => one.WordsPerMinute.Required)) * 1.12, 0, 105);
        return PlotCanvas.Draw(
            plot, name, "One dot for each annotator, with the 95 % interval. Right of the dashed line nobody has read what was judged.");
    }

    private static void Column(Plot plot, IReadOnlyList<(string Name, Statistic Value)> rows)
    {
        for (var index = 0; index < rows.Count; index++)
            Dot(plot, index, rows[index].Value, "");
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
            [.. rows.Select((_, index) => (double)index)], [.. rows.Select(row => Short(row.Name))]);
        plot.Axes.SetLimitsX(-0.6, rows.Count - 0.4);
    }

    private static void Dot(Plot plot, double x, Statistic value, string name)
    {
        if (value is { Low: { } low, High: { } high })
        {
            var interval = plot.Add.Line(x, low, x, high);
            (interval.LineColor, interval.LineWidth) = (PlotCanvas.Before, 2);
        }

        plot.Add.Scatter(x, value.Required, PlotCanvas.After).MarkerSize = 10;
        if (name.Length == 0)
            return;
        var text = plot.Add.Text(Short(name), x, value.Required);
        (text.LabelFontSize, text.LabelFontColor, text.OffsetX, text.LabelAlignment) = (13, PlotCanvas.Ink, 9, Alignment.MiddleLeft);
    }

    private static Statistic Percent(Statistic share) => share is { Low: { } low, High: { } high, Confidence: { } confidence }
        ? Statistic.WithInterval(100 * share.Required, 100 * low, 100 * high, confidence, share.IntervalMethod!)
        : Statistic.Of(100 * share.Required);

    private static string Short(string name) => name.Length <= 14 ? name : name[..13] + "…";
}
