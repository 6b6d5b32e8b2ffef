using System.Text.Json;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Judgements;

/// <summary>Names of enumeration values in files: <c>text_edit</c> for <c>TextEdit</c>.</summary>
internal static class JsonNames
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static T Parse<T>(JsonValue value)
        where T : struct, Enum
    {
        var text = value.Text();
        foreach (var candidate in Enum.GetValues<T>())
        {
            if (Of(candidate) == text)
                return candidate;
        }

        throw value.Error($"'{text}' is not known here; expected one of: {string.Join(", ", Enum.GetValues<T>().Select(Of))}.");
    }
}
