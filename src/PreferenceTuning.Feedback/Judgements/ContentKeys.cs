using System.Security.Cryptography;
using System.Text;
using PreferenceTuning.Tokenization;

namespace PreferenceTuning.Feedback.Judgements;

/// <summary>
/// Hashes of what was shown, after Unicode normalisation and folding of white space, so that a stray blank makes no new prompt.
/// </summary>
internal static class ContentKeys
{
    public static string OfPrompt(Passage prompt) => Hash(Fold(prompt));

    public static string OfItem(Judgement judgement)
    {
        var parts = judgement.Candidates.Select(candidate => Fold(candidate.Text)).Order(StringComparer.Ordinal);
        return Hash(string.Join('\u0001', [Fold(judgement.Prompt), .. parts]));
    }

    public static string OfText(string text) => Hash(Fold(text));

    // One message of the user is the same prompt as its bare text.
    private static string Fold(Passage passage) =>
        Fold(passage.Messages is [{ Role: "user", ToolCalls: null } only] ? only.Content ?? "" : passage.ToPlainText());

    private static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var word in UnicodeForms.Composed(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            folded.Append(word).Append(' ');
        return folded.ToString();
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
}
