namespace PreferenceTuning.Numerics;

/// <summary>The same loops as <see cref="Softmax512"/>, one logit at a time: for the ends of rows, and for float64.</summary>
internal static class SoftmaxScalar
{
    /// <summary>
    /// Below this distance from the largest logit a float32 probability counts as 0: e^-60 is 9e-27, far below half a unit in
    /// the last place of any sum, and what is above stays clear of the denormal range, where processors are slow.
    /// </summary>
    public const float Floor = -60f;

    private const double DoubleFloor = -700;

    public static float Max(ReadOnlySpan<float> logits, float max)
    {
        foreach (var x in logits)
        {
            max = x > max ? x : max;
        }

        return max;
    }

    public static double Max(ReadOnlySpan<double> logits)
    {
        var max = double.NegativeInfinity;
        foreach (var x in logits)
        {
            max = x > max ? x : max;
        }

        return max;
    }

    public static void Add(ReadOnlySpan<float> logits, float scale, float max, ref double sum, ref double weighted)
    {
        foreach (var x in logits)
        {
            var d = (x * scale) - max;
            if (!(d <= Floor))
            {
                double e = MathF.Exp(d);
                sum += e;
                weighted += d * e;
            }
        }
    }

    public static void Add(ReadOnlySpan<double> logits, double scale, double max, ref double sum, ref double weighted)
    {
        foreach (var x in logits)
        {
            var d = (x * scale) - max;
            if (!(d <= DoubleFloor))
            {
                var e = Math.Exp(d);
                sum += e;
                weighted += d * e;
            }
        }
    }

    public static void Gradient(ReadOnlySpan<float> logits, Span<float> destination, in SoftmaxGradient row)
    {
        for (var i = 0; i < logits.Length; i++)
        {
            var x = logits[i];
            var d = (x * row.Scale) - row.Max;
            var gradient = d <= Floor ? 0 : MathF.Exp(d) * row.InverseSum * (row.Constant + (row.Slope * d));
            destination[i] = row.InverseCap == 0 ? gradient : gradient * (1 - (x * row.InverseCap * x * row.InverseCap));
        }
    }

    public static void Gradient(ReadOnlySpan<double> logits, Span<double> destination, in SoftmaxGradientDouble row)
    {
        for (var i = 0; i < logits.Length; i++)
        {
            var x = logits[i];
            var d = (x * row.Scale) - row.Max;
            var gradient = d <= DoubleFloor ? 0 : Math.Exp(d) * row.InverseSum * (row.Constant + (row.Slope * d));
            destination[i] = row.InverseCap == 0 ? gradient : gradient * (1 - (x * row.InverseCap * x * row.InverseCap));
        }
    }
}
