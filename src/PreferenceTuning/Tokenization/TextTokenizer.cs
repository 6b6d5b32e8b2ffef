namespace PreferenceTuning.Tokenization;

/// <summary>
/// Text to token ids and back, as a tokenizer.json describes it. Immutable, and safe to use from several threads.
/// </summary>
/// <remarks>
/// The components of a file run as the <c>tokenizers</c> library of Hugging Face runs them (checked against its results); the
/// merging of byte-pair vocabularies is done by Microsoft.ML.Tokenizers. A surrogate without its partner is read as U+FFFD.
/// </remarks>
public sealed class TextTokenizer
{
    private readonly TokenizerPipeline _pipeline;
    private readonly PretrainedFiles _files;

    private TextTokenizer(PretrainedFiles files, string folder)
    {
        var names = files.Names(folder);
        _files = files with { ConfigJson = files.ConfigJson ?? TokenizerConfigJson.Write(names) };
        _pipeline = TokenizerPipeline.Read(files.TokenizerJson, Path.Combine(folder, PretrainedFiles.TokenizerName));
        BosId = IdOf(names.Bos, "bos_token", folder);
        EosId = IdOf(names.Eos, "eos_token", folder);
        PadId = IdOf(names.Pad, "pad_token", folder);
        UnkId = IdOf(names.Unk, "unk_token", folder) ?? _pipeline.UnknownId;
    }

    /// <summary>How many entries the vocabulary has, added tokens included.</summary>
    public int VocabularySize => _pipeline.EntryCount;

    /// <summary>
    /// The largest id. An embedding needs at least <c>LargestId + 1</c> rows, more than <see cref="VocabularySize"/> where ids have gaps.
    /// </summary>
    public int LargestId => _pipeline.LargestId;

    /// <summary>The token that begins a text, where the folder names one.</summary>
    public int? BosId { get; }

    /// <summary>The token that ends a text, where the folder names one.</summary>
    public int? EosId { get; }

    /// <summary>The token that fills up a batch, where the folder names one.</summary>
    public int? PadId { get; }

    /// <summary>The token for text that the vocabulary cannot spell, where the folder or the model names one.</summary>
    public int? UnkId { get; }

    internal TokenizerPipeline Pipeline => _pipeline;

    /// <summary>
    /// Reads a tokenizer folder: tokenizer.json, or else vocab.json and merges.txt with the rules of GPT-2 (then
    /// <c>add_prefix_space</c>, <c>add_bos_token</c> and <c>add_eos_token</c> of tokenizer_config.json count). The special tokens are
    /// those that tokenizer_config.json names, or else special_tokens_map.json.
    /// </summary>
    /// <exception cref="FileNotFoundException">The folder has none of these files.</exception>
    /// <exception cref="InvalidDataException">A file is malformed; the message names the file and the place.</exception>
    /// <exception cref="NotSupportedException">
    /// The file asks for a component that is not known here; the message says which are.
    /// </exception>
    public static TextTokenizer FromPretrained(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new TextTokenizer(PretrainedFiles.Read(folder), folder);
    }

    /// <summary>
    /// Reads a GPT-2 vocabulary (a JSON object of tokens and ids) and its merges (one pair a line). <c>&lt;|endoftext|&gt;</c>, where the
    /// vocabulary has it, is a special token and begins and ends texts.
    /// </summary>
    public static TextTokenizer FromVocabularyAndMerges(string vocabularyFile, string mergesFile)
    {
        ArgumentException.ThrowIfNullOrEmpty(vocabularyFile);
        ArgumentException.ThrowIfNullOrEmpty(mergesFile);
        var (json, names) = Gpt2Json.FromFiles(vocabularyFile, mergesFile, null);
        return FromJson(json, names);
    }

    /// <summary>
    /// Writes tokenizer.json (byte for byte what was read, or what training made), tokenizer_config.json, and where there were some
    /// special_tokens_map.json and chat_template.jinja, so that this library and others load the folder. Each file is written as a
    /// whole or not at all.
    /// </summary>
    public void SavePretrained(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _files.Write(folder);
    }

    /// <summary>The ids of a text.</summary>
    /// <param name="text">Any text, empty included.</param>
    /// <param name="addSpecialTokens">
    /// Whether the tokens that the post-processor puts around a text are added. A rendered chat template has its own; encode it
    /// without. Special tokens that stand in the text are recognised either way.
    /// </param>
    public IReadOnlyList<int> Encode(string text, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _pipeline.Encode(text, null, addSpecialTokens, specialAsText: false).ConvertAll(token => token.Id);
    }

