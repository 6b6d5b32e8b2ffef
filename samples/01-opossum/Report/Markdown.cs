using System.Text;
using System.Text.RegularExpressions;

namespace Opossum.Report;

/// <summary>
/// As much Markdown as the instructions use: headings, paragraphs, two kinds of list, one kind of table, bold. Everything is escaped first.
/// </summary>
internal static partial class Markdown
{
    /// <summary>HTML for a text; headings start at the third level.</summary>
    public static string ToHtml(string markdown)
    {
        var html = new StringBuilder();
        foreach (var block in markdown.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            html.Append(Block(block)).Append('\n');
        }

        return html.ToString();
    }

    private static string Block(string block)
    {
        if (block[0] == '#')
        {
            return $"<h3>{Inline(block.TrimStart('#').Trim())}</h3>";
        }

        if (block[0] == '|')
        {
            return Table(block);
        }

        return block.StartsWith("- ", StringComparison.Ordinal) ? List(block, "ul", Bullet())
            : Numbered().IsMatch(block) ? List(block, "ol", Numbered())
            : $"<p>{Inline(block)}</p>";
    }

    private static string List(string block, string tag, Regex item)
    {
        var items = item.Split("\n" + block).Where(text => text.Trim().Length > 0).Select(text => $"<li>{Inline(text.Trim())}</li>");
        return $"<{tag}>{string.Concat(items)}</{tag}>";
    }

    private static string Table(string block)
    {
        var rows = block.Split('\n').Where(row => !row.StartsWith("|-", StringComparison.Ordinal)).Select((row, index) =>
        {
            var tag = index == 0 ? "th" : "td";
            return $"<tr>{string.Concat(row.Trim('|').Split('|').Select(cell => $"<{tag}>{Inline(cell.Trim())}</{tag}>"))}</tr>";
        });
        return $"<table>{string.Concat(rows)}</table>";
    }

    private static string Inline(string text) => Bold().Replace(Html.Escape(text), "<b>$1</b>");

    [GeneratedRegex(@"\*\*(.+?)\*\*", RegexOptions.Singleline)]
    private static partial Regex Bold();

    [GeneratedRegex(@"\n- ")]
    private static partial Regex Bullet();

    [GeneratedRegex(@"(?:^|\n)\d+\. ")]
    private static partial Regex Numbered();
}
