using System.Globalization;
using System.Text;

namespace PreferenceTuning.Tokenization;

/// <summary>
/// Translates the pattern dialect of tokenizer.json (Oniguruma with Ruby syntax) into .NET's. Differences that matter: possessive
/// quantifiers become atomic groups, a quantifier after <c>{n,m}</c> repeats the whole (it is not possessive there),
/// <c>(?i:...)</c> folds by Unicode (so that U+017F matches s), <c>\w</c> is the Unicode property, <c>^</c> and <c>$</c> are line ends.
/// What has no exact counterpart is refused.
/// </summary>
internal sealed class RegexTranslator
{
    // Letters, marks, digits, connectors, letter numbers, circled letters, joiners.
    private const string WordClass = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9\u200C\u200D";

    private readonly string _pattern;
    private readonly StringBuilder _out = new();
    private readonly List<(char First, char Last)> _named = [('\u24B6', '\u24E9'), ('\u200C', '\u200D')];
    private readonly Stack<(bool IgnoreCase, int OutStart)> _groups = new();
    private bool _ignoreCase;
    private int _at;

    private RegexTranslator(string pattern) => _pattern = pattern;

    /// <summary>The translated pattern and the characters that it names one by one or in ranges.</summary>
    public static (string Pattern, IReadOnlyList<(char First, char Last)> NamedRanges) Translate(string pattern)
    {
        var translator = new RegexTranslator(pattern);
        translator.Run();
        return (translator._out.ToString(), translator._named);
    }

    private void Run()
    {
        var atom = 0;
        while (_at < _pattern.Length)
        {
            var start = _out.Length;
            switch (_pattern[_at])
            {
                case '(':
                    OpenGroup();
                    continue;
                case ')':
                    atom = CloseGroup();
                    continue;
                case '[':
                    Class();
                    break;
                case '*' or '+' or '?' or '{':
                    Quantifier(atom);
                    continue;
                case '\\':
                    Escape(inClass: false);
                    break;
                case '^' or '$':
                    _out.Append(CultureInfo.InvariantCulture, $"(?m:{_pattern[_at++]})");
                    break;
                case '|' or '.':
                    _out.Append(_pattern[_at++]);
                    break;
                default:
                    Literal(_pattern[_at++]);
                    break;
            }

            atom = start;
        }

        if (_groups.Count > 0)
        {
            throw Refuse("a group that does not end");
        }
    }

