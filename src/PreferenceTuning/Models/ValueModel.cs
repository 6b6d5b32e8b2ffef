using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>
/// Predicts the return at every token: the critic of PPO. Either a decoder of its own with a scalar head, or only a head on the policy's
/// hidden states, which saves a model and a forward pass.
/// </summary>
public sealed class ValueModel : IDisposable
{
    private readonly DecoderModel? _trunk;
    private readonly Tensor _head;
    private readonly Func<Tensor, Tensor> _policyStates;

    private ValueModel(DecoderModel? trunk, Tensor head, Func<Tensor, Tensor> policyStates)
    {
        _trunk = trunk;
        _head = head;
        _policyStates = policyStates;
    }

    /// <summary>Whether <see cref="Values"/> needs the policy's hidden states.</summary>
    public bool SharesTrunk => _trunk is null;

    /// <summary>The trained parameters; names begin with <c>value.</c>, so that one optimizer holds them beside the policy's.</summary>
    public IReadOnlyList<NamedParameter> Parameters =>
        [.. (_trunk is null ? [] : ScalarHead.WithoutTokenHead(_trunk)).Select(parameter => parameter with { Name = "value." + parameter.Name }),
            new NamedParameter("value." + ScalarHead.Name, _head)];

    /// <summary>A decoder of its own and a head of zeros. Owns the decoder.</summary>
    public static ValueModel OwnTrunk(DecoderModel trunk) => new(trunk, ScalarHead.Zero(trunk), states => states);

    /// <summary>A head of zeros on the policy's states; the value loss also trains the policy's trunk (Ziegler et al. 2019).</summary>
    public static ValueModel OnPolicy(PolicyModel policy) => new(null, ScalarHead.Zero(policy.Model), states => states);

    /// <summary>A head of zeros on the policy's states, whose loss does not reach the trunk.</summary>
    public static ValueModel OnDetachedPolicy(PolicyModel policy) => new(null, ScalarHead.Zero(policy.Model), states => states.detach());

    /// <summary>Reads a folder with a scalar head (a reward model is a usual start); arguments and errors as in <see cref="DecoderModel.FromPretrained"/>.</summary>
    public static ValueModel FromPretrained(string folder, ScalarType? dtype = null, Device? device = null)
    {
        var (trunk, head) = ScalarHeadFolder.Read(folder, dtype, device);
        return new ValueModel(trunk, head, states => states);
    }

    /// <summary>Values at every position: [B, S]; the one at a position is the expected return from the next token on.</summary>
    /// <param name="ids">[B, S] int64.</param>
    /// <param name="mask">[B, S] bool, true = a token.</param>
    /// <param name="policyHidden">[B, S, D], the policy's states for the same tokens; read only where <see cref="SharesTrunk"/>.</param>
    public Tensor Values(Tensor ids, Tensor mask, Tensor policyHidden)
    {
        using var scope = NewDisposeScope();
        var states = _trunk is null ? _policyStates(policyHidden) : _trunk.Hidden(ids, mask);
        return ScalarHead.Apply(states, _head).MoveToOuterDisposeScope();
    }

    /// <summary>Writes a Hugging Face folder with a scalar head.</summary>
    /// <exception cref="InvalidOperationException">The trunk is the policy's; save the head with <see cref="Parameters"/> beside the policy.</exception>
    public void SavePretrained(string folder)
    {
        var trunk = _trunk ?? throw new InvalidOperationException(
            "This value model is only a head on the policy; save the policy, and the head with its Parameters.");
        ScalarHeadFolder.Write(folder, trunk, _head, gain: 1, bias: 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _head.Dispose();
        _trunk?.Dispose();
    }
}
