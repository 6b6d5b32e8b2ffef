using System.Text.Json.Nodes;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>
/// Rotary positions in config.json, as transformers 4 spells them (<c>rope_theta</c>, <c>rope_scaling</c>) and as
/// transformers 5 does (<c>rope_parameters</c>). Where both are there, a non-null <c>rope_scaling</c> wins, as in transformers.
/// </summary>
internal static class RotaryKeys
{
    private static readonly (string Name, RotaryScaling Scaling)[] Kinds =
    [
        ("default", RotaryScaling.None),
        ("linear", RotaryScaling.Linear),
        ("dynamic", RotaryScaling.Dynamic),
        ("yarn", RotaryScaling.Yarn),
        ("llama3", RotaryScaling.Llama3),
        ("longrope", RotaryScaling.LongRope),
        ("su", RotaryScaling.LongRope),
    ];

    /// <param name="json">config.json.</param>
    /// <param name="headSize">Width of a head.</param>
    /// <param name="fraction">The share of a head that is rotated where the file does not say.</param>
    /// <param name="baseKey">The key of the base at top level.</param>
    /// <param name="fractionKey">The key of the share at top level.</param>
    public static RotaryConfig Read(
        ConfigReader json, int headSize, double fraction = 1, string baseKey = "rope_theta", string fractionKey = "partial_rotary_factor")
    {
        var scaling = json.Object("rope_scaling");
        var parameters = scaling ?? json.Object("rope_parameters");
        var @base = (scaling is null ? parameters?.OptionalPositive("rope_theta") : null) ?? json.Positive(baseKey, 10000);
        var share = parameters?.OptionalShare("partial_rotary_factor") ?? json.OptionalShare(fractionKey) ?? fraction;
        return Scaled(json, parameters, new RotaryConfig { Dimensions = Rotated(json, headSize, share, fractionKey), Base = @base });
    }

    private static int Rotated(ConfigReader json, int headSize, double share, string fractionKey)
    {
        var rotated = (int)(headSize * share);
        return rotated >= 2 && rotated % 2 == 0 ? rotated : throw new ModelFileException(
            json.Path,
            FormattableString.Invariant($"a head has {headSize} numbers and the share {share} of it is rotated, which makes {rotated}; an even number from 2 was expected."),
            $"Look at 'head_dim', or the width and the number of heads, and '{fractionKey}'.");
    }

    /// <summary>Applies <c>rope_type</c> and its parameters to an unscaled rotation.</summary>
    public static RotaryConfig Scaled(ConfigReader json, ConfigReader? parameters, RotaryConfig plain)
    {
        if (parameters is null)
        {
            return plain;
        }

        var name = parameters.OptionalString("rope_type") ?? parameters.OptionalString("type") ?? "default";
        if (!Array.Exists(Kinds, kind => kind.Name == name))
        {
            throw parameters.Wrong(
                parameters.Has("rope_type") ? "rope_type" : "type", "one of " + string.Join(", ", Kinds.Select(kind => kind.Name)));
        }

        var scaling = Kinds.First(kind => kind.Name == name).Scaling;
        var context = json.Size("max_position_embeddings", 2048);
        var original = parameters.OptionalSize("original_max_position_embeddings")
            ?? json.Size("original_max_position_embeddings", context);
        var factor = parameters.OptionalPositive("factor");
        return scaling switch
        {
            RotaryScaling.None => plain,
            RotaryScaling.Linear => plain with { Scaling = scaling, Factor = Needed(factor, parameters) },
            RotaryScaling.Dynamic => plain with { Scaling = scaling, Factor = Needed(factor, parameters), OriginalContextLength = context },
            RotaryScaling.Yarn => Yarn(parameters, plain, Needed(factor, parameters), original),
            RotaryScaling.Llama3 => Llama3(parameters, plain, Needed(factor, parameters), original),
            _ => LongRope(parameters, plain, factor ?? ((double)context / original), original),
        };
    }

