using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Rewards;

/// <summary>A response cut after its end token.</summary>
/// <param name="Tokens">[B, T] int64: the response, then padding.</param>
/// <param name="Mask">[B, T] bool: true through the end token.</param>
/// <param name="HasEnd">[B] bool: the end token was found.</param>
public sealed record TruncatedResponse(Tensor Tokens, Tensor Mask, Tensor HasEnd);

/// <summary>Cuts sampled responses at their end token before they are scored.</summary>
public static class ResponseTruncation
{
    /// <summary>
    /// Keeps everything through the first end token at or after a position; the end token itself stays. TRL's <c>truncate_response</c>
    /// with position 0; Ziegler et al. 2019 with <c>truncate_after</c>.
    /// </summary>
    /// <param name="responses">[B, T] int64.</param>
    /// <param name="endToken">The token that ends a response.</param>
    /// <param name="padToken">What stands after the end; it may equal the end token, the mask tells them apart.</param>
    /// <param name="notBefore">The first position, from 0, where an end token counts.</param>
    public static TruncatedResponse AfterToken(Tensor responses, long endToken, long padToken, long notBefore = 0)
    {
        Check.Rank(responses, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(notBefore);
        using var scope = NewDisposeScope();
        var positions = arange(responses.shape[1], ScalarType.Int64, responses.device).unsqueeze(0);
        var isEnd = (responses == endToken).logical_and(positions >= notBefore);
        var mask = positions <= Masked.FirstTrue(isEnd).unsqueeze(1);
        return new TruncatedResponse(
            responses.masked_fill(mask.logical_not(), padToken).MoveToOuterDisposeScope(),
            mask.MoveToOuterDisposeScope(),
            isEnd.any(1).MoveToOuterDisposeScope());
    }
}
