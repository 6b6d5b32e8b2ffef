namespace PreferenceTuning.Tokenization;

/// <summary>Normalizers by their name in tokenizer.json.</summary>
internal static class NormalizerReader
{
    private const string Known = "Sequence, Prepend, Replace, Lowercase, Strip";

    public static INormalizer? Read(JsonPart json) => json.IsNull ? null : json.Type switch
    {
        "Sequence" => new SequenceNormalizer([.. json.Child("normalizers").Items().Select(item => Read(item)).OfType<INormalizer>()]),
        "Prepend" => new PrependNormalizer(json.Text("prepend")),
        "Replace" => new ReplaceNormalizer(PatternReader.Read(json.Child("pattern")), json.Text("content")),
        "Lowercase" => new LowercaseNormalizer(),
        "Strip" => new StripNormalizer(json.Flag("strip_left", true), json.Flag("strip_right", true)),
        _ => throw json.Unknown("normalizer", Known),
    };
}
