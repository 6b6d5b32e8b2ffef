namespace PreferenceTuning.Tokenization;

/// <summary>One place in a template: a text (0 or 1), or special tokens; with the type id that its tokens get.</summary>
internal sealed record TemplatePart(int? Sequence, IReadOnlyList<(int Id, string Text)> Tokens, int TypeId);

/// <summary>Puts texts and special tokens in the order of a template.</summary>
internal sealed class TemplatePostProcessor(IReadOnlyList<TemplatePart> single, IReadOnlyList<TemplatePart> pair) : IPostProcessor
{
    public List<List<EncodedToken>> Process(List<List<EncodedToken>> parts, bool addSpecialTokens)
    {
        var output = new List<List<EncodedToken>>();
        foreach (var part in parts.Count == 1 ? single : pair)
        {
            if (part.Sequence is { } sequence)
            {
                output.Add(parts[sequence].ConvertAll(token => token with { TypeId = part.TypeId }));
            }
            else if (addSpecialTokens)
            {
                output.Add([.. part.Tokens.Select(token => EncodedToken.Special(token.Id, token.Text, part.TypeId))]);
            }
        }

        return output;
    }

    public int AddedCount(bool isPair) => (isPair ? pair : single).Sum(part => part.Tokens.Count);
}
