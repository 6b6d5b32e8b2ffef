namespace PreferenceTuning.Tokenization;

/// <summary>
/// Learns a byte-level BPE vocabulary from text (Sennrich et al. 2016, arXiv:1508.07909, algorithm 1, over bytes as in Radford et
/// al. 2019): the pair of neighbours that occurs most often becomes a token, again and again. Of pairs that occur equally often the
/// one with the smaller ids is taken, so the result depends on the text alone and equals that of the <c>tokenizers</c> library.
/// </summary>
public static class BpeTrainer
{
    /// <summary>Trains on texts; words never reach from one text into the next.</summary>
    /// <returns>A GPT-2 style tokenizer that saves and loads like any other.</returns>
    public static TextTokenizer Train(IEnumerable<string> texts, BpeTrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        options ??= new BpeTrainerOptions();
        options.Validate();
        var words = CountWords(texts, options.AddPrefixSpace);
        var learner = new BpeLearner(options, words);
        var merges = learner.Learn();
        var names = new SpecialTokenNames(options.BosToken, options.EosToken, options.PadToken, null) { AddsPrefixSpace = options.AddPrefixSpace };
        var vocabulary = learner.Tokens.Select((token, id) => (token, id)).ToList();
        return TextTokenizer.FromJson(Gpt2Json.Write(vocabulary, merges, options.SpecialTokens, names), names);
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts, bool addPrefixSpace)
    {
        var preTokenizer = new ByteLevelPreTokenizer(addPrefixSpace, useRegex: true);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var byText = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts)
        {
            ArgumentNullException.ThrowIfNull(text, nameof(texts));
            var stretch = new AlignedText(Utf16.ReplaceLoneSurrogates(text), 0);
            foreach (var word in preTokenizer.Split([Piece.Whole(stretch)]))
            {
                byText.TryGetValue(word.Span, out var count);
                byText[word.Span] = count + 1;
            }
        }

        return counts;
    }
}
