namespace PreferenceTuning.Tokenization;

/// <summary>Decoders by their name in tokenizer.json.</summary>
internal static class DecoderReader
{
    private const string Known =
        "Sequence, ByteLevel, ByteFallback, Fuse, Strip, Replace, Metaspace, WordPiece, BPEDecoder, CTC";

    public static IDecoder? Read(JsonPart json) => json.IsNull ? null : json.Type switch
    {
        "Sequence" => new SequenceDecoder([.. json.Child("decoders").Items().Select(item => Read(item)).OfType<IDecoder>()]),
        "ByteLevel" => new ByteLevelDecoder(),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Fuse" => new FuseDecoder(),
        "Strip" => new StripDecoder(json.Text("content"), json.Number("start"), json.Number("stop")),
        "Replace" => new ReplaceDecoder(PatternReader.Read(json.Child("pattern")), json.Text("content")),
        "Metaspace" => new MetaspaceDecoder(json.Letter("replacement"), PreTokenizerReader.Scheme(json)),
        "WordPiece" => new WordPieceDecoder(json.Text("prefix"), json.Flag("cleanup", true)),
        "BPEDecoder" => new BpeDecoder(json.Text("suffix")),
        "CTC" => new CtcDecoder(json.Text("pad_token"), json.Text("word_delimiter_token"), json.Flag("cleanup", true)),
        _ => throw json.Unknown("decoder", Known),
    };
}
