using System.Text.Json;
using System.Text.Json.Nodes;
using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;
using JsonValue = PreferenceTuning.Feedback.Judgements.Json.JsonValue;

namespace PreferenceTuning.Parquet.Saved;

/// <summary>
/// The names of a data set's ClassLabels, from <c>dataset_info.json</c>, and where they stand: in columns, in lists and in structs.
/// </summary>
internal sealed class LabelNames
{
    private const string FileName = "dataset_info.json";

    private readonly IReadOnlyList<string>? _names;
    private readonly LabelNames? _items;
    private readonly Dictionary<string, LabelNames> _fields = new(StringComparer.Ordinal);

    private LabelNames(JsonValue feature)
    {
        if (feature.IsArray)
            _items = Of(feature.Items().FirstOrDefault());
        else if (feature["_type"].IsText && feature["_type"].Text() == "ClassLabel")
            _names = [.. feature["names"].Items().Select(name => name.Text())];
        else if (feature["_type"].IsText)
            _items = Of(feature["feature"]);
        else if (feature.IsObject)
        {
            foreach (var (name, field) in feature.Properties())
            {
                if (Of(field) is { } known)
                    _fields[name] = known;
            }
        }
    }

    private bool IsEmpty => _names is null && _items is null && _fields.Count == 0;

    /// <summary>The names of a folder's columns, or null where no column is a ClassLabel.</summary>
    public static LabelNames? Of(string folder)
    {
        if (!File.Exists(Path.Combine(folder, FileName)))
            throw new FeedbackFormatException(
                "The file is not there, so that labels would be bare numbers; copy the whole folder that save_to_disk wrote.",
                SavedFolder.Name(folder, FileName));
        LabelNames? found = null;
        JsonDocuments.Whole(SavedFolder.Input(folder, FileName), json =>
        {
            var features = json.RequireObject()["features"];
            found = features.IsNull ? null : Of(features.RequireObject());
        });
        return found;
    }

    /// <summary>The names of the other columns, or null where nothing is left.</summary>
    public LabelNames? Without(Predicate<string> column)
    {
        foreach (var name in _fields.Keys.Where(name => column(name)).ToList())
            _fields.Remove(name);
        return IsEmpty ? null : this;
    }

    /// <summary>A row with names in place of numbers.</summary>
    /// <exception cref="DamagedException">A number has no name.</exception>
    public byte[] Named(ReadOnlySpan<byte> row)
    {
        var json = JsonNode.Parse(row)!;
        return CanonicalJson.WriteBytes(writer => Named(json, "")!.WriteTo(writer), CanonicalJson.Compacted);
    }

    private static LabelNames? Of(JsonValue feature)
    {
        var names = feature.IsNull ? null : new LabelNames(feature);
        return names is null or { IsEmpty: true } ? null : names;
    }

    private JsonNode? Named(JsonNode? value, string path)
    {
        switch (value)
        {
            case JsonArray list:
                // A list of structs may be stored as a struct of lists: then the list stands below the field.
                for (var index = 0; index < list.Count; index++)
                    Put((_items ?? this).Named(list[index], $"{path}[{index}]"), list[index], made => list[index] = made);
                return list;
            case JsonObject record:
                foreach (var (name, field) in _items?._fields ?? _fields)
                {
                    if (record.TryGetPropertyValue(name, out var found))
                        Put(field.Named(found, path.Length == 0 ? name : $"{path}.{name}"), found, made => record[name] = made);
                }

                return record;
            case not null when _names is not null && value.GetValueKind() == JsonValueKind.Number:
                return Name(value.GetValue<JsonElement>(), path);
            default:
                return value;
        }
    }

    // A node that stays in its place has a parent already and may not be put there again.
    private static void Put(JsonNode? made, JsonNode? before, Action<JsonNode?> put)
    {
        if (!ReferenceEquals(made, before))
            put(made);
    }

    private JsonNode? Name(JsonElement number, string path) => number.TryGetInt64(out var index) ? index switch
    {
        -1 => null,
        >= 0 when index < _names!.Count => _names[(int)index],
        _ => throw new DamagedException($"'{path}' is {number}, but {FileName} has {_names!.Count} names for it."),
    }
    : throw new DamagedException($"'{path}' is {number}, but {FileName} says that it is the number of a name.");
}
