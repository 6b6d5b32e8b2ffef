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
        var policy = PolicyModel.FromPretrained("gpt2");              // a Hugging Face folder: config.json, model.safetensors
        var tokenizer = TextTokenizer.FromPretrained("gpt2");         // ... tokenizer.json
        using var optimizer = new AdamW(policy.Parameters);
        var trainer = new DpoTrainer(
            policy,
            reference: policy.Frozen(),
            loss: (p, r) => PreferenceLosses.Sigmoid(p, r, beta: 0.1),
            optimizer,
            learningRate: step => 1e-5 * LearningRateSchedules.Linear(step, warmupSteps: 10, totalSteps: 200));

        int[] Ids(string text) => [.. tokenizer.Encode(text)];
        PairExample[] pairs = [.. JsonLines.ReadPreferencePairs("pairs.jsonl").Select(pair => new PairExample(
            Ids(pair.Prompt.Text!), Ids(pair.Chosen.Text!), Ids(pair.Rejected.Text!)))];
        foreach (var batch in pairs.Chunk(16))
        {
            Console.WriteLine(trainer.Step(batch));
        }

        policy.SavePretrained("tuned");                               // other tools load it
        // </readme>
    }

    [Test]
    public void The_smallest_useful_code_is_what_this_file_compiles()
    {
        var path = Path.Combine(GoldenFolder.RepositoryRoot, "tests", "PreferenceTuning.Tests", "Documentation", "ReadmeTests.cs");
        var lines = File.ReadLines(path).Select(line => line.Trim()).SkipWhile(line => line != Begin).Skip(1).TakeWhile(
            line => line != End);
        var readme = File.ReadLines(Path.Combine(GoldenFolder.RepositoryRoot, "README.md")).SkipWhile(line => line != "```csharp").Skip(1)
            .TakeWhile(line => line != "```").Select(line => line.Trim());
        Assert.That(readme, Is.EqualTo(lines));
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
