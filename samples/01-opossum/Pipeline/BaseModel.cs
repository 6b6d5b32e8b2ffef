using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Opossum.Report;
using Opossum.World;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Data;
using PreferenceTuning.Feedback.Judgements.Json;
using PreferenceTuning.Models;
using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Optimization;
using PreferenceTuning.Tokenization;
using PreferenceTuning.Trainers;

namespace Opossum.Pipeline;

/// <summary>What a run starts from.</summary>
/// <param name="Model">Trainable.</param>
/// <param name="Codec">Its texts and tokens.</param>
/// <param name="Facts">For the report.</param>
internal sealed record StartModel(PolicyModel Model, Codec Codec, BaseModelFacts Facts);

/// <summary>Makes the small language model that everything starts from: trained from scratch once, then read from its cache.</summary>
internal static class BaseModel
{
    /// <summary>Steps that training takes.</summary>
    public static int Steps(JobSettings settings, int documents) => settings.BaseEpochs * documents / settings.BaseBatch;

    private const int CheckpointEvery = 200;
    private const string LossFile = "training-losses.json";
    private const string EndOfText = "<|endoftext|>";

    // Change it when anything that the base model depends on changes and is not part of the key below.
    private const string Recipe = "2";

    /// <summary>The folder of the cache that holds (or will hold) the model of these settings.</summary>
    public static string CacheFolder(string root, JobSettings settings, IReadOnlyList<Document> corpus, long seed)
    {
        var key = string.Create(CultureInfo.InvariantCulture,
            $"{Recipe}|{seed}|{Corpus.Hash(corpus)}|{settings.BaseEpochs}|{settings.VocabularySize}|{settings.HiddenSize}|{settings.Layers}|" +
            $"{settings.Heads}|{settings.ContextLength}|{settings.BaseBatch}|{settings.BaseLearningRate:R}");
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key));
        return Path.Combine(root, "base-" + Convert.ToHexStringLower(hash)[..16]);
    }

    /// <summary>Reads the cached model, or trains and caches it. When training is cancelled, what is done is saved.</summary>
    public static StartModel Obtain(
        string cacheFolder, UnfinishedWork unfinished, JobSettings settings, IReadOnlyList<Document> corpus, long seed, IPhaseProgress progress,
        CancellationToken cancellationToken)
    {
        if (Directory.Exists(cacheFolder))
        {
            return Cached(cacheFolder, settings);
        }

        var tokenizer = BpeTrainer.Train(
            corpus.Select(document => document.Text), new BpeTrainerOptions { VocabularySize = settings.VocabularySize });
        var codec = CodecOf(tokenizer);
        var config = DecoderConfig.Gpt2(
            tokenizer.LargestId + 1, settings.HiddenSize, settings.Layers, settings.Heads, settings.ContextLength) with
        {
            BosId = codec.End,
            EosIds = [codec.End],
        };
        var model = new PolicyModel(DecoderModel.Random(config, seed));
        var losses = Train(model, codec, unfinished, settings, corpus, seed, progress, cancellationToken);
        Cache(cacheFolder, model, tokenizer, losses);
        unfinished.Delete();
        return new StartModel(model, codec, Facts(model, settings, losses, fromCache: false));
    }

    private static StartModel Cached(string folder, JobSettings settings)
    {
        try
        {
            var model = PolicyModel.FromPretrained(folder);
            return new StartModel(
                model, CodecOf(TextTokenizer.FromPretrained(folder)), Facts(model, settings, CachedLosses(folder), fromCache: true));
        }
        catch (Exception error) when (error is ModelFileException or IOException or InvalidDataException or JsonException)
        {
            var problem = error is ModelFileException file ? $"{Path.GetFileName(file.File)}: {file.Problem}" : error.Message;
            throw new ModelFileException(folder, problem, "Delete this folder; the base model is then trained again.", error);
        }
    }

    private static void Cache(string folder, PolicyModel model, TextTokenizer tokenizer, IReadOnlyList<double> losses)
    {
        var temporary = Path.Combine(Path.GetDirectoryName(folder)!, "unfinished-base");
        try
        {
            model.SavePretrained(temporary);
            tokenizer.SavePretrained(temporary);
            AtomicFile.Write(Path.Combine(temporary, LossFile), stream => JsonSerializer.Serialize(stream, losses));
            Directory.Move(temporary, folder);
        }
        catch
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }

            throw;
        }
    }

    // A cache of before the losses were kept has none.
    private static double[] CachedLosses(string folder) => File.Exists(Path.Combine(folder, LossFile))
        ? JsonSerializer.Deserialize<double[]>(File.ReadAllBytes(Path.Combine(folder, LossFile)))!
        : [];

    private static Codec CodecOf(TextTokenizer tokenizer) => new(
        tokenizer, Document.Separator, Begin: null,
        tokenizer.Id(EndOfText) ?? throw new InvalidOperationException($"The tokenizer has no {EndOfText}."));

    private static BaseModelFacts Facts(PolicyModel model, JobSettings settings, IReadOnlyList<double> losses, bool fromCache) => new(
        string.Create(CultureInfo.InvariantCulture, $"GPT-2 architecture, {settings.Layers} layers x {settings.HiddenSize}"),
        model.Parameters.Sum(parameter => parameter.Value.numel()), model.Config.VocabularySize, settings.Documents,
        [.. losses.Select((loss, step) => new CurvePoint(step + 1, loss))], fromCache);

    private static List<double> Train(
        PolicyModel model, Codec codec, UnfinishedWork unfinished, JobSettings settings, IReadOnlyList<Document> corpus, long seed,
        IPhaseProgress progress, CancellationToken cancellationToken)
    {
        SupervisedExample[] examples = [.. corpus.Select(document => Example(codec, document))];
        var steps = Steps(settings, examples.Length);
        List<double> losses = [];
        using var optimizer = new AdamW(model.Parameters, new AdamWOptions { WeightDecay = 0.05, Beta2 = 0.98 });
        var trainer = new SftTrainer(
            model, optimizer, step => settings.BaseLearningRate * LearningRateSchedules.Cosine(step, steps / 25, steps, floor: 0.05));
        var sampler = new SeededSampler(examples.Length, (ulong)seed);
        if (unfinished.Newest() is { } found)
        {
            TrainingState.Restore(found, optimizer);
            trainer.Resume(found.Step);
            losses.AddRange(found.State.GetProperty("losses").Deserialize<double[]>()!);
            sampler.Next((int)found.Step * settings.BaseBatch);
        }

        TrainingLoop.Run(trainer.StepCount, steps, _ => Step(), Save, CheckpointEvery, cancellationToken: cancellationToken);
        return losses;

        SftMetrics Step()
        {
            var metrics = trainer.Step([.. sampler.Next(settings.BaseBatch).Select(row => examples[row])]);
            losses.Add(metrics.Loss);
            progress.Report(losses.Count, steps, string.Create(CultureInfo.InvariantCulture, $"loss {metrics.Loss:0.000}"));
            return metrics;
        }

        void Save(long step) => unfinished.Save(step, optimizer, new JsonObject { ["losses"] = JsonSerializer.SerializeToNode(losses) });
    }

    private static SupervisedExample Example(Codec codec, Document document) =>
        new(codec.Sequence(document.Prompt.Text, document.Answer), codec.Prompt(document.Prompt.Text).Length);
}
