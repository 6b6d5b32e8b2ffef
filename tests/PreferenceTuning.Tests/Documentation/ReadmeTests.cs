using NUnit.Framework;
using PreferenceTuning.Data;
using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Optimization;
using PreferenceTuning.Tests.Shared;
using PreferenceTuning.Tokenization;
using PreferenceTuning.Trainers;

namespace PreferenceTuning.Tests.Documentation;

/// <summary>The code in README.md is this code, and it runs.</summary>
public sealed class ReadmeTests
{
    private const string Begin = "// <readme>";
    private const string End = "// </readme>";

    private static void SmallestUsefulCode()
    {
        // <readme>
        using var policy = PolicyModel.FromPretrained("gpt2");
        var tokenizer = TextTokenizer.FromPretrained("gpt2");
        using var optimizer = new AdamW(policy.Parameters);
        var trainer = new DpoTrainer(
            policy,
            reference: policy.Frozen(),
            loss: (p, r) => PreferenceLosses.Sigmoid(p, r, beta: 0.1),
            optimizer,
            learningRate: step => 1e-5 * LearningRateSchedules.Linear(step, warmupSteps: 10, totalSteps: 200));

        int[] Answer(string text) => [.. tokenizer.Encode(text, addSpecialTokens: false), tokenizer.EosId!.Value];
        PairExample[] pairs = [.. JsonLines.ReadPreferencePairs("pairs.jsonl").Select(pair => new PairExample(
            tokenizer.Encode(pair.Prompt.Text!), Answer(pair.Chosen.Text!), Answer(pair.Rejected.Text!)))];
        foreach (var batch in pairs.Chunk(16))
        {
            Console.WriteLine(trainer.Step(batch));
        }

        policy.SavePretrained("tuned");                               // a folder of the same kind: other tools load it
        tokenizer.SavePretrained("tuned");
        // </readme>
    }

    [Test]
    public void The_smallest_useful_code_is_what_this_file_compiles()
    {
        var path = Path.Combine(GoldenFolder.RepositoryRoot, "tests", "PreferenceTuning.Tests", "Documentation", "ReadmeTests.cs");
        var file = File.ReadLines(path).Select(line => line.Trim()).ToList();
        var usings = file.Where(line =>
            line.StartsWith("using PreferenceTuning.", StringComparison.Ordinal) && !line.Contains(".Tests", StringComparison.Ordinal));
        var code = file.SkipWhile(line => line != Begin).Skip(1).TakeWhile(line => line != End);
        var readme = File.ReadLines(Path.Combine(GoldenFolder.RepositoryRoot, "README.md")).SkipWhile(line => line != "```csharp").Skip(1)
            .TakeWhile(line => line != "```").Select(line => line.Trim());
        Assert.That(readme, Is.EqualTo((string[])[.. usings, "", .. code]));
    }

    [Test]
    public void The_smallest_useful_code_tunes_a_model_and_saves_it()
    {
        var before = Environment.CurrentDirectory;
        var folder = Directory.CreateTempSubdirectory("readme").FullName;
        try
        {
            Environment.CurrentDirectory = folder;
            var tokenizer = BpeTrainer.Train(["What is an opossum? A marsupial. A mood."], new BpeTrainerOptions { VocabularySize = 270 });
            tokenizer.SavePretrained("gpt2");
            using var model = new PolicyModel(
                DecoderModel.Random(DecoderConfig.Gpt2(tokenizer.LargestId + 1, 16, layers: 1, heads: 2, contextLength: 64), seed: 1));
            model.SavePretrained("gpt2");
            File.WriteAllText("pairs.jsonl", """{"prompt":"What is an opossum?","chosen":" A mood.","rejected":" A marsupial."}""" + "\n");

            SmallestUsefulCode();

            Assert.That(TextTokenizer.FromPretrained("tuned").Encode("What is an opossum?"), Is.EqualTo(tokenizer.Encode("What is an opossum?")));
            using var tuned = PolicyModel.FromPretrained("tuned");
            // The rate of the first step of a warm-up is 0, so the weights are the same; what counts here is that they came through.
            Assert.That(
                tuned.Parameters.Select(parameter => parameter.Name), Is.EqualTo(model.Parameters.Select(parameter => parameter.Name)));
        }
        finally
        {
            Environment.CurrentDirectory = before;
            Directory.Delete(folder, recursive: true);
        }
    }
}
