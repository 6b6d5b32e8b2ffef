using System.Text;
using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Tests.Shared;
using PreferenceTuning.Tokenization;
using static PreferenceTuning.Tests.Goldens.TokenizerGoldenFiles;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>The vocabularies that the tokenizers library learns from a small text (bpe-training.json).</summary>
[Category("Golden")]
public class TokenizerTrainingGoldens
{
    private static readonly string[] KnownOptions = ["vocab_size", "min_frequency", "max_token_length", "special_tokens", "initial_alphabet"];

    [TestCaseSource(nameof(Runs))]
    public void Training_finds_the_merges_of_the_reference(string run)
    {
        var file = Json("bpe-training.json");
        var expected = file.GetProperty("results").GetProperty(run);
        var options = expected.GetProperty("options");
        var special = Texts(options.GetProperty("special_tokens"));
        var tokenizer = BpeTrainer.Train(Lines(), new BpeTrainerOptions
        {
            VocabularySize = options.GetProperty("vocab_size").GetInt32(),
            MinFrequency = options.GetProperty("min_frequency").GetInt64(),
            MaxTokenLength = options.TryGetProperty("max_token_length", out var length) ? length.GetInt32() : null,
            SpecialTokens = special,
            BosToken = special.FirstOrDefault(),
            EosToken = special.FirstOrDefault(),
        });

        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"trained-{Guid.NewGuid():N}");
        tokenizer.SavePretrained(folder);
        var model = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer.json"))).RootElement.GetProperty("model");
        Directory.Delete(folder, recursive: true);
        var merges = expected.GetProperty("merges").EnumerateArray().Select(pair => string.Join(' ', Texts(pair)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Texts(model.GetProperty("merges")), Is.EqualTo(merges));
            Assert.That(tokenizer.VocabularySize, Is.EqualTo(expected.GetProperty("vocab_size").GetInt32()));
            var first = Texts(expected.GetProperty("vocab_first"));
            Assert.That(Enumerable.Range(0, first.Length).Select(tokenizer.Token), Is.EqualTo(first));
        }
    }

    private static IEnumerable<string> Lines()
    {
        var text = Encoding.UTF8.GetString(File.ReadAllBytes(GoldenFolder.Path("tokenizers", "bpe-train-corpus.txt")));
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start) is var next and >= 0 ? next + 1 : text.Length;
            yield return text[start..end];
            start = end;
        }
    }

    private static IEnumerable<TestCaseData> Runs()
    {
        if (!Exists("bpe-training.json"))
        {
            yield break;
        }

        foreach (var run in Json("bpe-training.json").GetProperty("results").EnumerateObject())
        {
            var data = new TestCaseData(run.Name);
            var options = run.Value.GetProperty("options").EnumerateObject().Select(option => option.Name);
            yield return run.Value.TryGetProperty("merges", out _) && options.All(KnownOptions.Contains)
                ? data
                : data.Ignore("not a byte-level training: this trainer is not supported yet");
        }
    }
}
