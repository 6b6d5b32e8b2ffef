namespace PreferenceTuning.Numerics;

/// <summary>Rows in parts, one after the other.</summary>
internal static class RowChunks
{
    /// <param name="rows">All of them.</param>
    /// <param name="chunkRows">Of one part; the last one may have fewer.</param>
    public static IEnumerable<(long Start, long Count)> Of(long rows, long chunkRows)
    {
        for (var start = 0L; start < rows; start += chunkRows)
        {
            yield return (start, Math.Min(chunkRows, rows - start));
        }
    }
}
