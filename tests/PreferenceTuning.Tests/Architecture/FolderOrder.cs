using System.Text.RegularExpressions;

namespace PreferenceTuning.Tests.Architecture;

/// <summary>The one way through the library: which folder of src/PreferenceTuning may name which.</summary>
internal static partial class FolderOrder
{
    /// <summary>From left to right. A folder names only folders to its left ...</summary>
    public static readonly string[] Folders =
    [
        "Numerics", "Metrics", "Data", "Tokenization", "Models", "Rollouts", "Rewards", "Advantages", "Losses", "Optimization",
        "Checkpoints", "Trainers",
    ];

    /// <summary>... and these name still fewer.</summary>
    private static readonly Dictionary<string, string[]> Narrower = new()
    {
        ["Metrics"] = [],
        ["Data"] = [],
        ["Advantages"] = ["Numerics"],
        ["Losses"] = ["Numerics"],
    };

    public static IReadOnlyList<string> Allowed(string folder) =>
        Narrower.TryGetValue(folder, out var narrower) ? narrower : Folders[..Array.IndexOf(Folders, folder)];

    /// <summary>What a file names although its folder may not, one sentence each.</summary>
    /// <param name="folder">The folder the file lies in.</param>
    /// <param name="source">Its text.</param>
    /// <param name="types">The type names of each folder, to tell <c>Metrics.MetricNames</c> from a property called Metrics.</param>
    public static IEnumerable<string> Violations(string folder, string source, IReadOnlyDictionary<string, HashSet<string>> types)
    {
        var code = SourceText.CodeOf(source);
        var allowed = Allowed(folder);
        foreach (var named in NamedFolders(code, types).Where(named => named != folder && !allowed.Contains(named)).Distinct())
        {
            yield return $"names {named}; {folder} may name {(allowed.Count == 0 ? "no other folder" : string.Join(", ", allowed))}";
        }

        if (folder == "Data" && Tensors().IsMatch(code))
        {
            yield return "names TorchSharp; Data is text only";
        }
    }

    private static IEnumerable<string> NamedFolders(string code, IReadOnlyDictionary<string, HashSet<string>> types)
    {
        // PreferenceTuning.Models..., in a using directive or in the middle of an expression.
        foreach (Match match in Qualified().Matches(code))
        {
            if (Folders.Contains(match.Groups["folder"].Value))
            {
                yield return match.Groups["folder"].Value;
            }
        }

        // Models.PolicyModel: inside namespace PreferenceTuning.X the parent's other namespaces need no using directive.
        foreach (Match match in Relative().Matches(code))
        {
            if (types.TryGetValue(match.Groups["folder"].Value, out var names) && names.Contains(match.Groups["name"].Value))
            {
                yield return match.Groups["folder"].Value;
            }
        }
    }

    [GeneratedRegex(@"\bPreferenceTuning\s*\.\s*(?<folder>\w+)")]
    private static partial Regex Qualified();

    [GeneratedRegex(@"(?<![\w.])(?<folder>[A-Z]\w+)\s*\.\s*(?<name>[A-Z]\w*)")]
    private static partial Regex Relative();

    [GeneratedRegex(@"\b(TorchSharp|torch|Tensor)\b")]
    private static partial Regex Tensors();
}
