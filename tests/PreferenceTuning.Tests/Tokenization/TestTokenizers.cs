using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using PreferenceTuning.Tokenization;

namespace PreferenceTuning.Tests.Tokenization;

/// <summary>Small tokenizers for tests, and a folder of their own for each test.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = System.IO.Path.Combine(TestContext.CurrentContext.WorkDirectory, $"tokenizer-{Guid.NewGuid():N}");

    public TestFolder() => Directory.CreateDirectory(Path);

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Write(string name, string content) => System.IO.File.WriteAllText(File(name), content);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

internal static class TestTokenizers
{
    /// <summary>A tokenizer.json with a BPE model over the given entries (ids in order) and merges, and nothing else.</summary>
    public static JsonObject Bpe(string[] entries, string[] merges)
    {
        var vocabulary = new JsonObject();
        for (var id = 0; id < entries.Length; id++)
        {
            vocabulary[entries[id]] = id;
        }

        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = null,
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "Fuse" },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(merge => JsonValue.Create(merge))]),
            },
        };
    }

    public static TextTokenizer Load(JsonObject json, string? config = null)
    {
        using var folder = new TestFolder();
        folder.Write("tokenizer.json", json.ToJsonString());
        if (config is not null)
        {
            folder.Write("tokenizer_config.json", config);
        }

        return TextTokenizer.FromPretrained(folder.Path);
    }
}
