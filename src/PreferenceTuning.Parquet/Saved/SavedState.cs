using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Parquet.Saved;

/// <summary>Which files a saved data set consists of, from its <c>state.json</c>.</summary>
internal static class SavedState
{
    public const string FileName = "state.json";

    private static readonly string[] Indices = ["_indices_files", "_indices_data_files"];

    /// <summary>The paths of the data files, in order; all of them are there and inside the folder.</summary>
    public static IReadOnlyList<string> DataFiles(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw Missing(folder);
        List<string> names = [];
        JsonDocuments.Whole(SavedFolder.Input(folder, FileName), json =>
        {
            json.RequireObject();
            if (!json["_data_files"].IsArray)
                throw json["_data_files"].Expected("a list of data files, as save_to_disk writes");
            foreach (var index in Indices)
            {
                if (json[index].IsArray && json[index].Items().Any())
                    throw json[index].Error("The rows stand in another order than in the files; save the data set after flatten_indices().");
            }

            foreach (var entry in json["_data_files"].Items())
                names.Add(Checked(entry.RequireObject()["filename"], names));
            if (names.Count == 0)
                throw json["_data_files"].Error("No data file is named.");
        });
        var missing = names.Where(name => !File.Exists(Path.Combine(folder, name))).ToList();
        if (missing.Count > 0)
            throw new FeedbackFormatException(
                $"{missing.Count} of {names.Count} data files are not there: {string.Join(", ", missing.Take(10))}; copy the whole folder.",
                SavedFolder.Name(folder, FileName), position: "_data_files");
        return [.. names.Select(name => Inside(folder, name))];
    }

    // Written by anybody; it must not lead to a file elsewhere.
    private static string Checked(JsonValue value, List<string> names)
    {
        var name = value.Text();
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().IndexOfAny("/\\:\0") >= 0)
            throw value.Error($"'{name}' is not the name of a file in this folder; nothing outside of it is read.");
        return names.Contains(name) ? throw value.Error($"'{name}' is named twice.") : name;
    }

    private static string Inside(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target
            && Path.GetDirectoryName(target.FullName) != Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar))
            throw new FeedbackFormatException(
                $"'{name}' is a link to a file outside of this folder; nothing outside of it is read.", SavedFolder.Name(folder, FileName),
                position: "_data_files");
        return path;
    }

    private static FeedbackFormatException Missing(string folder)
    {
        var problem = File.Exists(Path.Combine(folder, "dataset_dict.json"))
            ? "This folder holds several splits; give the folder of one of them."
            : "The file is not there; expected a folder that save_to_disk wrote.";
        return new FeedbackFormatException(problem, SavedFolder.Name(folder, FileName));
    }
}

/// <summary>The files beside the data.</summary>
internal static class SavedFolder
{
    public static FeedbackInput Input(string folder, string file) => new(Name(folder, file), File.ReadAllBytes(Path.Combine(folder, file)));

    public static string Name(string folder, string file) => $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))}/{file}";
}
