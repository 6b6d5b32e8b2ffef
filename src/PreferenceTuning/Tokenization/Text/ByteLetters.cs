using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>
/// The 256 letters that stand for bytes in byte-level vocabularies: printable Latin-1 stands for itself, the other 68 bytes take
/// the code points from U+0100 on (Radford et al. 2019, <c>bytes_to_unicode</c> of the GPT-2 encoder).
/// </summary>
internal static class ByteLetters
{
    private static readonly char[] Letters = MakeLetters();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>All letters, by byte.</summary>
    public static ReadOnlySpan<char> All => Letters;

    public static char LetterOf(byte value) => Letters[value];

    /// <summary>The byte that a letter stands for, or -1.</summary>
    public static int ByteOf(char letter) => letter < Bytes.Length ? Bytes[letter] : -1;

    /// <summary>The UTF-8 bytes of a text as letters.</summary>
    public static string Encode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return string.Create(bytes.Length, bytes, static (letters, source) =>
        {
            for (var i = 0; i < source.Length; i++)
            {
                letters[i] = Letters[source[i]];
            }
        });
    }

    private static char[] MakeLetters()
    {
        var letters = new char[256];
        var next = 256;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            letters[value] = (char)(printable ? value : next++);
        }

        return letters;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[Letters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (var value = 0; value < 256; value++)
        {
            bytes[Letters[value]] = (short)value;
        }

        return bytes;
    }
}
