using Microsoft.ML.Tokenizers;

namespace PreferenceTuning.Tokenization;

/// <summary>
/// The merging of byte-pair encoding, done by <see cref="BpeTokenizer"/> of Microsoft.ML.Tokenizers with its own normalizer,
/// pre-tokenizer and special tokens switched off.
/// </summary>
internal sealed class MergeEngine
{
    private readonly BpeTokenizer _engine;
    private readonly char? _spaceStandIn;

    public MergeEngine(BpeSettings settings, bool handlesUnknown)
    {
        // The engine's merges are "left right", so a space inside an entry needs another letter.
        _spaceStandIn = settings.Merges.Any(merge => merge.Left.Contains(' ') || merge.Right.Contains(' '))
            ? UnusedLetter(settings.Vocabulary.Keys)
            : null;
        var options = new BpeOptions(settings.Vocabulary.Select(entry => KeyValuePair.Create(Escape(entry.Key), entry.Value)))
        {
            Merges = LastOfEach(settings.Merges).Select(merge => $"{Escape(merge.Left)} {Escape(merge.Right)}").ToList(),
            UnknownToken = handlesUnknown && settings.UnknownToken is not null ? Escape(settings.UnknownToken) : null,
            FuseUnknownTokens = handlesUnknown && settings.FuseUnknown,
            ContinuingSubwordPrefix = NullIfEmpty(settings.ContinuingSubwordPrefix),
            EndOfWordSuffix = NullIfEmpty(settings.EndOfWordSuffix),
        };
        _engine = BpeTokenizer.Create(options);
    }

    /// <summary>The ids of a word.</summary>
    public IReadOnlyList<int> Merge(ReadOnlySpan<char> word) =>
        _engine.EncodeToIds(
            _spaceStandIn is null ? word : Escape(word.ToString()), considerPreTokenization: false, considerNormalization: false);

    /// <summary>The ids of a word with the units that each covers.</summary>
    public IEnumerable<ModelToken> MergeWithRanges(ReadOnlySpan<char> word) =>
        _engine.EncodeToTokens(
                _spaceStandIn is null ? word : Escape(word.ToString()), out _, considerPreTokenization: false, considerNormalization: false)
            .Select(token => new ModelToken(token.Id, token.Offset.Start.Value, token.Offset.End.Value));

    private string Escape(string text) => _spaceStandIn is { } letter ? text.Replace(' ', letter) : text;

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    // A pair that is listed twice has the rank of its last place.
    private static IEnumerable<(string Left, string Right)> LastOfEach(IReadOnlyList<(string Left, string Right)> merges)
    {
        var last = new Dictionary<(string, string), int>(merges.Count);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            last[merges[rank]] = rank;
        }

        return merges.Where((merge, rank) => last[merge] == rank);
    }

    private static char UnusedLetter(IEnumerable<string> entries)
    {
        var used = entries.SelectMany(entry => entry).ToHashSet();
        for (var letter = '\uE000'; letter <= '\uF8FF'; letter++)
        {
            if (!used.Contains(letter))
            {
                return letter;
            }
        }

        throw new NotSupportedException(
            "The vocabulary has spaces in its merges and uses every private letter, so no letter is left to stand for a space.");
    }
}
