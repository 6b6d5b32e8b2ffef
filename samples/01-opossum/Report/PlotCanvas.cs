using ScottPlot;

namespace Opossum.Report;

/// <summary>A picture for the report.</summary>
/// <param name="Name">File name without ending.</param>
/// <param name="Caption">What to look for, in a sentence or two.</param>
/// <param name="Png">The picture.</param>
internal sealed record PlotImage(string Name, string Caption, byte[] Png);

/// <summary>The look that all plots share.</summary>
internal static class PlotCanvas
{
    public static readonly Color Before = Color.FromHex("#8393a7");
    public static readonly Color After = Color.FromHex("#d9622b");
    public static readonly Color Aim = Color.FromHex("#1f8a70");
    public static readonly Color Ink = Color.FromHex("#33333d");
    private static readonly Color GridLine = Color.FromHex("#ececf1");

    // Twice the size at which the report shows it, so that it stays sharp on dense screens.
    private const int Width = 960;
    private const int Height = 500;
    private const float Scale = 2;

    /// <summary>An empty plot with labels.</summary>
    public static Plot New(string title, string x, string y)
    {
        EmbeddedFont.Register();
        var plot = new Plot { ScaleFactor = Scale };
        plot.Font.Set(EmbeddedFont.Name);
        plot.FigureBackground.Color = Colors.White;
        plot.Axes.Color(Ink);
        plot.Axes.Frame(false);
        plot.Axes.Left.FrameLineStyle.Width = 1;
        plot.Axes.Bottom.FrameLineStyle.Width = 1;
        plot.Axes.Left.MinorTickStyle.Length = 0;
        plot.Axes.Bottom.MinorTickStyle.Length = 0;
        plot.Grid.MajorLineColor = GridLine;
        plot.Title(title, 14);
        plot.XLabel(x, 12);
        plot.YLabel(y, 12);
        plot.Axes.Bottom.Label.Bold = false;
        plot.Axes.Left.Label.Bold = false;
        return plot;
    }

    /// <summary>A line; one point is drawn as a dot, so that a run of one iteration shows something.</summary>
    public static void Line(Plot plot, IEnumerable<CurvePoint> points, Color color, string? legend = null, LinePattern? pattern = null)
    {
        var list = points.Where(point => double.IsFinite(point.Value)).ToList();
        if (list.Count == 0)
        {
            return;
        }

        var line = plot.Add.Scatter(list.Select(point => point.Step).ToArray(), list.Select(point => point.Value).ToArray(), color);
        line.LineWidth = 2;
        line.MarkerSize = list.Count == 1 ? 7 : 0;
        if (pattern is { } dashes)
        {
            line.LinePattern = dashes;
        }

        if (legend is not null)
        {
            line.LegendText = legend;
        }
    }

    /// <summary>Shows the legend without a box.</summary>
    public static void Legend(Plot plot, Alignment alignment = Alignment.UpperRight)
    {
        plot.ShowLegend(alignment, Orientation.Horizontal);
        plot.Legend.FontSize = 11;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.BackgroundColor = Colors.White.WithAlpha(0.8);
    }

    /// <summary>Draws it.</summary>
    public static PlotImage Draw(Plot plot, string name, string caption)
    {
        using (plot)
        {
            return new PlotImage(name, caption, plot.GetImageBytes(Width, Height, ImageFormat.Png));
        }
    }
}
