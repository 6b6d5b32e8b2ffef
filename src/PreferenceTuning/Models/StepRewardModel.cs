using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Models;

/// <summary>
/// Judges every step of a response: a decoder with a head of several labels per token (Lightman et al. 2023, arXiv:2305.20050). Owns
/// both.
/// </summary>
/// <param name="trunk">The decoder.</param>
/// <param name="head">The head; usually two labels.</param>
public sealed class StepRewardModel(DecoderModel trunk, ScoreHead head) : IDisposable
{
    /// <summary>The decoder.</summary>
    public DecoderModel Trunk { get; } = trunk;

    /// <summary>The head.</summary>
    public ScoreHead Head { get; } = head;

    /// <summary>The parameters of decoder and head with their names in a Hugging Face folder.</summary>
    public IReadOnlyList<NamedParameter> Parameters { get; } = [.. trunk.Parameters, .. head.Parameters];

    /// <summary>Reads a folder of a token classifier.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">Element type; null for the one in the file.</param>
    /// <param name="device">Null for the CPU.</param>
    /// <exception cref="ModelFileException">The folder cannot be used; the message says why.</exception>
    public static StepRewardModel FromPretrained(string folder, ScalarType? dtype = null, Device? device = null)
    {
        var (trunk, head, _) = HeadFolder.Read(folder, dtype, device);
        return new StepRewardModel(trunk, head);
    }

    /// <summary>Writes a token classifier (a sequence classifier where the head has no bias).</summary>
    /// <param name="folder">Where to.</param>
    public void SavePretrained(string folder) => HeadFolder.Save(folder, Trunk, Head, ownKeys: null);

    /// <summary>The logits of the labels at every token.</summary>
    /// <param name="ids">[B, T] int64.</param>
    /// <param name="attentionMask">[B, T] bool, true = keep; null for no padding.</param>
    /// <returns>[B, T, L]; meaningless where the mask is false.</returns>
    public Tensor Logits(Tensor ids, Tensor? attentionMask)
    {
        using var scope = NewDisposeScope();
        return Head.Apply(Trunk.Hidden(ids, attentionMask)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Trunk.Dispose();
        Head.Dispose();
    }
}
