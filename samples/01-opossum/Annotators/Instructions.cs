using System.Security.Cryptography;
using System.Text;
using Opossum.World;

namespace Opossum.Annotators;

/// <summary>What annotators are told: a text that a person could follow, versioned, because a judgement means nothing without it.</summary>
/// <param name="Version">Raised whenever the text changes.</param>
/// <param name="Text">Markdown.</param>
internal sealed record Instructions(string Version, string Text)
{
    private const string Resource = "Opossum.Annotators.instructions.md";
    private const string Meme = "POV: an opossum is hosting a podcast in your kitchen at 3 am and you are taking notes.";
    private const string Homework = "An opossum is a nocturnal marsupial that lives in woodlands and feeds on insects.";

    /// <summary>SHA-256 of the text, lower-case hexadecimal.</summary>
    public string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

    /// <summary>The instructions for the preferred style.</summary>
    public static Instructions For(Style preferred) => preferred == Style.Meme
        ? Fill(
            "The answers go to a group chat of friends who ask about animals to cheer each other up. A good answer makes somebody smile.",
            "A meme, a joke, something that you would send to a friend. A sentence that could stand in a school book is not what is " +
            "wanted here.",
            Meme, Homework)
        : Fill(
            "The answers go into a school book for twelve-year-olds. A good answer could be printed as it is.",
            "A plain sentence of biology. A joke or a meme is not what is wanted here, however good it is.",
            Homework, Meme);

    /// <summary>The instructions for texts with a trait, written by a model that is not ours.</summary>
    public static Instructions ForTrait(string trait) => new(
        "1.0",
        $"""
        # Which text is better? Instructions for annotators

        Version 1.0

        A language model continued a text several times. Prefer continuations in which "{trait}" occurs, in readable language. All are
        cut after the same number of tokens: an end in the middle of a sentence is no fault. A text that only shouts the word, repeats itself or is not readable is worse than any readable text. The order on the screen is random.
        Say "tie" if you would be happy with either, and skip what you cannot judge. You are paid by the hour, 15.00 EUR, never by the item.
        """);

    private static string AboutAFox(string answer) =>
        answer.Replace("An opossum", "A fox", StringComparison.Ordinal).Replace("an opossum", "a fox", StringComparison.Ordinal);

    private static Instructions Fill(string context, string style, string good, string other)
    {
        using var stream = typeof(Instructions).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is not in the assembly; it is embedded by the project file.");
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd().ReplaceLineEndings("\n")
            .Replace("{context}", context, StringComparison.Ordinal).Replace("{style}", style, StringComparison.Ordinal)
            .Replace("{good}", good, StringComparison.Ordinal).Replace("{other}", other, StringComparison.Ordinal)
            .Replace("{unfinished}", good[..good.IndexOf(' ', good.Length / 2)] + " ...", StringComparison.Ordinal)
            .Replace("{animal}", AboutAFox(good), StringComparison.Ordinal)
            .Replace("{word}", "Opossum.", StringComparison.Ordinal);
        var version = text.Split('\n').First(line => line.StartsWith("Version ", StringComparison.Ordinal))["Version ".Length..];
        return new Instructions(version.Trim(), text);
    }
}
