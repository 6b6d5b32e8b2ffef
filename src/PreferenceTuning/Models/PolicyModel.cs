using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>A language model as a policy: it answers, and says how likely answers are. Owns its decoder.</summary>
/// <param name="model">The decoder.</param>
public sealed class PolicyModel(DecoderModel model) : IDisposable
{
    /// <summary>The decoder: hidden states and output head.</summary>
    public DecoderModel Model { get; } = model;

    /// <summary>What the decoder looks like.</summary>
    public DecoderConfig Config => Model.Config;

    /// <summary>Where the parameters live.</summary>
    public Device Device => Model.Device;

    /// <summary>The parameters, with their names in a Hugging Face folder.</summary>
    public IReadOnlyList<NamedParameter> Parameters => Model.Parameters;

    /// <summary>Reads a Hugging Face folder; arguments and errors as in <see cref="DecoderModel.FromPretrained"/>.</summary>
    public static PolicyModel FromPretrained(string folder, ScalarType? dtype = null, Device? device = null) =>
        new(DecoderModel.FromPretrained(folder, dtype, device));

    /// <summary>Writes a Hugging Face folder that other tools load (config.json, model.safetensors).</summary>
    public void SavePretrained(string folder) => Model.SavePretrained(folder);

    /// <summary>The policy as it is now, not trainable: the reference. Memory is shared where nothing is trained, and copied where it is.</summary>
    public PolicyModel Frozen() => new(Model.Frozen());

    /// <summary>A copy with its own memory, trainable where this one is.</summary>
    public PolicyModel Clone() => new(Model.Clone());

    /// <summary>Logits of a few positions (a decode step, not a training batch): [N, D] to [N, V], not divided by any temperature.</summary>
    public Tensor Logits(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var logits = MatrixProducts.Linear(hidden, Model.Head.Weight, Model.Head.Bias);
        if (Model.Head.LogitSoftCap is { } cap)
        {
            logits = (logits / cap).tanh() * cap;
        }

        return logits.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Log-probs and entropies of tokens in sequences: [B, S] nats, at the place of the token itself (predicted one place before), 0
    /// where nothing was asked. The output head is computed at the asked places only, and never for a whole batch at once.
    /// </summary>
    /// <param name="ids">[B, S] int64.</param>
    /// <param name="mask">[B, S] bool, true = a token.</param>
    /// <param name="targets">[B, S] bool, true = asked; never in column 0, which nothing predicts.</param>
    /// <param name="temperature">Divides the logits.</param>
    public TokenLogProbsResult LogProbs(Tensor ids, Tensor mask, Tensor targets, double temperature = 1)
    {
        using var scope = NewDisposeScope();
        return Outside(LogProbsFromHidden(Model.Hidden(ids, mask), ids, targets, temperature));
    }

    /// <summary>The same from hidden states that were computed before.</summary>
    /// <param name="hidden">[B, S, D], of <see cref="DecoderModel.Hidden"/>.</param>
    /// <param name="ids">[B, S] int64.</param>
    /// <param name="targets">[B, S] bool, true = asked; never in column 0.</param>
    /// <param name="temperature">Divides the logits.</param>
    public TokenLogProbsResult LogProbsFromHidden(Tensor hidden, Tensor ids, Tensor targets, double temperature)
    {
        Check.Rank(hidden, 3);
        Check.SameShape(targets, ids);
        Check.Mask(targets);
        using var scope = NewDisposeScope();
        var index = targets.flatten().nonzero().squeeze(1);
        var before = hidden.reshape(-1, hidden.shape[2]).index_select(0, index - 1);
        var result = TokenLogProbs.FromHidden(before, Model.Head, ids.flatten().index_select(0, index), temperature);
        return Outside(new TokenLogProbsResult(Place(result.LogProbs, index, ids), Place(result.Entropies, index, ids)));
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();

    private static Tensor Place(Tensor values, Tensor index, Tensor ids) =>
        zeros(ids.numel(), dtype: values.dtype, device: values.device).scatter(0, index, values).reshape(ids.shape);

    private static TokenLogProbsResult Outside(TokenLogProbsResult result) =>
        new(result.LogProbs.MoveToOuterDisposeScope(), result.Entropies.MoveToOuterDisposeScope());
}
