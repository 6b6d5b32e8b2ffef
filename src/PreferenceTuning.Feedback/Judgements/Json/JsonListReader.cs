using System.Security.Cryptography;

namespace PreferenceTuning.Feedback.Judgements.Json;

/// <summary>
/// Cuts a JSON list into its elements while it is read, so that an export of hundreds of megabytes is never held whole. It only counts
/// brackets outside texts; each element is parsed strictly afterwards. An input that is no list is one element.
/// </summary>
internal sealed class JsonListReader(FeedbackInput input, int buffer = 1 << 16) : IDisposable
{
    private readonly Stream _stream = input.Open();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = new byte[buffer];
    private int _start;
    private int _end;
    private bool _inList;
    private bool _finished;

    /// <summary>The number of the last element, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The next element; valid until the next call.</summary>
    public bool TryNext(out ReadOnlyMemory<byte> element)
    {
        element = default;
        if (_finished)
            return false;
        if (Number == 0 && !Begin())
            return false;
        Number++;
        element = _inList ? Cut() : Rest();
        if (_finished && _inList)
            End();
        // An empty list has one blank element before its end.
        if (Number == 1 && _inList && _finished && IsBlank(element.Span))
            return false;
        if (!System.Text.Unicode.Utf8.IsValid(element.Span))
            throw new FeedbackFormatException("The content is not UTF-8 text; save it as UTF-8.", input.Name, Number);
        return true;
    }

    public void Dispose()
    {
        _stream.Dispose();
        _hash.Dispose();
    }

    private bool Begin()
    {
        while (_end < 3 && Fill())
        {
        }

        if (_buffer.AsSpan(0, _end).StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            _start = 3;
        while (_start < _end || Fill())
        {
            if (_buffer[_start] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                _start++;
                continue;
            }

            _inList = _buffer[_start] == (byte)'[';
            _start += _inList ? 1 : 0;
            return true;
        }

        throw new FeedbackFormatException("Not valid JSON: the file is empty.", input.Name, line: 1);
    }

    private ReadOnlyMemory<byte> Cut()
    {
        var depth = 0;
        var quoted = false;
        for (var at = _start; ; at++)
        {
            if (at == _end && !Fill(ref at))
                throw new FeedbackFormatException("Not valid JSON: the list is not closed; the file may be cut.", input.Name, Number);

            var letter = _buffer[at];
            if (quoted)
            {
                quoted = letter != (byte)'"';
                // What a backslash precedes does not end the text, even if it comes with the next piece of the file.
                if (letter == (byte)'\\' && (at + 1 < _end || Fill(ref at)))
                    at++;
            }
            else if (letter == (byte)'"')
                quoted = true;
            else if (letter is (byte)'{' or (byte)'[')
                depth++;
            else if (letter is (byte)'}' or (byte)']' && depth > 0)
                depth--;
            else if (letter is (byte)']' or (byte)'}' || (letter == (byte)',' && depth == 0))
            {
                if (letter == (byte)'}')
                    throw new FeedbackFormatException("Not valid JSON: the list ends with '}'.", input.Name, Number);
                var element = _buffer.AsMemory(_start, at - _start);
                _start = at + 1;
                _finished = letter != (byte)',';
                return element;
            }
        }
    }

    private ReadOnlyMemory<byte> Rest()
    {
        while (Fill())
        {
        }

        _finished = true;
        Verify();
        return _buffer.AsMemory(_start, _end - _start);
    }

    private void End()
    {
        var rest = _start;
        while (rest < _end || FillKeeping(ref rest))
        {
            if (_buffer[rest++] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                throw new FeedbackFormatException("Not valid JSON: something follows the list.", input.Name, Number);
        }

        Verify();
    }

    // The last element lies before the rest and is still to be parsed, so nothing may move.
    private bool FillKeeping(ref int rest)
    {
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, checked(_buffer.Length * 2));
        var count = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _hash.AppendData(_buffer, _end, count);
        _end += count;
        return rest < _end;
    }

    /// <summary>Reads on; what lies before the current element may be overwritten.</summary>
    private bool Fill()
    {
        if (_end == _buffer.Length && _start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            (_start, _end) = (0, _end - _start);
        }
        else if (_end == _buffer.Length)
        {
            if (_buffer.Length >= Array.MaxLength / 2)
                throw new FeedbackFormatException("One record is larger than 1 GB.", input.Name, Number);
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var count = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _hash.AppendData(_buffer, _end, count);
        _end += count;
        return count > 0;
    }

    private bool Fill(ref int at)
    {
        var before = _start;
        var more = Fill();
        at -= before - _start;
        return more;
    }

    private void Verify()
    {
        if (Convert.ToHexStringLower(_hash.GetHashAndReset()) != input.Sha256)
            throw new FeedbackFormatException("The file changed while it was read; read it again.", input.Name);
    }

    private static bool IsBlank(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept((ReadOnlySpan<byte>)" \t\r\n"u8) < 0;
}