    private void OpenGroup()
    {
        _groups.Push((_ignoreCase, _out.Length));
        foreach (var opening in new[] { "(?i:", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>" })
        {
            if (string.CompareOrdinal(_pattern, _at, opening, 0, opening.Length) == 0)
            {
                _ignoreCase |= opening == "(?i:";
                _out.Append(opening == "(?i:" ? "(?:" : opening);
                _at += opening.Length;
                return;
            }
        }

        if (string.CompareOrdinal(_pattern, _at, "(?", 0, 2) == 0)
        {
            throw Refuse("this kind of group");
        }

        _out.Append("(?:");
        _at++;
    }

    private int CloseGroup()
    {
        if (!_groups.TryPop(out var group))
        {
            throw Refuse("a ')' without '('");
        }

        _ignoreCase = group.IgnoreCase;
        _out.Append(')');
        _at++;
        return group.OutStart;
    }

    private void Quantifier(int atom)
    {
        var isBraces = _pattern[_at] == '{';
        var end = isBraces ? _pattern.IndexOf('}', _at) + 1 : _at + 1;
        if (end == 0)
        {
            throw Refuse("a '{' without '}'");
        }

        _out.Append(_pattern, _at, end - _at);
        _at = end;
        if (_at < _pattern.Length && _pattern[_at] == '?')
        {
            _out.Append('?');
            _at++;
        }
        else if (_at < _pattern.Length && _pattern[_at] == '+')
        {
            _out.Insert(atom, isBraces ? "(?:" : "(?>").Append(isBraces ? ")+" : ")");
            _at++;
        }
    }

    private void Class()
    {
        _out.Append('[');
        _at++;
        if (_at < _pattern.Length && _pattern[_at] == '^')
        {
            _out.Append('^');
            _at++;
        }

        for (var isFirst = true; _at < _pattern.Length && (isFirst || _pattern[_at] != ']'); isFirst = false)
        {
            ClassMember();
        }

        if (_at++ >= _pattern.Length)
        {
            throw Refuse("a '[' without ']'");
        }

        _out.Append(']');
    }

    private void ClassMember()
    {
        if (_pattern[_at] == '[' || string.CompareOrdinal(_pattern, _at, "&&", 0, 2) == 0)
        {
            throw Refuse("a class inside a class");
        }

        var first = _pattern[_at] == '\\' ? Escape(inClass: true) : ClassLiteral();
        var isRange = first is not null && _at + 1 < _pattern.Length && _pattern[_at] == '-' && _pattern[_at + 1] != ']';
        if (!isRange)
        {
            return;
        }

        if (_ignoreCase)
        {
            throw Refuse("a range inside (?i:...)");
        }

        _out.Append('-');
        _at++;
        var last = _pattern[_at] == '\\' ? Escape(inClass: true) : ClassLiteral();
        _named.Add((first!.Value, last ?? throw Refuse("a range that ends in a category")));
    }

    private char ClassLiteral()
    {
        var literal = _pattern[_at++];
        Name(literal);
        _out.Append(_ignoreCase && char.IsLetter(literal) ? BothCases(literal) : InvariantEscape(literal));
        return literal;
    }

    private void Literal(char literal)
    {
        Name(literal);
        _out.Append(_ignoreCase && char.IsLetter(literal) ? $"[{BothCases(literal)}]" : InvariantEscape(literal));
    }

    private string BothCases(char letter)
    {
        if (!char.IsAscii(letter))
        {
            throw Refuse("a letter beyond ASCII inside (?i:...)");
        }

        var lower = char.ToLowerInvariant(letter);
        return $"{lower}{char.ToUpperInvariant(letter)}{lower switch { 's' => "\\u017F", 'k' => "\\u212A", _ => "" }}";
    }

    /// <summary>Handles a backslash; the character it stands for, or null for a category.</summary>
    private char? Escape(bool inClass)
    {
        if (_at + 1 >= _pattern.Length)
        {
            throw Refuse("a backslash at the end");
        }

        var kind = _pattern[_at + 1];
        if (kind is 'p' or 'P')
        {
            Category();
            return null;
        }

        _at += 2;
        if (kind is 's' or 'S' or 'd' or 'D')
        {
            _out.Append('\\').Append(kind);
            return null;
        }

        if (kind == 'w' || (kind == 'W' && !inClass))
        {
            _out.Append(inClass ? WordClass : kind == 'w' ? $"[{WordClass}]" : $"[^{WordClass}]");
            return null;
        }

        char literal = kind switch
        {
            'r' => '\r',
            'n' => '\n',
            't' => '\t',
            'f' => '\f',
            'v' => '\v',
            'u' => Hexadecimal(4),
            'x' => Hexadecimal(2),
            _ when char.IsAsciiLetterOrDigit(kind) => throw Refuse($"\\{kind}"),
            _ => kind,
        };
        Name(literal);
        _out.Append(InvariantEscape(literal));
        return literal;
    }

    private void Category()
    {
        var end = _pattern.IndexOf('}', _at);
        var name = end > _at + 3 && _pattern[_at + 2] == '{' ? _pattern[(_at + 3)..end] : throw Refuse("\\p without {category}");
        const string Known = " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp C Cc Cf Co Cn ";
        if (!Known.Contains($" {name} ", StringComparison.Ordinal))
        {
            throw Refuse($"\\p{{{name}}} (known are the general categories:{Known.TrimEnd()})");
        }

        _out.Append(_pattern, _at, end + 1 - _at);
        _at = end + 1;
    }

    private char Hexadecimal(int digits)
    {
        ushort value = 0;
        var isNumber = _at + digits <= _pattern.Length
            && ushort.TryParse(_pattern.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        if (!isNumber)
        {
            throw Refuse($"an escape without {digits} hexadecimal digits");
        }

        _at += digits;
        return (char)value;
    }

    private void Name(char literal)
    {
        if (char.IsSurrogate(literal))
        {
            throw Refuse("a character beyond the BMP");
        }

        _named.Add((literal, literal));
    }

    private static string InvariantEscape(char literal) =>
        char.IsAsciiLetterOrDigit(literal) || literal is ' ' or '_' ? literal.ToString() : $"\\u{(int)literal:X4}";

    private NotSupportedException Refuse(string what) =>
        new($"The regular expression '{_pattern}' has {what} near position {_at}, which this library cannot match exactly.");
}
