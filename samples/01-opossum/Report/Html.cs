using System.Globalization;
using System.Net;

namespace Opossum.Report;

/// <summary>Small pieces of HTML. Whatever comes from a model, a file or a person goes through <see cref="Escape"/>.</summary>
internal static class Html
{
    /// <summary>Text as text.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A number with a fixed number of decimals, or a dash.</summary>
    public static string Number(double? value, int decimals = 2) => value is { } number && double.IsFinite(number)
        ? number.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
        : "–";

    /// <summary>A count with thousands separated by a thin space.</summary>
    public static string Count(long value) => value.ToString("#,0", Grouped);

    /// <summary>A share in per cent without decimals, or a dash.</summary>
    public static string Percent(double? share) => share is { } value && double.IsFinite(value) ? Number(100 * value, 0) + " %" : "–";

    /// <summary>A picture inside the page.</summary>
    public static string Figure(PlotImage? image) => image is null
        ? ""
        : $"""
          <figure><img alt="{Escape(image.Caption)}" src="data:image/png;base64,{Convert.ToBase64String(image.Png)}">
          <figcaption>{Escape(image.Caption)}</figcaption></figure>
          """;

    /// <summary>Several pictures, as many as there are.</summary>
    public static string Figures(IReadOnlyDictionary<string, PlotImage> plots, params IReadOnlyList<string> names)
    {
        var figures = names.Select(name => Figure(plots.GetValueOrDefault(name))).Where(figure => figure.Length > 0).ToList();
        return figures.Count == 0 ? "" : $"""<div class="plots{(figures.Count == 1 ? " one" : "")}">{string.Join("\n", figures)}</div>""";
    }

    /// <summary>A number with words below it.</summary>
    public static string Tile(string number, string words) => $"""<div class="tile"><b>{Escape(number)}</b><span>{Escape(words)}</span></div>""";

    /// <summary>"1 tie", "2 ties".</summary>
    public static string Of(int count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{Count(count)} {(count == 1 ? one : many ?? one + "s")}");

    private static readonly NumberFormatInfo Grouped = MakeGrouped();

    private static NumberFormatInfo MakeGrouped()
    {
        var format = (NumberFormatInfo)CultureInfo.InvariantCulture.NumberFormat.Clone();
        format.NumberGroupSeparator = "\u202F";
        return format;
    }
}
