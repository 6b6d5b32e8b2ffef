using System.Text;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Tests.Architecture;

/// <summary>The C# sources under src, and their code without comments, strings and characters (which may name anything).</summary>
internal static class SourceText
{
    public static string Root => Path.Combine(GoldenFolder.RepositoryRoot, "src");

    /// <summary>Source files of a project (or of all), as paths relative to src with forward slashes; build output left out.</summary>
    public static IReadOnlyList<string> Files(string project = "")
    {
        var folder = Path.Combine(Root, project);
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
                .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"))
                .Order(StringComparer.Ordinal)]
            : [];
    }

    public static string Read(string relativePath) => File.ReadAllText(Path.Combine(Root, relativePath));

    /// <summary>
    /// The code alone: comments are dropped, and so is what stands between quotes, except the holes of interpolated strings,
    /// which are code. Line feeds stay, so that lines can be counted.
    /// </summary>
    public static string CodeOf(string source)
    {
        var code = new StringBuilder(source.Length);
        var position = 0;
        Scan(source, ref position, code, closingBraces: 0);
        return code.ToString();
    }

    /// <summary>Copies code until the end, or until as many closing braces as end the hole of an interpolated string.</summary>
    private static void Scan(string source, ref int position, StringBuilder code, int closingBraces)
    {
        var depth = 0;
        while (position < source.Length)
        {
            var rest = source.AsSpan(position);
            if (rest.StartsWith("//"))
            {
                Skip(source, ref position, code, "\n", keepEnd: true);
            }
            else if (rest.StartsWith("/*"))
            {
                Skip(source, ref position, code, "*/", keepEnd: false);
            }
            else if (rest[0] == '\'')
            {
                position += rest[1] == '\\' ? 2 : 1;
                position = source.IndexOf('\'', position + 1) + 1;
            }
            else if (QuoteStart(rest) is var prefix && prefix >= 0)
            {
                Text(source, ref position, code, prefix);
            }
            else if (closingBraces > 0 && depth == 0 && rest[0] == '}')
            {
                position += closingBraces;
                return;
            }
            else
            {
                depth += rest[0] switch { '{' => 1, '}' => -1, _ => 0 };
                code.Append(rest[0]);
                position++;
            }
        }
    }

    /// <summary>How many of $ and @ stand before a quote here, or -1 when no string begins here.</summary>
    private static int QuoteStart(ReadOnlySpan<char> rest)
    {
        var prefix = rest.IndexOfAnyExcept('$', '@');
        return prefix >= 0 && rest[prefix] == '"' ? prefix : -1;
    }

    private static void Text(string source, ref int position, StringBuilder code, int prefix)
    {
        var dollars = source.AsSpan(position, prefix).Count('$');
        var verbatim = source.AsSpan(position, prefix).Contains('@');
        position += prefix;
        var quotes = Run(source, position, '"');
        var raw = quotes >= 3;
        if (quotes == 2)
        {
            position += 2;
            code.Append(' ');
            return;
        }

        position += raw ? quotes : 1;
        while (position < source.Length)
        {
            var current = source[position];
            if (current == '"' && !raw && verbatim && Run(source, position, '"') >= 2)
            {
                position += 2;
            }
            else if (current == '"' && (!raw || Run(source, position, '"') >= quotes))
            {
                position += raw ? Run(source, position, '"') : 1;
                code.Append(' ');
                return;
            }
            else if (current == '\\' && !raw && !verbatim)
            {
                position += 2;
            }
            else if (current == '{' && dollars > 0)
            {
                Hole(source, ref position, code, raw ? dollars : 1);
            }
            else
            {
                code.Append(current == '\n' ? "\n" : "");
                position++;
            }
        }
    }

    private static void Hole(string source, ref int position, StringBuilder code, int braces)
    {
        var run = Run(source, position, '{');
        var escaped = braces == 1 && run % 2 == 0 || run < braces;
        position += run;
        if (!escaped)
        {
            code.Append(' ');
            Scan(source, ref position, code, braces);
            code.Append(' ');
        }
    }

    private static int Run(string source, int position, char character)
    {
        var end = position;
        while (end < source.Length && source[end] == character)
        {
            end++;
        }

        return end - position;
    }

    private static void Skip(string source, ref int position, StringBuilder code, string end, bool keepEnd)
    {
        var found = source.IndexOf(end, position + 2, StringComparison.Ordinal);
        var stop = found < 0 ? source.Length : keepEnd ? found : found + end.Length;
        code.Append('\n', source.AsSpan(position, stop - position).Count('\n'));
        position = stop;
    }
}