    /// <summary>The tokens of a text with their places in it.</summary>
    /// <param name="text">Any text, empty included.</param>
    /// <param name="addSpecialTokens">As in <see cref="Encode"/>.</param>
    /// <param name="specialTokensAsText">
    /// Whether special tokens that stand in the text are ordinary text: for text of strangers that must not steer the model.
    /// Added tokens that are not special are still recognised.
    /// </param>
    public TokenizedText EncodeWithOffsets(string text, bool addSpecialTokens = true, bool specialTokensAsText = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TokenizedText.Of(_pipeline.Encode(text, null, addSpecialTokens, specialTokensAsText), text, null);
    }

    /// <summary>The tokens of two texts in one sequence, as the post-processor joins them.</summary>
    public TokenizedText EncodePair(string first, string second, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return TokenizedText.Of(_pipeline.Encode(first, second, addSpecialTokens, specialAsText: false), first, second);
    }

    /// <summary>
    /// The tokens of one text or two, shortened to a number of tokens. The first element is the result; for a single text the
    /// others are the windows that were cut off, each with the special tokens around it.
    /// </summary>
    /// <param name="first">The text.</param>
    /// <param name="second">A second text, or null. Nothing is returned of what is cut off from two.</param>
    /// <param name="options">How much fits and what gives way.</param>
    /// <param name="addSpecialTokens">As in <see cref="Encode"/>; these count.</param>
    /// <exception cref="ArgumentException">
    /// The rule cannot be kept: no second text, a text too short, a stride too large, no room for the special tokens.
    /// </exception>
    public IReadOnlyList<TokenizedText> EncodeTruncated(
        string first, string? second, TruncationOptions options, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxLength);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Stride);
        var added = addSpecialTokens ? _pipeline.PostProcessor?.AddedCount(second is not null) ?? 0 : 0;
        if (options.MaxLength < added)
        {
            throw new ArgumentException(
                $"'{nameof(options.MaxLength)}' is {options.MaxLength}, but the tokenizer adds {added} tokens around every text. "
                + "Allow more, or encode without special tokens.",
                nameof(options));
        }

        var tokens = _pipeline.EncodeText(first, 0, specialAsText: false);
        var others = second is null ? null : _pipeline.EncodeText(second, 1, specialAsText: false);
        var (windows, otherWindows) = Truncation.Apply(tokens, others, options, options.MaxLength - added);
        TokenizedText Finish(List<EncodedToken> window, List<EncodedToken>? other) =>
            TokenizedText.Of(_pipeline.Finish(window, other, addSpecialTokens), first, second);
        return second is null ? windows.ConvertAll(window => Finish(window, null)) : [Finish(windows[0], otherWindows[0])];
    }

    /// <summary>The text of ids. Bytes that are not UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">Whether tokens that are flagged special are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return _pipeline.Decode(ids, skipSpecialTokens);
    }

    /// <summary>A decoder that is given one id after another and shows text as soon as it is sure.</summary>
    public StreamingDecoder CreateStreamingDecoder(bool skipSpecialTokens = true) => new(_pipeline, skipSpecialTokens);

    /// <summary>The text of an entry as the vocabulary spells it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Token(int id) => _pipeline.Token(id) ?? throw new ArgumentOutOfRangeException(
        nameof(id), id, $"The id {id} is not in the vocabulary, whose {VocabularySize} ids go up to {LargestId}.");

    /// <summary>The id of an entry as the vocabulary spells it, or null.</summary>
    public int? Id(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _pipeline.Id(token);
    }

    /// <summary>A tokenizer that was made here, with a configuration that other libraries load.</summary>
    internal static TextTokenizer FromJson(byte[] tokenizerJson, SpecialTokenNames names) =>
        new(new PretrainedFiles(tokenizerJson, TokenizerConfigJson.Write(names), TokenizerConfigJson.WriteMap(names), null), "");

    private int? IdOf(string? token, string purpose, string folder)
    {
        if (token is null)
        {
            return null;
        }

        return _pipeline.Id(token) ?? throw new InvalidDataException(
            $"The tokenizer in '{folder}' names '{token}' as its {purpose}, but no entry of its vocabulary is spelled so. "
            + $"Add it to tokenizer.json or correct {PretrainedFiles.ConfigName}.");
    }
}
