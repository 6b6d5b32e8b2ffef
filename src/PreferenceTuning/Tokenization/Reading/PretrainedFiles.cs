using PreferenceTuning.Data;

namespace PreferenceTuning.Tokenization;

/// <summary>The files of a tokenizer folder: tokenizer.json, which is the truth, and what names the special tokens.</summary>
internal sealed record PretrainedFiles(byte[] TokenizerJson, byte[]? ConfigJson, byte[]? SpecialTokensMap, byte[]? ChatTemplate)
{
    public const string TokenizerName = "tokenizer.json";
    public const string ConfigName = "tokenizer_config.json";
    public const string MapName = "special_tokens_map.json";
    public const string ChatTemplateName = "chat_template.jinja";
    public const string VocabularyName = "vocab.json";
    public const string MergesName = "merges.txt";

    // A tokenizer.json of the largest vocabularies is about 35 MB; more is a mistake or an attack.
    private const long MostBytes = 256L << 20;

    public static PretrainedFiles Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"The tokenizer folder '{folder}' does not exist.");
        }

        var config = ReadIfPresent(folder, ConfigName);
        var map = ReadIfPresent(folder, MapName);
        var tokenizer = ReadIfPresent(folder, TokenizerName) ?? FromMerges(folder, config, map);
        return new PretrainedFiles(tokenizer, config, map, ReadIfPresent(folder, ChatTemplateName));
    }

    public SpecialTokenNames Names(string folder) => NamesOf(folder, ConfigJson, SpecialTokensMap);

    public void Write(string folder)
    {
        DurableFile.Replace(Path.Combine(folder, TokenizerName), stream => stream.Write(TokenizerJson));
        WriteIfPresent(folder, ConfigName, ConfigJson);
        WriteIfPresent(folder, MapName, SpecialTokensMap);
        WriteIfPresent(folder, ChatTemplateName, ChatTemplate);
    }

    /// <summary>Reads a file that a folder may have.</summary>
    public static byte[] ReadFile(string path)
    {
        var length = new FileInfo(path).Length;
        return length <= MostBytes
            ? File.ReadAllBytes(path)
            : throw new InvalidDataException($"{path} has {length} bytes; a tokenizer file has at most {MostBytes}.");
    }

    private static SpecialTokenNames NamesOf(string folder, byte[]? config, byte[]? map) => SpecialTokenNames.Read(
        config is null ? null : JsonPart.Parse(config, Path.Combine(folder, ConfigName)),
        map is null ? null : JsonPart.Parse(map, Path.Combine(folder, MapName)));

    private static byte[] FromMerges(string folder, byte[]? config, byte[]? map)
    {
        var vocabulary = Path.Combine(folder, VocabularyName);
        var merges = Path.Combine(folder, MergesName);
        return File.Exists(vocabulary) && File.Exists(merges)
            ? Gpt2Json.FromFiles(vocabulary, merges, NamesOf(folder, config, map)).Json
            : throw new FileNotFoundException(
                $"The folder '{folder}' has neither {TokenizerName} nor both {VocabularyName} and {MergesName}; one of the two is needed.",
                Path.Combine(folder, TokenizerName));
    }

    private static byte[]? ReadIfPresent(string folder, string name) =>
        File.Exists(Path.Combine(folder, name)) ? ReadFile(Path.Combine(folder, name)) : null;

    private static void WriteIfPresent(string folder, string name, byte[]? content)
    {
        if (content is not null)
        {
            DurableFile.Replace(Path.Combine(folder, name), stream => stream.Write(content));
        }
        else
        {
            // A file left by another tokenizer would contradict this one.
            File.Delete(Path.Combine(folder, name));
        }
    }
}
