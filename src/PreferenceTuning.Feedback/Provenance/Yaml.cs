using System.Globalization;
using System.Text;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Provenance;

/// <summary>
/// Writes the little YAML that a card's head needs. Every text that YAML could read as something else (no, 1.0, a date) is quoted.
/// </summary>
internal sealed class Yaml
{
    private static readonly string[] Words = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"];

    private readonly StringBuilder _text = new();

    public Yaml Pair(string key, string? value, int indent = 0)
    {
        if (value is not null)
            Line(indent, $"{key}: {Scalar(value)}");
        return this;
    }

    public Yaml Number(string key, double value, int indent = 0) =>
        Line(indent, string.Create(CultureInfo.InvariantCulture, $"{key}: {value:R}"));

    public Yaml List(string key, IReadOnlyCollection<string> values, int indent = 0)
    {
        if (values.Count == 0)
            return this;
        Line(indent, $"{key}:");
        foreach (var value in values)
            Line(indent, $"- {Scalar(value)}");
        return this;
    }

    public Yaml Line(int indent, string line)
    {
        _text.Append(' ', indent).Append(line).Append('\n');
        return this;
    }

    public override string ToString() => _text.ToString();

    public static string Scalar(string value) =>
        IsPlain(value) ? value : CanonicalJson.Write(writer => writer.WriteStringValue(value), CanonicalJson.Compacted);

    private static bool IsPlain(string value)
    {
        if (value.Length == 0 || !char.IsAsciiLetter(value[0]) && !IsSizeCategory(value))
            return false;
        if (value[^1] == ' ' || Words.Contains(value, StringComparer.OrdinalIgnoreCase))
            return false;
        return value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is ' ' or '-' or '_' or '.' or '/' or '<');
    }

    private static bool IsSizeCategory(string value) => value.Contains('<', StringComparison.Ordinal) && char.IsAsciiDigit(value[0]);
}
