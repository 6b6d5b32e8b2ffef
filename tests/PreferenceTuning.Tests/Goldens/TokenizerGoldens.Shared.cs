using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Tests.Shared;
using PreferenceTuning.Tokenization;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>What the golden tests of the tokenizers share: texts, loaded folders, and how lists are compared.</summary>
internal static class TokenizerGoldenFiles
{
    private static readonly Lazy<Dictionary<string, string>> LoadedInputs = new(() => Json("inputs.json").GetProperty("inputs")
        .EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetProperty("text").GetString()!));

    private static readonly ConcurrentDictionary<string, JsonElement> Files = new();
    private static readonly ConcurrentDictionary<string, object> Tokenizers = new();

    public static IReadOnlyDictionary<string, string> Inputs => LoadedInputs.Value;

    public static bool Exists(params string[] path) => File.Exists(GoldenFolder.Path(["tokenizers", .. path]));

    public static JsonElement Json(params string[] path) =>
        Files.GetOrAdd(string.Join('/', path), _ => GoldenFolder.Json(["tokenizers", .. path]));

    /// <summary>The tokenizer of a folder, or why there is none.</summary>
    public static (TextTokenizer? Tokenizer, string? Reason) Load(string name)
    {
        var loaded = Tokenizers.GetOrAdd(name, Read);
        return loaded is TextTokenizer tokenizer ? (tokenizer, null) : (null, (string)loaded);
    }

    private static object Read(string name)
    {
        try
        {
            if (Exists(name, "tokenizer.json"))
            {
                return TextTokenizer.FromPretrained(GoldenFolder.Path("tokenizers", name));
            }

            if (Exists(name, "cases.json") && Json(name, "cases.json").GetProperty("about").TryGetProperty("encoder.json_sha256", out var sum))
            {
                return ReadRealGpt2(sum.GetString()!);
            }

            return "a folder without tokenizer.json: reading its kind of file is not supported yet";
        }
        catch (NotSupportedException exception)
        {
            return $"not supported yet: {exception.Message}";
        }
    }

    private static object ReadRealGpt2(string vocabularySum)
    {
        var folder = GoldenFolder.RealInput("data", "gpt2-bpe");
        if (folder is null)
        {
            return "needs encoder.json and vocab.bpe of GPT-2, which are no part of this repository: put them into ../shared/data/gpt2-bpe to run this";
        }

        var vocabulary = Path.Combine(folder, "encoder.json");
        var sum = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(vocabulary)));
        return sum == vocabularySum
            ? TextTokenizer.FromVocabularyAndMerges(vocabulary, Path.Combine(folder, "vocab.bpe"))
            : $"{vocabulary} is not the file that the results were computed with";
    }

    /// <summary>Ids as the golden files pack them: a long list only by its length, ends and hash.</summary>
    public static void AssertIds(IReadOnlyList<int> actual, JsonElement expected, string what)
    {
        if (expected.ValueKind == JsonValueKind.Array)
        {
            Assert.That(actual, Is.EqualTo(Numbers(expected)), what);
            return;
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(actual.Take(16), Is.EqualTo(Numbers(expected.GetProperty("first"))), what);
            Assert.That(actual.TakeLast(16), Is.EqualTo(Numbers(expected.GetProperty("last"))), what);
            Assert.That(actual, Has.Count.EqualTo(expected.GetProperty("n").GetInt32()), what);
            Assert.That(Hash(actual), Is.EqualTo(expected.GetProperty("sha256").GetString()), what);
        }
    }

    /// <summary>A text under the first of some names that the case has, or the given one; a long one only by length and hash.</summary>
    public static void AssertText(string actual, JsonElement expected, string[] names, string otherwise)
    {
        var name = names.FirstOrDefault(candidate => expected.TryGetProperty(candidate, out _));
        if (name is null || expected.GetProperty(name).ValueKind == JsonValueKind.String)
        {
            Assert.That(actual, Is.EqualTo(name is null ? otherwise : expected.GetProperty(name).GetString()), names[0]);
            return;
        }

        var packed = expected.GetProperty(name);
        Assert.That(actual.EnumerateRunes().Count(), Is.EqualTo(packed.GetProperty("chars").GetInt32()), names[0]);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(actual)));
        Assert.That(hash, Is.EqualTo(packed.GetProperty("sha256_utf8").GetString()), names[0]);
    }

    public static int[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetInt32())];

    public static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];

    public static int[] Flat(IEnumerable<TokenSpan> spans) => [.. spans.SelectMany(span => new[] { span.Start, span.End })];

    private static string Hash(IReadOnlyList<int> ids) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.ASCII.GetBytes(string.Join(',', ids.Select(id => id.ToString(CultureInfo.InvariantCulture))))));
}
