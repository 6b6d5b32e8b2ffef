using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>Where the value loss may change weights.</summary>
public enum ValueTrunk
{
    /// <summary>The value model has a decoder of its own (TRL, OpenRLHF).</summary>
    Own,

    /// <summary>The head reads the policy's hidden states and its gradient goes on into the policy (Ziegler et al. 2019).</summary>
    SharedAttached,

    /// <summary>The head reads the policy's hidden states and its gradient ends there.</summary>
    SharedDetached,
}

/// <summary>Estimates, per token, the return that follows: a decoder and a scalar head, with a trunk of its own or the policy's.</summary>
public sealed class ValueModel : IDisposable
{
    private readonly DecoderModel _trunk;
    private readonly ScoreHead _head;

    private ValueModel(DecoderModel trunk, ScoreHead head, ValueTrunk kind)
    {
        (_trunk, _head, Kind) = (trunk, head, kind);
        var own = kind == ValueTrunk.Own ? [.. trunk.Parameters, .. head.Parameters] : head.Parameters;
        Parameters = [.. own.Select(parameter => parameter with { Name = "value." + parameter.Name })];
    }

    /// <summary>Whose trunk it is and where its gradient goes.</summary>
    public ValueTrunk Kind { get; }

    /// <summary>
    /// What this model adds to be trained: trunk and head, or the head alone where the trunk is the policy's. Names begin with
    /// <c>value.</c>, so that one optimizer can hold them beside the policy's.
    /// </summary>
    public IReadOnlyList<NamedParameter> Parameters { get; }

    /// <summary>The decoder: its own, or the policy's.</summary>
    public DecoderModel Trunk => _trunk;

    /// <summary>The head.</summary>
    public ScoreHead Head => _head;

    /// <summary>A value model of its own; owns both parts.</summary>
    /// <param name="trunk">For example <see cref="DecoderModel.CloneTrunk"/> of the reward model's trunk or the policy.</param>
    /// <param name="head">One label.</param>
    public static ValueModel WithOwnTrunk(DecoderModel trunk, ScoreHead head) => new(trunk, head, ValueTrunk.Own);

    /// <summary>A head on the policy's hidden states, whose gradient goes on into the policy; owns the head only.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="head">One label.</param>
    public static ValueModel Attached(PolicyModel policy, ScoreHead head) => new(policy.Decoder, head, ValueTrunk.SharedAttached);

    /// <summary>A head on the policy's hidden states, whose gradient ends there; owns the head only.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="head">One label.</param>
    public static ValueModel Detached(PolicyModel policy, ScoreHead head) => new(policy.Decoder, head, ValueTrunk.SharedDetached);

    /// <summary>Reads a folder of a classifier with one label (sequence or token), as <see cref="SavePretrained"/> writes it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">Element type; null for the one in the file.</param>
    /// <param name="device">Null for the CPU.</param>
    /// <exception cref="ModelFileException">The folder cannot be used; the message says why.</exception>
    public static ValueModel FromPretrained(string folder, ScalarType? dtype = null, Device? device = null)
    {
        var (trunk, head, _) = HeadFolder.Read(folder, dtype, device);
        return WithOwnTrunk(trunk, head);
    }

    /// <summary>
    /// Writes a value model with its own trunk: as a token classifier with one label where the head has a bias, else as a sequence
    /// classifier.
    /// </summary>
    /// <param name="folder">Where to.</param>
    /// <exception cref="InvalidOperationException">The trunk is the policy's.</exception>
    public void SavePretrained(string folder)
    {
        if (Kind != ValueTrunk.Own)
        {
            throw new InvalidOperationException("The value model's trunk is the policy's: save the policy, and the head with the checkpoint.");
        }

        HeadFolder.Save(folder, _trunk, _head, ownKeys: null);
    }

    /// <summary>The value at each token: what is expected to follow once that token stands.</summary>
    /// <param name="ids">[B, T] int64.</param>
    /// <param name="attentionMask">[B, T] bool, true = keep; null for no padding.</param>
    /// <returns>[B, T]; meaningless where the mask is false.</returns>
    public Tensor Values(Tensor ids, Tensor? attentionMask)
    {
        using var scope = NewDisposeScope();
        return ValuesFromHidden(_trunk.Hidden(ids, attentionMask)).MoveToOuterDisposeScope();
    }

    /// <summary>The same from hidden states of the trunk that are already there.</summary>
    /// <param name="hidden">[B, T, D].</param>
    /// <returns>[B, T].</returns>
    public Tensor ValuesFromHidden(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return _head.Scalar(Kind == ValueTrunk.SharedDetached ? hidden.detach() : hidden).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _head.Dispose();
        if (Kind == ValueTrunk.Own)
        {
            _trunk.Dispose();
        }
    }
}
