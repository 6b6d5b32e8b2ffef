using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>Normalizers by their name in tokenizer.json.</summary>
internal static class NormalizerReader
{
    private const string Known =
        "Sequence, Prepend, Replace, Lowercase, Strip, StripAccents, NFC, NFD, NFKC, NFKD, Nmt, Precompiled, BertNormalizer";

    public static INormalizer? Read(JsonPart json) => json.IsNull ? null : json.Type switch
    {
        "Sequence" => new SequenceNormalizer([.. json.Child("normalizers").Items().Select(item => Read(item)).OfType<INormalizer>()]),
        "Prepend" => new PrependNormalizer(json.Text("prepend")),
        "Replace" => new ReplaceNormalizer(PatternReader.Read(json.Child("pattern")), json.Text("content")),
        "Lowercase" => new LowercaseNormalizer(),
        "Strip" => new StripNormalizer(json.Flag("strip_left", true), json.Flag("strip_right", true)),
        "StripAccents" => new StripAccentsNormalizer(onlyNonSpacing: false),
        "NFC" => new UnicodeNormalizer(NormalizationForm.FormC),
        "NFD" => new UnicodeNormalizer(NormalizationForm.FormD),
        "NFKC" => new UnicodeNormalizer(NormalizationForm.FormKC),
        "NFKD" => new UnicodeNormalizer(NormalizationForm.FormKD),
        "Nmt" => new NmtNormalizer(),
        "Precompiled" => Precompiled(json),
        "BertNormalizer" => Bert(json),
        _ => throw json.Unknown("normalizer", Known),
    };

    private static PrecompiledNormalizer Precompiled(JsonPart json)
    {
        try
        {
            return new PrecompiledNormalizer(Convert.FromBase64String(json.Text("precompiled_charsmap")));
        }
        catch (Exception exception) when (exception is FormatException or InvalidDataException)
        {
            throw new InvalidDataException($"{json.Where}: {exception.Message}", exception);
        }
    }

    private static SequenceNormalizer Bert(JsonPart json)
    {
        var lowercase = json.Flag("lowercase", true);
        return BertNormalizer.Create(
            json.Flag("clean_text", true), json.Flag("handle_chinese_chars", true), json.Flag("strip_accents", lowercase), lowercase);
    }
}
