namespace PreferenceTuning.Data;

/// <summary>
/// Lines of bytes, split at <c>\n</c> only (U+2028 is text), a <c>\r</c> before it dropped, a byte order mark at the start skipped.
/// Memory is bounded by the longest line allowed.
/// </summary>
internal sealed class LineReader(Stream stream, string file, int maxLineBytes)
{
    private byte[] _buffer = new byte[Math.Min(64 * 1024, maxLineBytes)];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>The number of the line read last, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>True when the line read last ended with a line feed; false for a last line that was cut off (or never finished).</summary>
    public bool Terminated { get; private set; }

    /// <summary>The next line, valid until the next call; false at the end. A line feed at the very end starts no new line.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var feed = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                Terminated = true;
                line = Take(searched + feed, skip: 1);
                return true;
            }

            searched = _end - _start;
            if (_ended)
            {
                Terminated = false;
                line = searched == 0 ? default : Take(searched, skip: 0);
                return searched > 0;
            }

            Fill();
        }
    }

    private ReadOnlyMemory<byte> Take(int length, int skip)
    {
        var line = _buffer.AsMemory(_start, length);
        _start += length + skip;
        Line++;
        if (Line == 1 && line.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            line = line[3..];
        }

        return line.Span.EndsWith((ReadOnlySpan<byte>)[(byte)'\r']) ? line[..^1] : line;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            if (_end >= maxLineBytes)
            {
                throw new DataFormatException(
                    file, Line + 1, $"the line is longer than {maxLineBytes} bytes. Is this a JSON Lines file, one object per line?");
            }

            Array.Resize(ref _buffer, (int)Math.Min((long)_buffer.Length * 2, maxLineBytes));
        }

        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _ended = read == 0;
        _end += read;
    }
}
