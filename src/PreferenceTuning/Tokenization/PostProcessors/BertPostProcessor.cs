namespace PreferenceTuning.Tokenization;

/// <summary>[CLS] A [SEP], or [CLS] A [SEP] B [SEP] with type 1 for the second text and its separator.</summary>
internal sealed class BertPostProcessor((int Id, string Text) start, (int Id, string Text) separator) : IPostProcessor
{
    public List<List<EncodedToken>> Process(List<List<EncodedToken>> parts, bool addSpecialTokens)
    {
        if (!addSpecialTokens)
        {
            return parts;
        }

        var output = new List<List<EncodedToken>> { new() { EncodedToken.Special(start.Id, start.Text, 0) } };
        for (var i = 0; i < parts.Count; i++)
        {
            output.Add(parts[i].ConvertAll(token => token with { TypeId = i }));
            output.Add([EncodedToken.Special(separator.Id, separator.Text, i)]);
        }

        return output;
    }

    public int AddedCount(bool isPair) => isPair ? 3 : 2;
}
