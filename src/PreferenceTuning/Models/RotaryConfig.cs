namespace PreferenceTuning.Models;

/// <summary>How the angles of rotary positions are stretched beyond the length a model was trained on.</summary>
public enum RotaryScaling
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>All positions divided by <see cref="RotaryConfig.Factor"/> (Chen et al. 2023).</summary>
    Linear,

    /// <summary>The base grows with the longest position of the batch ("dynamic NTK").</summary>
    Dynamic,

    /// <summary>Low frequencies interpolated, high ones kept, attention sharpened (YaRN, Peng et al. 2023).</summary>
    Yarn,

    /// <summary>Llama 3.1's rule: low frequencies divided by the factor, high ones kept, a ramp between.</summary>
    Llama3,

    /// <summary>One factor per frequency, another set for long inputs (LongRoPE, Ding et al. 2024).</summary>
    LongRope,
}

/// <summary>Rotary positions: pair i of a head turns by <c>position * Base^(-2i / Dimensions)</c> radians, scaled as chosen.</summary>
public sealed record RotaryConfig
{
    /// <summary>How many dimensions of a head are rotated (even); the first ones, halves paired as in GPT-NeoX.</summary>
    public required int Dimensions { get; init; }

    /// <summary>The base; default 10000 (Su et al. 2021).</summary>
    public double Base { get; init; } = 10000;

    /// <summary>The kind of scaling; default none.</summary>
    public RotaryScaling Scaling { get; init; }

    /// <summary>How many times longer than trained; default 1.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>The length trained on before stretching, in tokens (dynamic, YaRN, Llama 3, LongRoPE).</summary>
    public int OriginalContextLength { get; init; }

    /// <summary>Llama 3: wavelengths above <c>original / LowFrequencyFactor</c> are divided by the factor; default 1.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>Llama 3: wavelengths below <c>original / HighFrequencyFactor</c> are kept; default 4.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>YaRN: rotations within the original length above which a frequency is kept; default 32.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>YaRN: rotations below which a frequency is divided by the factor; default 1.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>YaRN: whether the band's ends are rounded outwards to whole pairs; default true.</summary>
    public bool TruncateBand { get; init; } = true;

    /// <summary>LongRoPE: divisors of the frequencies up to the original length.</summary>
    public IReadOnlyList<double> ShortFactors { get; init; } = [];

    /// <summary>LongRoPE: divisors beyond it.</summary>
    public IReadOnlyList<double> LongFactors { get; init; } = [];

    /// <summary>Factor on cosine and sine; 1 where nothing is stretched.</summary>
    public double AttentionFactor { get; init; } = 1;

    /// <summary>Whether the angles depend on the longest position of the batch.</summary>
    internal bool DependsOnLength => Scaling is RotaryScaling.Dynamic or RotaryScaling.LongRope;

    internal void Validate(int headSize)
    {
        if (Dimensions <= 0 || Dimensions % 2 != 0 || Dimensions > headSize)
        {
            throw new ArgumentException($"Rotary.Dimensions is {Dimensions}; an even number from 2 to the head size {headSize} was expected.");
        }

        if (Scaling == RotaryScaling.LongRope && (ShortFactors.Count != Dimensions / 2 || LongFactors.Count != Dimensions / 2))
        {
            throw new ArgumentException(
                $"LongRoPE has {ShortFactors.Count} short and {LongFactors.Count} long factors; "
                + $"{Dimensions / 2} (half of Rotary.Dimensions) of each were expected.");
        }
    }
}
