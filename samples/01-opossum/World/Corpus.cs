using System.Security.Cryptography;
using System.Text;

namespace Opossum.World;

/// <summary>One document: a question and an answer in a style.</summary>
internal sealed record Document(Prompt Prompt, string Answer, Style Style)
{
    /// <summary>Between the question and its answer.</summary>
    public const string Separator = "\n";

    /// <summary>The whole text, without an end mark (the tokenizer has one).</summary>
    public string Text => Prompt.Text + Separator + Answer;
}

/// <summary>The text that the sample writes itself: a pure function of the seed.</summary>
internal static class Corpus
{
    /// <summary>One document in five is a meme.</summary>
    public const int StyleCycle = 5;

    /// <summary>
    /// The documents to train the base model on. Prompts and styles are independent, so nothing in a question tells the style of its
    /// answer. No answer of the held-out texts is among them.
    /// </summary>
    public static IReadOnlyList<Document> Training(long seed, int count)
    {
        var held = new HashSet<string>(
            HeldOut(seed, Style.Biology).Concat(HeldOut(seed, Style.Meme)).Select(document => document.Answer), StringComparer.Ordinal);
        var random = SplitMix64.For(seed, "corpus");
        var documents = new List<Document>(count);
        while (documents.Count < count)
        {
            var style = documents.Count % StyleCycle == StyleCycle - 1 ? Style.Meme : Style.Biology;
            var document = Write(style, random);
            if (!held.Contains(document.Answer))
            {
                documents.Add(document);
            }
        }

        random.Shuffle(documents);
        return documents;
    }

    /// <summary>Texts in one style that no model of this run is trained on, to measure perplexity with.</summary>
    public static IReadOnlyList<Document> HeldOut(long seed, Style style, int count = 200)
    {
        var random = SplitMix64.For(seed, "held-out " + style);
        return [.. Enumerable.Range(0, count).Select(_ => Write(style, random))];
    }

    /// <summary>SHA-256 over the texts in order: what a cached base model depends on.</summary>
    public static string Hash(IEnumerable<Document> documents)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var document in documents)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(document.Text + "\0"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static Document Write(Style style, SplitMix64 random)
    {
        var prompt = random.Pick(PromptBook.All);
        return new Document(prompt, Grammar.Write(style, prompt.Animal, random), style);
    }
}
