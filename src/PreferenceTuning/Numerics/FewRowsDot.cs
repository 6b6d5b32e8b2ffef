using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace PreferenceTuning.Numerics;

/// <summary>
/// <c>x W^T + b</c> for W [out, in]: 4 outputs' weights pass by while up to 4 rows' sums stay in registers, one of 16 partial sums in
/// each lane.
/// </summary>
internal static unsafe class FewRowsDot
{
    /// <summary>Inputs must be a multiple of this.</summary>
    public const int Width = 16;

    /// <summary>Outputs of a tile; there must be as many.</summary>
    public const int Outputs = 4;

    private const int TileRows = 4;

    /// <summary>Computes outputs [<paramref name="begin"/>, <paramref name="end"/>) of all rows.</summary>
    public static void Run(in FewRowsShape shape, long begin, long end)
    {
        for (var output = begin; output < end; output += Outputs)
        {
            // The last tile of all reaches back instead of over the edge; what it computes again has the same bits.
            Tiles(shape, Math.Min(output, shape.Outputs - Outputs));
        }
    }

    /// <summary>All rows of 4 outputs; the tiles share the work of fetching the next 4 outputs' weights.</summary>
    private static void Tiles(in FewRowsShape shape, long output)
    {
        var w = shape.W + (output * shape.Inputs);
        var next = w + (Outputs * shape.Inputs);
        var tiles = shape.Rows / TileRows;
        var (streams, left) = (FewRows.LinesOfTile(tiles), output + (2 * Outputs) <= shape.Outputs ? Outputs : 0);
        long row = 0;
        for (; row + TileRows <= shape.Rows; row += TileRows)
        {
            var fetched = Math.Min(streams, left);
            Tile(shape, w, row, output, next, fetched);
            left -= fetched;
            next += fetched * shape.Inputs;
        }

        for (; row < shape.Rows; row++)
        {
            Single(shape, w, row, output);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(in FewRowsShape shape, float* w0, long row, long output, float* next, int streams)
    {
        var inputs = shape.Inputs;
        float* x0 = shape.X + (row * inputs), x1 = x0 + inputs, x2 = x1 + inputs, x3 = x2 + inputs;
        float* w1 = w0 + inputs, w2 = w1 + inputs, w3 = w2 + inputs;
        V a0 = V.Zero, a1 = V.Zero, a2 = V.Zero, a3 = V.Zero, b0 = V.Zero, b1 = V.Zero, b2 = V.Zero, b3 = V.Zero;
        V c0 = V.Zero, c1 = V.Zero, c2 = V.Zero, c3 = V.Zero, d0 = V.Zero, d1 = V.Zero, d2 = V.Zero, d3 = V.Zero;
        for (long i = 0; i < inputs; i += Width)
        {
            FewRows.Fetch(next + i, inputs, streams);
            V v0 = Vector512.Load(w0 + i), v1 = Vector512.Load(w1 + i), v2 = Vector512.Load(w2 + i), v3 = Vector512.Load(w3 + i);
            var x = Vector512.Load(x0 + i);
            (a0, a1, a2, a3) = (Add(x, v0, a0), Add(x, v1, a1), Add(x, v2, a2), Add(x, v3, a3));
            x = Vector512.Load(x1 + i);
            (b0, b1, b2, b3) = (Add(x, v0, b0), Add(x, v1, b1), Add(x, v2, b2), Add(x, v3, b3));
            x = Vector512.Load(x2 + i);
            (c0, c1, c2, c3) = (Add(x, v0, c0), Add(x, v1, c1), Add(x, v2, c2), Add(x, v3, c3));
            x = Vector512.Load(x3 + i);
            (d0, d1, d2, d3) = (Add(x, v0, d0), Add(x, v1, d1), Add(x, v2, d2), Add(x, v3, d3));
        }

        Finish(shape, row, output, a0, a1, a2, a3);
        Finish(shape, row + 1, output, b0, b1, b2, b3);
        Finish(shape, row + 2, output, c0, c1, c2, c3);
        Finish(shape, row + 3, output, d0, d1, d2, d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Single(in FewRowsShape shape, float* w0, long row, long output)
    {
        var inputs = shape.Inputs;
        float* x0 = shape.X + (row * inputs), w1 = w0 + inputs, w2 = w1 + inputs, w3 = w2 + inputs;
        V a0 = V.Zero, a1 = V.Zero, a2 = V.Zero, a3 = V.Zero;
        for (long i = 0; i < inputs; i += Width)
        {
            var x = Vector512.Load(x0 + i);
            (a0, a1) = (Add(x, Vector512.Load(w0 + i), a0), Add(x, Vector512.Load(w1 + i), a1));
            (a2, a3) = (Add(x, Vector512.Load(w2 + i), a2), Add(x, Vector512.Load(w3 + i), a3));
        }

        Finish(shape, row, output, a0, a1, a2, a3);
    }

    /// <summary>Adds up the lanes of 4 outputs at once, and the bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(in FewRowsShape shape, long row, long output, V a, V b, V c, V d)
    {
        var all = Sse3.HorizontalAdd(Halves(a, b), Halves(c, d));
        if (shape.B is not null)
        {
            all += Vector128.Load(shape.B + output);
        }

        all.Store(shape.Y + (row * shape.Outputs) + output);
    }

    /// <summary>(a, a, b, b): each sum in two parts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Halves(V a, V b)
    {
        var pairs = Avx.HorizontalAdd(a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper());
        return pairs.GetLower() + pairs.GetUpper();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Add(V x, V w, V sum) => Vector512.FusedMultiplyAdd(x, w, sum);
}
