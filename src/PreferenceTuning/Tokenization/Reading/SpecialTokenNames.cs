namespace PreferenceTuning.Tokenization;

/// <summary>The tokens that tokenizer_config.json and special_tokens_map.json name for a purpose; the first file wins.</summary>
internal sealed record SpecialTokenNames(string? Bos, string? Eos, string? Pad, string? Unk)
{
    public bool AddsBos { get; init; }

    public bool AddsEos { get; init; }

    public bool AddsPrefixSpace { get; init; }

    public static SpecialTokenNames Read(JsonPart? config, JsonPart? map)
    {
        string? Find(string name) =>
            (config is { } first ? Name(first.Child(name)) : null) ?? (map is { } second ? Name(second.Child(name)) : null);
        return new SpecialTokenNames(Find("bos_token"), Find("eos_token"), Find("pad_token"), Find("unk_token"))
        {
            AddsBos = config?.Flag("add_bos_token", false) ?? false,
            AddsEos = config?.Flag("add_eos_token", false) ?? false,
            AddsPrefixSpace = config?.Flag("add_prefix_space", false) ?? false,
        };
    }

    // A token is a string, or an object with its flags.
    private static string? Name(JsonPart json) => json.Element.ValueKind switch
    {
        System.Text.Json.JsonValueKind.Object => json.Text("content"),
        _ when json.IsNull => null,
        _ => json.Text(),
    };
}
