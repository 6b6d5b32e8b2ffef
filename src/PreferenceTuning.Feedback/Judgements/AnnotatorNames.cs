using System.Security.Cryptography;
using System.Text;

namespace PreferenceTuning.Feedback.Judgements;

/// <summary>Replaces annotators' names before judgements are given to others.</summary>
public static class AnnotatorNames
{
    /// <summary>
    /// Replaces each name by the first 16 hexadecimal digits of its HMAC-SHA256 under a key: the same person keeps the same name, and
    /// nobody without the key can try names out. Keep the key, or throw it away.
    /// </summary>
    /// <param name="judgements">The judgements.</param>
    /// <param name="key">A secret of 16 bytes or more.</param>
    public static IEnumerable<Judgement> Hash(IEnumerable<Judgement> judgements, byte[] key)
    {
        if (key.Length < 16)
            throw new ArgumentException($"The key has {key.Length} bytes; it must have 16 or more.", nameof(key));
        return judgements.Select(judgement => judgement.Annotator is null ? judgement : judgement with
        {
            Annotator = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(judgement.Annotator)))[..16],
        });
    }
}
