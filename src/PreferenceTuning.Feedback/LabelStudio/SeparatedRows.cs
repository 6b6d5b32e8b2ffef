using System.Text;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>Rows of a CSV or TSV file (RFC 4180; line ends CRLF or LF, quoted cells may hold both).</summary>
internal static class SeparatedRows
{
    /// <summary>The rows with the line that each begins in. The separator is the first comma or tab outside quotes.</summary>
    public static IEnumerable<(long Line, List<string> Cells)> Read(FeedbackInput input)
    {
        var text = Encoding.UTF8.GetString(input.Utf8().Span);
        var separator = Separator(text);
        long line = 1;
        for (var at = 0; at < text.Length;)
        {
            var start = line;
            var cells = Row(text, separator, ref at, ref line, input.Name);
            if (cells is not [""])
                yield return (start, cells);
        }
    }

    private static char Separator(string text)
    {
        var quoted = false;
        foreach (var letter in text)
        {
            quoted ^= letter == '"';
            if (!quoted && letter is ',' or '\t')
                return letter;
            if (!quoted && letter == '\n')
                break;
        }

        return ',';
    }

    private static List<string> Row(string text, char separator, ref int at, ref long line, string name)
    {
        var cells = new List<string>();
        while (true)
        {
            cells.Add(at < text.Length && text[at] == '"' ? Quoted(text, ref at, ref line, name) : Bare(text, separator, ref at));
            if (at >= text.Length)
                return cells;
            var after = text[at++];
            if (after == separator)
                continue;
            if (after == '\r' && at < text.Length && text[at] == '\n')
                after = text[at++];
            if (after != '\n')
                throw new FeedbackFormatException("A quoted cell is followed by something other than a separator or line end.", name, line);
            line++;
            return cells;
        }
    }

    private static string Bare(string text, char separator, ref int at)
    {
        var start = at;
        while (at < text.Length && text[at] != separator && text[at] != '\n' && !(text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n'))
            at++;
        return text[start..at];
    }

    private static string Quoted(string text, ref int at, ref long line, string name)
    {
        var cell = new StringBuilder();
        var opened = line;
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '\n')
                line++;
            if (text[at] != '"')
            {
                cell.Append(text[at]);
            }
            else if (at + 1 < text.Length && text[at + 1] == '"')
            {
                cell.Append('"');
                at++;
            }
            else
            {
                at++;
                return cell.ToString();
            }
        }

        throw new FeedbackFormatException("A quoted cell is never closed; the file may be cut.", name, opened);
    }
}
