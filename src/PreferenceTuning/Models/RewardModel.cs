using System.Text.Json.Nodes;
using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>
/// Scores a prompt with its response by one number: a decoder, a scalar head on the last kept token, and a fixed gain and
/// bias for normalisation: <c>score = Gain * head + Bias</c>. Owns decoder and head.
/// </summary>
public sealed class RewardModel : IDisposable
{
    private const string GainKey = "reward_gain";
    private const string BiasKey = "reward_bias";

    /// <param name="trunk">The decoder.</param>
    /// <param name="head">One label.</param>
    public RewardModel(DecoderModel trunk, ScoreHead head)
    {
        if (head.Labels != 1)
        {
            throw new ArgumentException($"'head' has {head.Labels} labels; a reward model has one.", nameof(head));
        }

        (Trunk, Head) = (trunk, head);
        Parameters = [.. trunk.Parameters, .. head.Parameters];
    }

    /// <summary>The decoder.</summary>
    public DecoderModel Trunk { get; }

    /// <summary>The head.</summary>
    public ScoreHead Head { get; }

    /// <summary>The parameters of decoder and head with their names in a Hugging Face folder.</summary>
    public IReadOnlyList<NamedParameter> Parameters { get; }

    /// <summary>Factor on the head's output; 1 until <see cref="Normalize"/>.</summary>
    public double Gain { get; private set; } = 1;

    /// <summary>Added after the gain; 0 until <see cref="Normalize"/>.</summary>
    public double Bias { get; private set; }

    /// <summary>A reward model that starts from a copy of a language model (Ziegler et al. 2019), with a head drawn from a seed. All of it is trainable, whether the language model is frozen or not.</summary>
    /// <param name="decoder">The language model; unchanged.</param>
    /// <param name="seed">For the head.</param>
    public static RewardModel FromDecoder(DecoderModel decoder, long seed)
    {
        var trunk = decoder.CloneTrunk();
        foreach (var (_, value) in trunk.Parameters)
        {
            value.requires_grad = true;
        }

        return new RewardModel(trunk, ScoreHead.Random(trunk, seed));
    }

    /// <summary>Reads a folder of a sequence classifier with one label.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">Element type; null for the one in the file.</param>
    /// <param name="device">Null for the CPU.</param>
    /// <exception cref="ModelFileException">The folder cannot be used; the message says why.</exception>
    public static RewardModel FromPretrained(string folder, ScalarType? dtype = null, Device? device = null)
    {
        var (trunk, head, keys) = HeadFolder.Read(folder, dtype, device);
        if (head.Labels != 1)
        {
            using (trunk)
            using (head)
            {
                throw new ModelFileException(folder, $"the head has {head.Labels} labels; a reward model has one.", "Read it with StepRewardModel.");
            }
        }

        return new RewardModel(trunk, head) { Gain = keys?.Double(GainKey, 1) ?? 1, Bias = keys?.Double(BiasKey, 0) ?? 0 };
    }

    /// <summary>
    /// Writes a sequence classifier with one label. Gain and bias are kept in config.json (<c>preference_tuning</c>), where
    /// only this library reads them: transformers gives the head's output, which ranks the same. It scores batches only
    /// where the configuration has a pad id (<see cref="DecoderConfig.PadId"/>).
    /// </summary>
    /// <param name="folder">Where to.</param>
    public void SavePretrained(string folder) =>
        HeadFolder.Save(folder, Trunk, Head, new JsonObject { [GainKey] = Gain, [BiasKey] = Bias });