    /// <summary>The keys of a rotation in the spelling of transformers 4.</summary>
    public static void Write(RotaryConfig rotary, JsonObject json, string baseKey = "rope_theta")
    {
        json[baseKey] = rotary.Base;
        json["rope_scaling"] = null;
        if (rotary.Scaling == RotaryScaling.None)
        {
            return;
        }

        var scaling = new JsonObject
        {
            ["rope_type"] = Kinds.First(kind => kind.Scaling == rotary.Scaling).Name,
            ["factor"] = rotary.Factor,
        };
        if (rotary.Scaling is RotaryScaling.Yarn or RotaryScaling.Llama3 or RotaryScaling.LongRope)
        {
            scaling["original_max_position_embeddings"] = rotary.OriginalContextLength;
        }

        switch (rotary.Scaling)
        {
            case RotaryScaling.Yarn:
                scaling["beta_fast"] = rotary.BetaFast;
                scaling["beta_slow"] = rotary.BetaSlow;
                scaling["truncate"] = rotary.TruncateBand;
                scaling["attention_factor"] = rotary.AttentionFactor;
                break;
            case RotaryScaling.Llama3:
                scaling["low_freq_factor"] = rotary.LowFrequencyFactor;
                scaling["high_freq_factor"] = rotary.HighFrequencyFactor;
                break;
            case RotaryScaling.LongRope:
                scaling["short_factor"] = new JsonArray([.. rotary.ShortFactors.Select(factor => (JsonNode)factor)]);
                scaling["long_factor"] = new JsonArray([.. rotary.LongFactors.Select(factor => (JsonNode)factor)]);
                scaling["attention_factor"] = rotary.AttentionFactor;
                break;
        }

        json["rope_scaling"] = scaling;
    }

    private static double Needed(double? factor, ConfigReader parameters) =>
        factor ?? throw parameters.Wrong("factor", "a positive number");

    private static RotaryConfig Llama3(ConfigReader parameters, RotaryConfig plain, double factor, int original)
    {
        var (low, high) = (parameters.Positive("low_freq_factor", 1), parameters.Positive("high_freq_factor", 4));
        return high > low
            ? plain with
            {
                Scaling = RotaryScaling.Llama3,
                Factor = factor,
                OriginalContextLength = original,
                LowFrequencyFactor = low,
                HighFrequencyFactor = high,
            }
            : throw parameters.Wrong("high_freq_factor", "a number above 'low_freq_factor'");
    }

    private static RotaryConfig Yarn(ConfigReader parameters, RotaryConfig plain, double factor, int original)
    {
        var (scale, scaleAll) = (parameters.Double("mscale", 0), parameters.Double("mscale_all_dim", 0));
        var attention = parameters.OptionalPositive("attention_factor")
            ?? (scale != 0 && scaleAll != 0 ? YarnScale(factor, scale) / YarnScale(factor, scaleAll) : YarnScale(factor, 1));
        return plain with
        {
            Scaling = RotaryScaling.Yarn,
            Factor = factor,
            OriginalContextLength = original,
            BetaFast = parameters.Positive("beta_fast", 32),
            BetaSlow = parameters.Positive("beta_slow", 1),
            TruncateBand = parameters.Bool("truncate", true),
            AttentionFactor = attention,
        };
    }

    // Peng et al. 2023 (arXiv:2309.00071), eq. 22: sqrt(1/t) = 0.1 ln(s) + 1.
    private static double YarnScale(double factor, double scale) => factor <= 1 ? 1 : (0.1 * scale * Math.Log(factor)) + 1;

    private static RotaryConfig LongRope(ConfigReader parameters, RotaryConfig plain, double factor, int original) => plain with
    {
        Scaling = RotaryScaling.LongRope,
        Factor = factor,
        OriginalContextLength = original,
        ShortFactors = Factors(parameters, "short_factor", plain.Dimensions / 2),
        LongFactors = Factors(parameters, "long_factor", plain.Dimensions / 2),
        AttentionFactor = parameters.OptionalPositive("attention_factor")
            ?? (factor <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(factor) / Math.Log(original)))),
    };

    private static IReadOnlyList<double> Factors(ConfigReader parameters, string key, int count)
    {
        var factors = parameters.Doubles(key);
        return factors.Count == count && factors.All(factor => factor > 0)
            ? factors
            : throw parameters.Wrong(
                key, FormattableString.Invariant($"a list of {count} positive numbers (half as many as are rotated of a head)"));
    }
}
