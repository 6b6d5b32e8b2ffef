namespace PreferenceTuning.Tokenization;

/// <summary>Post-processors by their name in tokenizer.json.</summary>
internal static class PostProcessorReader
{
    private const string Known = "Sequence, ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing";

    public static IPostProcessor? Read(JsonPart json) => json.IsNull ? null : json.Type switch
    {
        "Sequence" => new SequencePostProcessor([.. json.Child("processors").Items().Select(item => Read(item)).OfType<IPostProcessor>()]),
        "ByteLevel" => new ByteLevelPostProcessor(json.Flag("trim_offsets", true), json.Flag("add_prefix_space", true)),
        "TemplateProcessing" => new TemplatePostProcessor(Template(json, "single", 1), Template(json, "pair", 2)),
        "BertProcessing" => new BertPostProcessor(Token(json.Child("cls")), Token(json.Child("sep"))),
        "RobertaProcessing" => new RobertaPostProcessor(
            Token(json.Child("cls")), Token(json.Child("sep")), json.Flag("trim_offsets", true), json.Flag("add_prefix_space", true)),
        _ => throw json.Unknown("post-processor", Known),
    };

    private static List<TemplatePart> Template(JsonPart json, string name, int texts) =>
        [.. json.Child(name).Items().Select(item => Part(item, json.Child("special_tokens"), texts))];

    private static TemplatePart Part(JsonPart item, JsonPart tokens, int texts)
    {
        var sequence = item.Child("Sequence");
        if (!sequence.IsNull)
        {
            var index = sequence.Text("id") switch
            {
                "A" => 0,
                "B" when texts == 2 => 1,
                var other => throw sequence.Wrong($"the sequence '{other}' does not exist in this template."),
            };
            return new TemplatePart(index, [], sequence.Number("type_id"));
        }

        var special = item.Child("SpecialToken");
        var entry = tokens.Child(special.Text("id"));
        var ids = entry.Child("ids").Items().Select(id => id.Number());
        var names = entry.Child("tokens").Items().Select(token => token.Text());
        return new TemplatePart(null, [.. ids.Zip(names)], special.Number("type_id"));
    }

    private static (int Id, string Text) Token(JsonPart json) => json.Items().ToList() is [var text, var id]
        ? (id.Number(), text.Text())
        : throw json.Wrong("a list of a token and its id was expected.");
}
