namespace PreferenceTuning.Tokenization;

/// <summary>Joins everything, so that later steps see one string.</summary>
internal sealed class FuseDecoder : IDecoder
{
    public List<string> Decode(List<string> tokens) => [string.Concat(tokens)];
}
