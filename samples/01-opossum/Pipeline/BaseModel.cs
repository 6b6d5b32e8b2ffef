using System.Globalization;
using Opossum.Report;
using Opossum.World;
using PreferenceTuning.Models;
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

    private const string EndOfText = "<|endoftext|>";

    // Change it when anything that the base model depends on changes and is not part of the key below.
    private const string Recipe = "1";

    /// <summary>The folder of the cache that holds (or will hold) the model of these settings.</summary>
    public static string CacheFolder(string root, JobSettings settings, IReadOnlyList<Document> corpus, long seed)
    {
        var key = string.Create(CultureInfo.InvariantCulture,
            $"{Recipe}|{seed}|{Corpus.Hash(corpus)}|{settings.BaseEpochs}|{settings.VocabularySize}|{settings.HiddenSize}|{settings.Layers}|" +
            $"{settings.Heads}|{settings.ContextLength}|{settings.BaseBatch}|{settings.BaseLearningRate:R}");
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key));
        return Path.Combine(root, "base-" + Convert.ToHexStringLower(hash)[..16]);
    }

    /// <summary>Reads the cached model, or trains and caches it.</summary>
    public static StartModel Obtain(
        string cacheFolder, JobSettings settings, IReadOnlyList<Document> corpus, long seed, IPhaseProgress progress, CancellationToken cancellationToken)
    {
        if (Directory.Exists(cacheFolder))
        {
            var cached = PolicyModel.FromPretrained(cacheFolder);
            return new StartModel(cached, CodecOf(TextTokenizer.FromPretrained(cacheFolder)), Facts(cached, settings, [], fromCache: true));
        }

        var tokenizer = BpeTrainer.Train(corpus.Select(document => document.Text), new BpeTrainerOptions { VocabularySize = settings.VocabularySize });
        var codec = CodecOf(tokenizer);
        var config = DecoderConfig.Gpt2(settings.VocabularySize, settings.HiddenSize, settings.Layers, settings.Heads, settings.ContextLength) with
        {
            BosId = codec.End,
            EosIds = [codec.End],
        };
        var model = new PolicyModel(DecoderModel.Random(config, seed));
        var losses = Train(model, codec, settings, corpus, seed, progress, cancellationToken);
        var temporary = cacheFolder + ".tmp-" + Guid.NewGuid().ToString("N");
        model.SavePretrained(temporary);
        tokenizer.SavePretrained(temporary);
        Directory.Move(temporary, cacheFolder);
        return new StartModel(model, codec, Facts(model, settings, losses, fromCache: false));
    }

    private static Codec CodecOf(TextTokenizer tokenizer) => new(
        tokenizer, Document.Separator, Begin: null,
        tokenizer.Id(EndOfText) ?? throw new InvalidOperationException($"The tokenizer has no {EndOfText}."));

    private static BaseModelFacts Facts(PolicyModel model, JobSettings settings, IReadOnlyList<CurvePoint> losses, bool fromCache) => new(
        string.Create(CultureInfo.InvariantCulture, $"GPT-2 architecture, {settings.Layers} layers x {settings.HiddenSize}"),
        model.Parameters.Sum(parameter => parameter.Value.numel()), model.Config.VocabularySize, settings.Documents, losses, fromCache);

    private static List<CurvePoint> Train(
        PolicyModel model, Codec codec, JobSettings settings, IReadOnlyList<Document> corpus, long seed, IPhaseProgress progress, CancellationToken cancellationToken)
    {
        var examples = corpus.Select(document => new SupervisedExample(codec.Sequence(document.Prompt.Text, document.Answer), codec.Prompt(document.Prompt.Text).Length)).ToArray();
        var steps = Steps(settings, examples.Length);
        var losses = new List<CurvePoint>(steps);
        using var optimizer = new AdamW(model.Parameters, new AdamWOptions { WeightDecay = 0.05, Beta2 = 0.98 });
        var trainer = new SftTrainer(
            model, optimizer, step => settings.BaseLearningRate * LearningRateSchedules.Cosine(step, steps / 25, steps, floor: 0.05));
        var sampler = new PreferenceTuning.Data.SeededSampler(examples.Length, (ulong)seed);
        for (var step = 0; step < steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var metrics = trainer.Step([.. sampler.Next(settings.BaseBatch).Select(row => examples[row])]);
            losses.Add(new CurvePoint(step + 1, metrics.Loss));
            progress.Report(step + 1, steps, string.Create(CultureInfo.InvariantCulture, $"loss {metrics.Loss:0.000}"));
        }

        return losses;
    }
}
