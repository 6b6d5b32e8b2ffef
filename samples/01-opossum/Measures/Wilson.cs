namespace Opossum.Measures;

/// <summary>A share with its 95 % interval.</summary>
internal readonly record struct Share(int Count, int Total, double Low, double High)
{
    /// <summary>Count over total; NaN when there is nothing to count.</summary>
    public double Value => Total == 0 ? double.NaN : Count / (double)Total;
}

/// <summary>Wilson's score interval for a proportion (Wilson 1927), at 95 %.</summary>
internal static class Wilson
{
    private const double Z = 1.959963984540054;

    /// <summary>The interval; 0 to 1 when nothing was counted.</summary>
    public static Share Of(int count, int total)
    {
        if (count < 0 || count > total)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"A count must lie between 0 and its total, {total}.");
        }

        if (total == 0)
        {
            return new Share(0, 0, 0, 1);
        }

        double p = count / (double)total, square = Z * Z / total;
        var center = (p + (square / 2)) / (1 + square);
        var half = Z / (1 + square) * Math.Sqrt((p * (1 - p) / total) + (square / (4 * total)));
        return new Share(count, total, Math.Max(0, center - half), Math.Min(1, center + half));
    }
}
