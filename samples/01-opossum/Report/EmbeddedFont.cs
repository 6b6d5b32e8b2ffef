using System.Collections.Concurrent;
using ScottPlot;
using SkiaSharp;

namespace Opossum.Report;

/// <summary>
/// Gives plots their letters from the assembly: a machine that has nothing but the .NET SDK has no fonts, and plots without text would be
/// drawn without a word of warning. It also makes a plot the same picture everywhere.
/// </summary>
internal sealed class EmbeddedFont : IFontResolver
{
    /// <summary>The name under which plots ask for it.</summary>
    public const string Name = "Opossum Sans";

    private static readonly Lock Registering = new();
    private readonly ConcurrentDictionary<bool, SKTypeface> _faces = new();

    private EmbeddedFont()
    {
    }

    /// <summary>Makes the font known to the plotting library, once.</summary>
    public static void Register()
    {
        lock (Registering)
        {
            if (!Fonts.FontResolvers.Any(resolver => resolver is EmbeddedFont))
            {
                Fonts.FontResolvers.Insert(0, new EmbeddedFont());
                Fonts.Default = Name;
            }
        }
    }

    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        CreateTypeface(fontName, weight >= FontWeight.SemiBold, italic: false);

    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) =>
        fontName == Name ? _faces.GetOrAdd(bold, Load) : null;

    private static SKTypeface Load(bool bold)
    {
        var resource = bold ? "Opossum.Fonts.Bold" : "Opossum.Fonts.Regular";
        using var stream = typeof(EmbeddedFont).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The resource {resource} is not in the assembly; it is embedded by the project file.");
        return SKTypeface.FromStream(stream) ?? throw new InvalidOperationException(
            $"The resource {resource} is not a font that can be read.");
    }
}
