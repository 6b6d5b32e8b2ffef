namespace PreferenceTuning.Tokenization;

/// <summary>Models by their name in tokenizer.json. A file without a name is recognised by what it has.</summary>
internal static class ModelReader
{
    private const string Known = "BPE, Unigram, WordLevel";

    public static ITokenModel Read(JsonPart json)
    {
        var type = json.TextOrNull("type") ?? (json.Child("merges").IsNull ? null : "BPE");
        return type switch
        {
            "BPE" => Bpe(json),
            "Unigram" => Unigram(json),
            "WordLevel" => new WordLevelModel(Vocabulary(json.Child("vocab")), json.Text("unk_token")),
            null => throw json.Wrong($"it has no type. Known are: {Known}."),
            _ => throw json.Unknown("model", Known),
        };
    }

    private static BpeModel Bpe(JsonPart json)
    {
        if (json.Child("dropout") is { IsNull: false } dropout && dropout.Real() != 0)
        {
            throw new NotSupportedException(
                $"{dropout.Where}: {dropout.Real()} was found; only encoding without dropout is supported. Set it to null.");
        }

        var settings = new BpeSettings
        {
            Vocabulary = Vocabulary(json.Child("vocab")),
            Merges = [.. json.Child("merges").Items().Select(Merge)],
            UnknownToken = json.TextOrNull("unk_token"),
            ContinuingSubwordPrefix = json.TextOrNull("continuing_subword_prefix"),
            EndOfWordSuffix = json.TextOrNull("end_of_word_suffix"),
            FuseUnknown = json.Flag("fuse_unk", false),
            ByteFallback = json.Flag("byte_fallback", false),
            IgnoreMerges = json.Flag("ignore_merges", false),
        };
        try
        {
            return new BpeModel(settings);
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidDataException(
                $"{json.Where}: the vocabulary and the merges do not fit together: {exception.Message}", exception);
        }
    }

    private static UnigramModel Unigram(JsonPart json)
    {
        var entries = json.Child("vocab").Items().Select(item => item.Items().ToList() is [var text, var score]
            ? (text.Text(), score.Real())
            : throw item.Wrong("a list of a token and its score was expected.")).ToList();
        var unknown = json.Child("unk_id") is { IsNull: false } id ? id.Number() : (int?)null;
        return entries.Count == 0 || unknown >= entries.Count
            ? throw json.Wrong($"the vocabulary has {entries.Count} entries; more than unk_id ({unknown}) were expected.")
            : new UnigramModel(entries, unknown, json.Flag("byte_fallback", false));
    }

    private static Dictionary<string, int> Vocabulary(JsonPart json)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var used = new HashSet<int>();
        foreach (var (token, value) in json.Members())
        {
            var id = value.Number();
            ids[token] = used.Add(id) ? id : throw value.Wrong($"the id {id} has two tokens.");
        }

        return ids.Count > 0 ? ids : throw json.Wrong("the vocabulary is empty.");
    }

    private static (string Left, string Right) Merge(JsonPart json)
    {
        string[] parts = json.Element.ValueKind == System.Text.Json.JsonValueKind.Array
            ? [.. json.Items().Select(item => item.Text())]
            : json.Text().Split(' ');
        return parts is [{ Length: > 0 } left, { Length: > 0 } right]
            ? (left, right)
            : throw json.Wrong("a merge of two tokens was expected, as a list of two or as one string with one space.");
    }
}
