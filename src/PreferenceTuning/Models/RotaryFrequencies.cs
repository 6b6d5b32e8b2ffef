namespace PreferenceTuning.Models;

/// <summary>The angular frequencies of rotary positions, in radians per token, in double precision.</summary>
internal static class RotaryFrequencies
{
    /// <param name="config">What to compute.</param>
    /// <param name="length">Largest position of the batch plus one; matters to dynamic scaling and LongRoPE.</param>
    public static double[] Compute(RotaryConfig config, long length) => config.Scaling switch
    {
        RotaryScaling.None => Plain(config, config.Base),
        RotaryScaling.Linear => Divide(Plain(config, config.Base), config.Factor),
        RotaryScaling.Dynamic => Plain(config, DynamicBase(config, length)),
        RotaryScaling.Yarn => Yarn(config),
        RotaryScaling.Llama3 => Llama3(config),
        RotaryScaling.LongRope => LongRope(config, length),
        _ => throw new ArgumentOutOfRangeException(nameof(config), config.Scaling, "There is no such rotary scaling."),
    };

    private static double[] Plain(RotaryConfig config, double @base)
    {
        var frequencies = new double[config.Dimensions / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = Math.Pow(@base, -2.0 * i / config.Dimensions);
        }

        return frequencies;
    }

    private static double[] Divide(double[] frequencies, double factor) => [.. frequencies.Select(frequency => frequency / factor)];

    // base * (factor * length / original - (factor - 1)) ^ (d / (d - 2)), never shorter than the original length.
    private static double DynamicBase(RotaryConfig config, long length)
    {
        double original = config.OriginalContextLength;
        var stretch = (config.Factor * Math.Max(length, original) / original) - (config.Factor - 1);
        return config.Base * Math.Pow(stretch, config.Dimensions / (config.Dimensions - 2.0));
    }

    // Peng et al. 2023 (arXiv:2309.00071), section 3.2: a linear ramp between the pairs that turn BetaFast and BetaSlow times.
    private static double[] Yarn(RotaryConfig config)
    {
        var (low, high) = (PairThatTurns(config, config.BetaFast), PairThatTurns(config, config.BetaSlow));
        if (config.TruncateBand)
        {
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        }

        (low, high) = (Math.Max(low, 0), Math.Min(high, config.Dimensions - 1));
        if (low == high)
        {
            high += 0.001;
        }

        var frequencies = Plain(config, config.Base);
        for (var i = 0; i < frequencies.Length; i++)
        {
            var ramp = Math.Clamp((i - low) / (high - low), 0, 1);
            frequencies[i] = (frequencies[i] / config.Factor * ramp) + (frequencies[i] * (1 - ramp));
        }

        return frequencies;
    }

    private static double PairThatTurns(RotaryConfig config, double rotations) =>
        config.Dimensions * Math.Log(config.OriginalContextLength / (rotations * 2 * Math.PI)) / (2 * Math.Log(config.Base));

    private static double[] Llama3(RotaryConfig config)
    {
        double original = config.OriginalContextLength;
        return [.. Plain(config, config.Base).Select(frequency =>
        {
            var wavelength = 2 * Math.PI / frequency;
            if (wavelength < original / config.HighFrequencyFactor)
            {
                return frequency;
            }

            if (wavelength > original / config.LowFrequencyFactor)
            {
                return frequency / config.Factor;
            }

            var smooth = ((original / wavelength) - config.LowFrequencyFactor) / (config.HighFrequencyFactor - config.LowFrequencyFactor);
            return ((1 - smooth) * frequency / config.Factor) + (smooth * frequency);
        })];
    }

    private static double[] LongRope(RotaryConfig config, long length)
    {
        var factors = length > config.OriginalContextLength ? config.LongFactors : config.ShortFactors;
        return [.. Plain(config, config.Base).Zip(factors, (frequency, factor) => frequency / factor)];
    }
}
