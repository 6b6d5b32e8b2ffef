using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>
/// Scores a prompt with its response: a decoder with a scalar head at the last token, then <c>gain * score + bias</c> (Ziegler et al.
/// 2019, which normalise so that the reference policy's answers have mean 0 and deviation 1). Owns its decoder.
/// </summary>
public sealed class RewardModel : IDisposable
{
    private readonly Tensor _head;

    private RewardModel(DecoderModel trunk, Tensor head)
    {
        Model = trunk;
        _head = head;
    }

    /// <summary>The decoder under the head.</summary>
    public DecoderModel Model { get; }

    /// <summary>Factor on the head's output; 1 until normalised.</summary>
    public double Gain { get; private set; } = 1;

    /// <summary>Added after the gain, in units of the score; 0 until normalised.</summary>
    public double Bias { get; private set; }

    /// <summary>Where the parameters live.</summary>
    public Device Device => Model.Device;

    /// <summary>The parameters with their names in a Hugging Face folder; the token head is not among them.</summary>
    public IReadOnlyList<NamedParameter> Parameters => [.. ScalarHead.WithoutTokenHead(Model), new NamedParameter(ScalarHead.Name, _head)];

    /// <summary>Starts from a language model, whose decoder this model then owns, with a new head from a seed.</summary>
    public static RewardModel FromDecoder(DecoderModel decoder, long seed) => new(decoder, ScalarHead.Random(decoder, seed));

    /// <summary>Reads a Hugging Face folder of a <c>*ForSequenceClassification</c> model with one label; arguments and errors as in <see cref="DecoderModel.FromPretrained"/>.</summary>
    public static RewardModel FromPretrained(string folder, ScalarType? dtype = null, Device? device = null)
    {
        var (trunk, head) = ScalarHeadFolder.Read(folder, dtype, device);
        var (gain, bias) = ScalarHeadFolder.Normalisation(trunk);
        return new RewardModel(trunk, head) { Gain = gain, Bias = bias };
    }

    /// <summary>Writes a Hugging Face folder. Gain and bias are kept in config.json; other tools load the raw score, which orders answers the same way.</summary>
    public void SavePretrained(string folder) => ScalarHeadFolder.Write(folder, Model, _head, Gain, Bias);

    /// <summary>Composes a normalisation with the present one: the new score is <c>gain * score + bias</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A gain that is not above 0 would turn good answers into bad ones.</exception>
    public void Normalise(double gain, double bias)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(gain);
        (Gain, Bias) = (Gain * gain, (Bias * gain) + bias);
    }

    /// <summary>Scores at the last kept token: [B].</summary>
    /// <param name="ids">[B, S] int64.</param>
    /// <param name="mask">[B, S] bool, true = a token; each row keeps at least one.</param>
    public Tensor Score(Tensor ids, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return At(TokenScores(ids, mask), Masked.LastTrue(mask)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Scores at the rightmost token whose id is not the padding's, as the transformers library does. It differs from <see cref="Score"/>
    /// where padding and end token are the same (the end is then not scored) or where a real token has the padding's id.
    /// </summary>
    /// <param name="ids">[B, S] int64.</param>
    /// <param name="mask">[B, S] bool, true = a token.</param>
    /// <param name="padToken">The padding's id.</param>
    public Tensor ScoreByPadToken(Tensor ids, Tensor mask, int padToken)
    {
        using var scope = NewDisposeScope();
        return At(TokenScores(ids, mask), Masked.LastTrue(ids.ne(padToken)).clamp(min: 0)).MoveToOuterDisposeScope();
    }

    /// <summary>The head at every position, normalised: [B, S]; meaningless where the mask is false.</summary>
    public Tensor TokenScores(Tensor ids, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var raw = ScalarHead.Apply(Model.Hidden(ids, mask), _head);
        return (Gain == 1 && Bias == 0 ? raw : (raw * Gain) + Bias).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _head.Dispose();
        Model.Dispose();
    }

    private static Tensor At(Tensor scores, Tensor position) => scores.gather(1, position.unsqueeze(1)).squeeze(1);
}
