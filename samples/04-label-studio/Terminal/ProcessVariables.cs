using System.Collections;

namespace LabelStudioSample.Terminal;

/// <summary>The environment of this process.</summary>
internal static class ProcessVariables
{
    public static Dictionary<string, string> All() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);
}
