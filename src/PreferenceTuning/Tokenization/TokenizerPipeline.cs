namespace PreferenceTuning.Tokenization;

/// <summary>
/// What a tokenizer.json describes, ready to run: added tokens, normalizer, pre-tokenizer, model, post-processor, decoder.
/// Safe to use from several threads.
/// </summary>
internal sealed class TokenizerPipeline
{
    private readonly INormalizer? _normalizer;
    private readonly IPreTokenizer? _preTokenizer;
    private readonly ITokenModel _model;
    private readonly IDecoder? _decoder;
    private readonly AddedTokenSearch _rawSearch;
    private readonly AddedTokenSearch _normalizedSearch;
    private readonly Dictionary<int, string> _texts;
    private readonly Dictionary<string, int> _ids;
    private readonly HashSet<string> _special;

    private TokenizerPipeline(JsonPart json)
    {
        _normalizer = NormalizerReader.Read(json.Child("normalizer"));
        _preTokenizer = PreTokenizerReader.Read(json.Child("pre_tokenizer"));
        _model = ModelReader.Read(json.Child("model"));
        PostProcessor = PostProcessorReader.Read(json.Child("post_processor"));
        _decoder = DecoderReader.Read(json.Child("decoder"));
        var added = ReadAdded(json.Child("added_tokens"));
        _rawSearch = new AddedTokenSearch(added.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        _normalizedSearch = new AddedTokenSearch(added.Where(token => token.Normalized).Select(token => (Name(token), token)));
        _texts = _model.Ids.ToDictionary(entry => entry.Value, entry => entry.Key);
        _ids = new Dictionary<string, int>(_model.Ids, StringComparer.Ordinal);
        foreach (var token in added)
        {
            _texts[token.Id] = Name(token);
            _ids[token.Content] = token.Id;
        }

        _special = added.Where(token => token.Special).Select(token => token.Content).ToHashSet(StringComparer.Ordinal);
        LargestId = _texts.Keys.Max();
    }

    public IPostProcessor? PostProcessor { get; }

    public int EntryCount => _texts.Count;

    public int LargestId { get; }

    public int? UnknownId => _model.UnknownId;

    public static TokenizerPipeline Read(ReadOnlyMemory<byte> utf8, string file) => new(JsonPart.Parse(utf8, file));

    public int? Id(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    public string? Token(int id) => _texts.GetValueOrDefault(id);

    /// <summary>The tokens of one text or of a pair, after post-processing.</summary>
    public List<EncodedToken> Encode(string text, string? pair, bool addSpecialTokens, bool specialAsText) =>
        Finish(EncodeText(text, 0, specialAsText), pair is null ? null : EncodeText(pair, 1, specialAsText), addSpecialTokens);

    /// <summary>Runs the post-processor over texts encoded before and joins its parts.</summary>
    public List<EncodedToken> Finish(List<EncodedToken> text, List<EncodedToken>? pair, bool addSpecialTokens)
    {
        List<List<EncodedToken>> parts = pair is null ? [text] : [text, pair];
        parts = PostProcessor?.Process(parts, addSpecialTokens) ?? parts;
        return parts.Count == 1 ? parts[0] : [.. parts.SelectMany(part => part)];
    }

    /// <summary>The tokens of a text before post-processing.</summary>
    public List<EncodedToken> EncodeText(string text, int sequence, bool specialAsText)
    {
        var stretches = new List<(AlignedText Text, AddedToken? Token)>();
        _rawSearch.Split(new AlignedText(Utf16.ReplaceLoneSurrogates(text), 0), specialAsText, stretches);
        var parts = new List<(AlignedText Text, AddedToken? Token)>();
        foreach (var stretch in stretches)
        {
            if (stretch.Token is not null)
            {
                parts.Add(stretch);
            }
            else
            {
                _normalizedSearch.Split(_normalizer?.Normalize(stretch.Text) ?? stretch.Text, specialAsText, parts);
            }
        }

        var output = new List<EncodedToken>((text.Length / 3) + 1);
        var positions = Utf16.CodePointPositions(text);
        foreach (var (part, token) in parts)
        {
            if (token is not null)
            {
                Add(token.Id, part.Text, part.Span(0, part.Length));
            }
            else
            {
                EncodeStretch(part, Add);
            }
        }

        return output;

        void Add(int id, string token, (int Start, int End) span) => output.Add(positions is null
            ? new EncodedToken(id, token, span.Start, span.End, sequence, sequence, IsAdded: false)
            : new EncodedToken(id, token, positions[span.Start], positions[span.End], sequence, sequence, IsAdded: false));
    }

    /// <summary>The text of ids; throws on an id outside the vocabulary.</summary>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens)
    {
        var tokens = new List<string>();
        foreach (var id in ids)
        {
            var text = Token(id) ?? throw new ArgumentOutOfRangeException(
                nameof(ids), id, $"The id {id} is not in the vocabulary, whose {EntryCount} ids go up to {LargestId}.");
            if (!skipSpecialTokens || !_special.Contains(text))
            {
                tokens.Add(text);
            }
        }

        return _decoder is null ? string.Join(' ', tokens) : string.Concat(_decoder.Decode(tokens));
    }

    private void EncodeStretch(AlignedText stretch, Action<int, string, (int Start, int End)> add)
    {
        List<Piece> pieces = [Piece.Whole(stretch)];
        var found = new List<ModelToken>();
        foreach (var piece in _preTokenizer?.Split(pieces) ?? pieces)
        {
            found.Clear();
            _model.Tokenize(piece.Span, found);
            foreach (var token in found)
            {
                add(token.Id, token.Text ?? _texts[token.Id], piece.Source.Span(piece.Start + token.Start, piece.Start + token.End));
            }
        }
    }

    // A token that is searched after normalization is known by its normalized form from then on.
    private string Name(AddedToken token) =>
        token.Normalized && _normalizer is not null ? _normalizer.Normalize(new AlignedText(token.Content, 0)).Text : token.Content;

    private static List<AddedToken> ReadAdded(JsonPart json) => json.IsNull ? [] :
    [
        .. json.Items().Select(item => new AddedToken
        {
            Id = item.Number("id"),
            Content = item.Text("content"),
            SingleWord = item.Flag("single_word", false),
            LeftStrip = item.Flag("lstrip", false),
            RightStrip = item.Flag("rstrip", false),
            Normalized = item.Flag("normalized", true),
            Special = item.Flag("special", false),
        }),
    ];
}
