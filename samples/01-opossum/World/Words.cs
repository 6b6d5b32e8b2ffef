using System.Text;

namespace Opossum.World;

/// <summary>How the sample cuts a text into words: lower case, punctuation marks as words of their own.</summary>
internal static class Words
{
    private const string Marks = ".,:;!?";

    /// <summary>The words and marks of a text, in order.</summary>
    public static IReadOnlyList<string> Of(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var letter in text)
        {
            if (char.IsLetterOrDigit(letter) || letter is '-' or '\'')
            {
                word.Append(char.ToLowerInvariant(letter));
                continue;
            }

            Flush();
            if (!char.IsWhiteSpace(letter))
            {
                words.Add(letter.ToString());
            }
        }

        Flush();
        return words;

        void Flush()
        {
            if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }
    }

    /// <summary>True for a punctuation mark.</summary>
    public static bool IsMark(string word) => word.Length == 1 && Marks.Contains(word[0], StringComparison.Ordinal);

    /// <summary>Neighbouring pairs, marks included: what "distinct bigrams" counts.</summary>
    public static IEnumerable<(string First, string Second)> Bigrams(IReadOnlyList<string> words)
    {
        for (var at = 1; at < words.Count; at++)
        {
            yield return (words[at - 1], words[at]);
        }
    }
}
