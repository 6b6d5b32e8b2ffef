using ScottPlot;

namespace Opossum.Report;

/// <summary>Two histograms over the same bins.</summary>
internal static class Histograms
{
    private const int Bins = 24;

    /// <summary>Draws before and after, as shares, side by side in each bin; null without numbers.</summary>
    public static PlotImage? Draw(BeforeAfter values, string name, string title, string unit, string caption)
    {
        var all = values.Before.Concat(values.After).Where(double.IsFinite).ToList();
        if (all.Count == 0)
        {
            return null;
        }

        // Equal values all around (a collapsed model) still need bins with a width.
        double low = all.Min(), width = Math.Max(all.Max() - low, 1e-6) / Bins;
        var plot = PlotCanvas.New(title, unit, "share of answers, %");
        Add(plot, Shares(values.Before, low, width), low, width, PlotCanvas.Before, "before");
        Add(plot, Shares(values.After, low, width), low, width, PlotCanvas.After, "after");
        PlotCanvas.Legend(plot, Alignment.UpperCenter);
        plot.Axes.Margins(bottom: 0, top: 0.15);
        return PlotCanvas.Draw(plot, name, caption);
    }

    /// <summary>Per cent of the values in each bin; values that are not numbers are in none.</summary>
    public static double[] Shares(IReadOnlyList<double> values, double low, double width)
    {
        var shares = new double[Bins];
        foreach (var value in values.Where(double.IsFinite))
        {
            shares[Math.Clamp((int)((value - low) / width), 0, Bins - 1)] += 100.0 / values.Count;
        }

        return shares;
    }

    private static void Add(Plot plot, double[] shares, double low, double width, Color color, string legend)
    {
        var bars = shares.Select((share, bin) => new Bar
        {
            Position = low + ((bin + 0.5) * width),
            Value = share,
            Size = width * 0.92,
            FillColor = color.WithAlpha(0.72),
            LineWidth = 0,
        }).ToArray();
        plot.Add.Bars(bars).LegendText = legend;
    }
}