    /// <summary>The score at the last token that the mask keeps.</summary>
    /// <param name="ids">[B, T] int64, prompt and response.</param>
    /// <param name="attentionMask">[B, T] bool, true = keep; null for no padding.</param>
    /// <returns>[B].</returns>
    /// <exception cref="ArgumentException">A row keeps no token.</exception>
    public Tensor Scores(Tensor ids, Tensor? attentionMask)
    {
        using var scope = NewDisposeScope();
        return At(ids, attentionMask, LastKept(ids, attentionMask)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The score where transformers takes it: at the rightmost token whose id is not the pad id, whatever the mask says
    /// (column 0 where there is none). Differs from <see cref="Scores"/> where the end token is also the pad token: then it
    /// is the token <em>before</em> the end. For models that were trained that way.
    /// </summary>
    /// <param name="ids">[B, T] int64, prompt and response.</param>
    /// <param name="attentionMask">[B, T] bool, true = keep; null for no padding.</param>
    /// <param name="padId">The pad id; null for none, which allows one row only and scores its last column.</param>
    /// <returns>[B].</returns>
    public Tensor ScoresByPadToken(Tensor ids, Tensor? attentionMask, int? padId)
    {
        if (padId is null && ids.shape[0] > 1)
        {
            throw new ArgumentException("Without a pad id only a single row can be scored this way; give padId, or use Scores.", nameof(padId));
        }

        using var scope = NewDisposeScope();
        var last = padId is { } pad ? LastTrue(ids.ne(pad)) : full([1], ids.shape[1] - 1, dtype: ScalarType.Int64, device: ids.device);
        return At(ids, attentionMask, last).MoveToOuterDisposeScope();
    }

    /// <summary>The score as it would be if the text ended at each token.</summary>
    /// <param name="ids">[B, T] int64.</param>
    /// <param name="attentionMask">[B, T] bool, true = keep; null for no padding.</param>
    /// <returns>[B, T]; meaningless where the mask is false.</returns>
    public Tensor TokenScores(Tensor ids, Tensor? attentionMask)
    {
        using var scope = NewDisposeScope();
        return Normalized(Trunk.Hidden(ids, attentionMask)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Changes gain and bias so that scores with the observed mean and deviation get the wanted ones (Ziegler et al. 2019,
    /// arXiv:1909.08593, section 2.1: mean 0, variance 1 over the reference policy's samples).
    /// </summary>
    /// <param name="observedMean">Mean of <see cref="Scores"/> on reference samples.</param>
    /// <param name="observedDeviation">Their standard deviation; positive.</param>
    /// <param name="mean">Wanted; default 0.</param>
    /// <param name="deviation">Wanted; default 1.</param>
    public void Normalize(double observedMean, double observedDeviation, double mean = 0, double deviation = 1)
    {
        if (!double.IsFinite(observedMean) || !double.IsFinite(observedDeviation) || observedDeviation <= 0)
        {
            throw new ArgumentException(
                $"The scores have mean {observedMean} and deviation {observedDeviation}; a finite mean and a positive deviation were expected. "
                + "Equal scores cannot be normalised: use more or more varied samples.");
        }

        var factor = deviation / observedDeviation;
        (Gain, Bias) = (Gain * factor, ((Bias - observedMean) * factor) + mean);
    }

    /// <summary>A copy with its own memory, gain and bias included.</summary>
    public RewardModel Clone() => new(Trunk.Clone(), Head.Clone()) { Gain = Gain, Bias = Bias };

    /// <inheritdoc/>
    public void Dispose()
    {
        Trunk.Dispose();
        Head.Dispose();
    }

    private Tensor At(Tensor ids, Tensor? attentionMask, Tensor last) => Normalized(
        Trunk.HiddenAt(ids, attentionMask, arange(ids.shape[0], dtype: ScalarType.Int64, device: ids.device) * ids.shape[1] + last));

    private Tensor Normalized(Tensor hidden)
    {
        var scores = Head.Scalar(hidden);
        return Gain == 1 && Bias == 0 ? scores : scores * Gain + Bias;
    }

    private static Tensor LastKept(Tensor ids, Tensor? attentionMask)
    {
        if (attentionMask is null)
        {
            return full([ids.shape[0]], ids.shape[1] - 1, dtype: ScalarType.Int64, device: ids.device);
        }

        return attentionMask.any(1).all().item<bool>()
            ? LastTrue(attentionMask)
            : throw new ArgumentException(
                "'attentionMask' keeps no token in some row, so there is nothing to score; leave such rows out.", nameof(attentionMask));
    }

    private static Tensor LastTrue(Tensor kept) =>
        arange(kept.shape[1], dtype: ScalarType.Int64, device: kept.device).mul(kept.to(ScalarType.Int64)).argmax(1);
}
