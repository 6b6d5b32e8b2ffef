namespace PreferenceTuning.Tokenization;

/// <summary>&lt;s&gt; A &lt;/s&gt;, or &lt;s&gt; A &lt;/s&gt;&lt;/s&gt; B &lt;/s&gt;; every type id is 0.</summary>
internal sealed class RobertaPostProcessor(
    (int Id, string Text) start, (int Id, string Text) separator, bool trimOffsets, bool addPrefixSpace) : IPostProcessor
{
    public List<List<EncodedToken>> Process(List<List<EncodedToken>> parts, bool addSpecialTokens)
    {
        var texts = parts.ConvertAll(part => (trimOffsets ? ByteLevelPostProcessor.Trim(part, addPrefixSpace) : part)
            .ConvertAll(token => token with { TypeId = 0 }));
        if (!addSpecialTokens)
        {
            return texts;
        }

        var output = new List<List<EncodedToken>>();
        for (var i = 0; i < texts.Count; i++)
        {
            var opening = i == 0 ? start : separator;
            output.Add([EncodedToken.Special(opening.Id, opening.Text, 0)]);
            output.Add(texts[i]);
            output.Add([EncodedToken.Special(separator.Id, separator.Text, 0)]);
        }

        return output;
    }

    public int AddedCount(bool isPair) => isPair ? 4 : 2;
}
