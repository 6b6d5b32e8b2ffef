using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>
/// A language model that is tuned, or its frozen reference: a decoder whose logits are only ever seen as log-probabilities of
/// responses.
/// </summary>
/// <param name="decoder">The decoder, with a map to logits; the policy owns it.</param>
public sealed class PolicyModel(DecoderModel decoder) : IDisposable
{
    /// <summary>The decoder.</summary>
    public DecoderModel Decoder { get; } = decoder;

    /// <summary>What the model looks like.</summary>
    public DecoderConfig Config => Decoder.Config;

    /// <summary>The parameters with their names in a Hugging Face folder.</summary>
    public IReadOnlyList<NamedParameter> Parameters => Decoder.Parameters;

    /// <summary>Reads a Hugging Face folder of a language model.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">Element type; null for the one in the file.</param>
    /// <param name="device">Null for the CPU.</param>
    /// <exception cref="ModelFileException">The folder cannot be used; the message says why.</exception>
    public static PolicyModel FromPretrained(string folder, ScalarType? dtype = null, Device? device = null) =>
        new(DecoderModel.FromPretrained(folder, dtype, device));

    /// <summary>Writes config.json and model.safetensors (<see cref="DecoderModel.SavePretrained"/>).</summary>
    /// <param name="folder">Where to.</param>
    public void SavePretrained(string folder) => Decoder.SavePretrained(folder);

    /// <summary>The log-probability of each response token given what stands before it, and the entropy of its distribution.</summary>
    /// <param name="ids">[B, T] int64: prompts (padded on the left where they differ), then responses in the last R columns.</param>
    /// <param name="attentionMask">[B, T] bool, true = keep; null for no padding.</param>
    /// <param name="responseMask">[B, R] bool, R &lt; T, true = keep: the tokens to compute, through the end token.</param>
    /// <param name="temperature">Divides the logits; the temperature of the rollout.</param>
    /// <returns>[B, R] each, nats; 0 where <paramref name="responseMask"/> is false.</returns>
    public TokenLogProbsResult LogProbs(Tensor ids, Tensor? attentionMask, Tensor responseMask, double temperature = 1)
    {
        using var scope = NewDisposeScope();
        var (sources, targets, kept) = Predictions(ids, responseMask);
        return MoveOut(Placed(Decoder.HiddenAt(ids, attentionMask, sources), targets, kept, responseMask, temperature));
    }

    /// <summary>The same from hidden states that are already there, for example those that a value head reads too.</summary>
    /// <param name="hidden">[B, T, D], of <see cref="DecoderModel.Hidden"/>.</param>
    /// <param name="ids">[B, T] int64, as above.</param>
    /// <param name="responseMask">[B, R] bool, as above.</param>
    /// <param name="temperature">As above.</param>
    /// <returns>[B, R] each, nats; 0 where <paramref name="responseMask"/> is false.</returns>
    public TokenLogProbsResult LogProbsFromHidden(Tensor hidden, Tensor ids, Tensor responseMask, double temperature = 1)
    {
        Check.Rank(hidden, 3);
        Check.Size(hidden, 0, ids.shape[0]);
        Check.Size(hidden, 1, ids.shape[1]);
        using var scope = NewDisposeScope();
        var (sources, targets, kept) = Predictions(ids, responseMask);
        return MoveOut(Placed(hidden.reshape(-1, hidden.shape[2]).index_select(0, sources), targets, kept, responseMask, temperature));
    }

    /// <summary>
    /// <c>weight</c> times the summed log-probs of the masked tokens; the gradient is computed with the forward pass, which saves
    /// computing the logits twice (see <c>TokenLogProbs.WeightedSumFromHidden</c>). Log-probs and entropies as [N].
    /// </summary>
    internal WeightedLogProbsResult WeightedLogProbs(Tensor ids, Tensor? attentionMask, Tensor responseMask, double weight)
    {
        using var scope = NewDisposeScope();
        var (sources, targets, _) = Predictions(ids, responseMask);
        var states = Decoder.HiddenAt(ids, attentionMask, sources);
        var weights = full(targets.shape, weight, dtype: states.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32, device: states.device);
        var (sum, logProbs, entropies) = TokenLogProbs.WeightedSumFromHidden(states, Decoder.Head, targets, weights);
        return new WeightedLogProbsResult(sum.MoveToOuterDisposeScope(), logProbs.MoveToOuterDisposeScope(), entropies.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// The policy as it is now, not trainable: the reference. Shares memory with what is not trained (<see
    /// cref="DecoderModel.Frozen"/>).
    /// </summary>
    public PolicyModel Frozen() => new(Decoder.Frozen());

    /// <summary>A copy with its own memory.</summary>
    /// <param name="dtype">Element type; null for the same.</param>
    /// <param name="device">Where it shall live; null for the same.</param>
    public PolicyModel Clone(ScalarType? dtype = null, Device? device = null) => new(Decoder.Clone(dtype, device));

    /// <inheritdoc/>
    public void Dispose() => Decoder.Dispose();

    /// <summary>Log-probs and entropies of masked tokens, in the mask's shape, 0 elsewhere.</summary>
    /// <param name="states">[N, D], which predict them.</param>
    /// <param name="targets">[N] int64.</param>
    /// <param name="kept">[N] int64, their places in the flattened mask.</param>
    /// <param name="responseMask">[B, R].</param>
    /// <param name="temperature">Divides the logits.</param>
    internal TokenLogProbsResult Placed(Tensor states, Tensor targets, Tensor kept, Tensor responseMask, double temperature)
    {
        using var scope = NewDisposeScope();
        var (logProbs, entropies) = TokenLogProbs.FromHidden(states, Decoder.Head, targets, temperature);
        return MoveOut(new TokenLogProbsResult(Masked.Place(logProbs, kept, responseMask.shape), Masked.Place(entropies, kept, responseMask.shape)));
    }

    private static TokenLogProbsResult MoveOut(TokenLogProbsResult result) =>
        new(result.LogProbs.MoveToOuterDisposeScope(), result.Entropies.MoveToOuterDisposeScope());

    /// <summary>Where the masked tokens are predicted in the flattened [B, T] [N], those tokens [N], and their places in the flattened mask [N].</summary>
    private static (Tensor Sources, Tensor Targets, Tensor Kept) Predictions(Tensor ids, Tensor responseMask)
    {
        CheckResponses(ids, responseMask);
        var (length, width) = (ids.shape[1], responseMask.shape[1]);
        var kept = responseMask.reshape(-1).nonzero().squeeze(1);

        // The hidden state of a token predicts the next one, so responses are read one column to their left.
        var targets = (kept.div(width, RoundingMode.floor) * length) + kept.remainder(width) + (length - width);
        return (targets - 1, ids.reshape(-1).index_select(0, targets), kept);
    }

    private static void CheckResponses(Tensor ids, Tensor responseMask)
    {
        Check.Rank(ids, 2);
        Check.Mask(responseMask);
        Check.Rank(responseMask, 2);
        Check.Size(responseMask, 0, ids.shape[0]);
        if (responseMask.shape[1] >= ids.shape[1])
        {
            throw new ArgumentException(
                $"'responseMask' has shape {Check.Shape(responseMask)} but 'ids' has shape {Check.Shape(ids)}; "
                + "a response follows at least one token, so it must be narrower.",
                nameof(responseMask));
        }
    }
}
