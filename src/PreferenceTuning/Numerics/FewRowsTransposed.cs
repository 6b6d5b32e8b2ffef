using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace PreferenceTuning.Numerics;

/// <summary>
/// <c>x W + b</c> for W [in, out]: tiles of 4 rows by 64 outputs stay in registers while a strip of 32 inputs passes by; each
/// sum runs over the inputs in order.
/// </summary>
internal static unsafe class FewRowsTransposed
{
    /// <summary>Outputs must be a multiple of this.</summary>
    public const int Width = 16;

    private const int TileWidth = 4 * Width, TileRows = 4;

    // Short enough that a strip's weights still lie in the cache when the last rows need them, and that the next strip arrives meanwhile.
    private const int Strip = 32;

    /// <summary>Computes outputs [<paramref name="begin"/>, <paramref name="end"/>) of all rows.</summary>
    public static void Run(in FewRowsShape shape, long begin, long end)
    {
        Begin(shape, begin, end);
        for (long first = 0; first < shape.Inputs; first += Strip)
        {
            var (inputs, more) = (Math.Min(Strip, shape.Inputs - first), first + Strip < shape.Inputs);
            var column = begin;
            for (; column + TileWidth <= end; column += TileWidth)
            {
                Tiles(shape, first, inputs, column, more);
            }

            for (; column < end; column += Width)
            {
                for (long row = 0; row < shape.Rows; row++)
                {
                    Narrow(shape, first, inputs, row, column);
                }
            }
        }
    }

    private static void Begin(in FewRowsShape shape, long begin, long end)
    {
        for (long row = 0; row < shape.Rows; row++)
        {
            var y = new Span<float>(shape.Y + (row * shape.Outputs) + begin, (int)(end - begin));
            if (shape.B is null)
            {
                y.Clear();
            }
            else
            {
                new ReadOnlySpan<float>(shape.B + begin, y.Length).CopyTo(y);
            }
        }
    }

    /// <summary>All rows of one tile's outputs; the tiles share the work of fetching the same outputs of the next strip, 4 lines for each input.</summary>
    private static void Tiles(in FewRowsShape shape, long first, long inputs, long column, bool more)
    {
        var w = shape.W + (first * shape.Outputs) + column;
        var next = w + (Strip * shape.Outputs);
        var tiles = shape.Rows / TileRows;
        var (lines, left) = (FewRows.LinesOfTile(tiles), more ? 4 : 0);
        long row = 0;
        for (; row + TileRows <= shape.Rows; row += TileRows)
        {
            var fetched = Math.Min(lines, left);
            Tile(shape.X + (row * shape.Inputs) + first, w, shape.Y + (row * shape.Outputs) + column, shape, inputs, next, fetched);
            left -= fetched;
            next += fetched * Width;
        }

        for (; row < shape.Rows; row++)
        {
            Single(shape.X + (row * shape.Inputs) + first, w, shape.Y + (row * shape.Outputs) + column, shape.Outputs, inputs);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(float* x0, float* w, float* y0, in FewRowsShape shape, long inputs, float* next, int lines)
    {
        var stride = shape.Outputs;
        float* x1 = x0 + shape.Inputs, x2 = x1 + shape.Inputs, x3 = x2 + shape.Inputs;
        float* y1 = y0 + stride, y2 = y1 + stride, y3 = y2 + stride;
        V a0 = Load(y0, 0), a1 = Load(y0, 1), a2 = Load(y0, 2), a3 = Load(y0, 3), b0 = Load(y1, 0), b1 = Load(y1, 1), b2 = Load(y1, 2), b3 = Load(y1, 3);
        V c0 = Load(y2, 0), c1 = Load(y2, 1), c2 = Load(y2, 2), c3 = Load(y2, 3), d0 = Load(y3, 0), d1 = Load(y3, 1), d2 = Load(y3, 2), d3 = Load(y3, 3);
        for (long i = 0; i < inputs; i++, w += stride, next += stride)
        {
            FewRows.Fetch(next, Width, lines);
            V w0 = Load(w, 0), w1 = Load(w, 1), w2 = Load(w, 2), w3 = Load(w, 3);
            var x = Vector512.Create(x0[i]);
            (a0, a1, a2, a3) = (Add(x, w0, a0), Add(x, w1, a1), Add(x, w2, a2), Add(x, w3, a3));
            x = Vector512.Create(x1[i]);
            (b0, b1, b2, b3) = (Add(x, w0, b0), Add(x, w1, b1), Add(x, w2, b2), Add(x, w3, b3));
            x = Vector512.Create(x2[i]);
            (c0, c1, c2, c3) = (Add(x, w0, c0), Add(x, w1, c1), Add(x, w2, c2), Add(x, w3, c3));
            x = Vector512.Create(x3[i]);
            (d0, d1, d2, d3) = (Add(x, w0, d0), Add(x, w1, d1), Add(x, w2, d2), Add(x, w3, d3));
        }

        Store(y0, a0, a1, a2, a3);
        Store(y1, b0, b1, b2, b3);
        Store(y2, c0, c1, c2, c3);
        Store(y3, d0, d1, d2, d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Single(float* x, float* w, float* y, long stride, long inputs)
    {
        V a0 = Load(y, 0), a1 = Load(y, 1), a2 = Load(y, 2), a3 = Load(y, 3);
        for (long i = 0; i < inputs; i++, w += stride)
        {
            var value = Vector512.Create(x[i]);
            (a0, a1, a2, a3) = (Add(value, Load(w, 0), a0), Add(value, Load(w, 1), a1), Add(value, Load(w, 2), a2), Add(value, Load(w, 3), a3));
        }

        Store(y, a0, a1, a2, a3);
    }

    private static void Narrow(in FewRowsShape shape, long first, long inputs, long row, long column)
    {
        float* x = shape.X + (row * shape.Inputs) + first, w = shape.W + (first * shape.Outputs) + column, y = shape.Y + (row * shape.Outputs) + column;
        var sum = Load(y, 0);
        for (long i = 0; i < inputs; i++, w += shape.Outputs)
        {
            sum = Add(Vector512.Create(x[i]), Load(w, 0), sum);
        }

        sum.Store(y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Load(float* from, int vector) => Vector512.Load(from + (vector * Width));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Add(V x, V w, V sum) => Vector512.FusedMultiplyAdd(x, w, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, V v0, V v1, V v2, V v3)
    {
        v0.Store(to);
        v1.Store(to + Width);
        v2.Store(to + (2 * Width));
        v3.Store(to + (3 * Width));
    }
}
