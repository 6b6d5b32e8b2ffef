using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PreferenceTuning.Tokenization;

/// <summary>Writes the tokenizer.json of a GPT-2 style tokenizer: byte-level BPE without normalizer.</summary>
internal static class Gpt2Json
{
    public const string EndOfText = "<|endoftext|>";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    /// <summary>
    /// Reads vocab.json and merges.txt as the GPT-2 encoder does: one merge a line, the first line may be a version. Where no names
    /// are given, the end-of-text token of the vocabulary begins and ends texts.
    /// </summary>
    public static (byte[] Json, SpecialTokenNames Names) FromFiles(string vocabularyFile, string mergesFile, SpecialTokenNames? names)
    {
        var vocabulary = JsonPart.Parse(PretrainedFiles.ReadFile(vocabularyFile), vocabularyFile).Members()
            .Select(member => (member.Name, member.Value.Number())).ToList();
        var merges = Merges(mergesFile);
        var inVocabulary = vocabulary.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        var end = inVocabulary.Contains(EndOfText) ? EndOfText : null;
        names ??= new SpecialTokenNames(end, end, null, null);
        var special = new[] { names.Bos, names.Eos, names.Pad, names.Unk, EndOfText }
            .OfType<string>().Distinct().Where(inVocabulary.Contains).ToList();
        return (Write(vocabulary, merges, special, names), names);
    }

    /// <summary>The file for a vocabulary in id order, merges in rank order and special tokens of the vocabulary.</summary>
    public static byte[] Write(
        IReadOnlyList<(string Token, int Id)> vocabulary, IReadOnlyList<(string Left, string Right)> merges, IReadOnlyList<string> special, SpecialTokenNames names)
    {
        var ids = vocabulary.ToDictionary(entry => entry.Token, entry => entry.Id, StringComparer.Ordinal);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            WriteAdded(json, special.Select(token => (token, ids[token])));
            json.WriteNull("normalizer");
            WriteByteLevel(json, "pre_tokenizer", names.AddsPrefixSpace, trimOffsets: true);
            WritePostProcessor(json, names, ids);
            WriteByteLevel(json, "decoder", addPrefixSpace: true, trimOffsets: true);
            WriteModel(json, vocabulary, merges);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static List<(string Left, string Right)> Merges(string file)
    {
        var text = Encoding.UTF8.GetString(PretrainedFiles.ReadFile(file));
        var merges = new List<(string, string)>();
        var number = 0;
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            number++;
            if (line.Length == 0 || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal)))
            {
                continue;
            }

            merges.Add(line.Split(' ') is [{ Length: > 0 } left, { Length: > 0 } right]
                ? (left, right)
                : throw new InvalidDataException(
                    $"{file}, line {number}: '{line}' is not a merge of two tokens with one space between them."));
        }

        return merges;
    }

    private static void WriteAdded(Utf8JsonWriter json, IEnumerable<(string Token, int Id)> tokens)
    {
        json.WriteStartArray("added_tokens");
        foreach (var (token, id) in tokens.OrderBy(entry => entry.Id))
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", token);
            json.WriteBoolean("single_word", false);
            json.WriteBoolean("lstrip", false);
            json.WriteBoolean("rstrip", false);
            json.WriteBoolean("normalized", false);
            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, string name, bool addPrefixSpace, bool trimOffsets)
    {
        json.WriteStartObject(name);
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", addPrefixSpace);
        json.WriteBoolean("trim_offsets", trimOffsets);
        json.WriteBoolean("use_regex", true);
        json.WriteEndObject();
    }

    private static void WritePostProcessor(Utf8JsonWriter json, SpecialTokenNames names, Dictionary<string, int> ids)
    {
        if (!names.AddsBos && !names.AddsEos)
        {
            WriteByteLevel(json, "post_processor", addPrefixSpace: true, trimOffsets: false);
            return;
        }

        var bos = names.AddsBos ? names.Bos ?? throw Nameless("add_bos_token", "bos_token") : null;
        var eos = names.AddsEos ? names.Eos ?? throw Nameless("add_eos_token", "eos_token") : null;
        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        WriteTemplate(json, "single", ["A"], bos, eos);
        WriteTemplate(json, "pair", ["A", "B"], bos, eos);
        json.WriteStartObject("special_tokens");
        foreach (var token in new[] { bos, eos }.OfType<string>().Distinct())
        {
            json.WriteStartObject(token);
            json.WriteString("id", token);
            json.WriteStartArray("ids");
            json.WriteNumberValue(ids.TryGetValue(token, out var id) ? id : throw new InvalidDataException(
                $"The special token '{token}' is to be added to every text but is not in the vocabulary."));
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(token);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static InvalidDataException Nameless(string flag, string token) =>
        new($"{PretrainedFiles.ConfigName} sets {flag} but names no {token}.");

    private static void WriteTemplate(Utf8JsonWriter json, string name, string[] texts, string? bos, string? eos)
    {
        json.WriteStartArray(name);
        for (var i = 0; i < texts.Length; i++)
        {
            WritePart(json, "SpecialToken", bos, i);
            WritePart(json, "Sequence", texts[i], i);
            WritePart(json, "SpecialToken", eos, i);
        }

        json.WriteEndArray();
    }

    private static void WritePart(Utf8JsonWriter json, string kind, string? id, int typeId)
    {
        if (id is null)
        {
            return;
        }

        json.WriteStartObject();
        json.WriteStartObject(kind);
        json.WriteString("id", id);
        json.WriteNumber("type_id", typeId);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteModel(
        Utf8JsonWriter json, IReadOnlyList<(string Token, int Id)> vocabulary, IReadOnlyList<(string Left, string Right)> merges)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", false);
        json.WriteStartObject("vocab");
        foreach (var (token, id) in vocabulary)
        {
            json.WriteNumber(token, id);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in merges)
        {
            // One string each: every version of every reader knows this form, and byte letters have no space.
            json.WriteStringValue($"{left} {right}");
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
