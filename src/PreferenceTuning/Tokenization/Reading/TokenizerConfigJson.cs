using System.Text.Encodings.Web;
using System.Text.Json;

namespace PreferenceTuning.Tokenization;

/// <summary>
/// Writes tokenizer_config.json and special_tokens_map.json. The class is PreTrainedTokenizerFast: it is the one that takes
/// tokenizer.json as it stands, where model classes rebuild parts of it.
/// </summary>
internal static class TokenizerConfigJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    public static byte[] Write(SpecialTokenNames names) => Write(json =>
    {
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        WriteNames(json, names);
        json.WriteBoolean("clean_up_tokenization_spaces", false);
    });

    public static byte[] WriteMap(SpecialTokenNames names) => Write(json => WriteNames(json, names));

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteNames(Utf8JsonWriter json, SpecialTokenNames names)
    {
        foreach (var (name, token) in new[] { ("bos_token", names.Bos), ("eos_token", names.Eos), ("pad_token", names.Pad), ("unk_token", names.Unk) })
        {
            if (token is not null)
            {
                json.WriteString(name, token);
            }
        }
    }
}
