using NUnit.Framework;

namespace PreferenceTuning.Tests.Architecture;

public sealed class SourceTextTests
{
    [TestCase("a // b\nc", "a \nc")]
    [TestCase("a /* b\n */ c", "a \n c")]
    [TestCase("a = \"b // c\"; d", "a =  ; d")]
    [TestCase("a = \"b \\\" c\"; d", "a =  ; d")]
    [TestCase("a = @\"b \"\" c\\\"; d", "a =  ; d")]
    [TestCase("a = $\"b {c} {{d}}\"; e", "a =  c  ; e")]
    [TestCase("a = $\"{(b ? \"c\" : d)}\"; e", "a =  (b ?   : d)  ; e")]
    [TestCase("a = \"\"\"b \" c\"\"\"; d", "a =  ; d")]
    [TestCase("a = $$\"\"\"{b} {{c}}\"\"\"; d", "a =  c  ; d")]
    [TestCase("a = '\"'; b = '\\''; c", "a = ; b = ; c")]
    [TestCase("a = \"\"; b", "a =  ; b")]
    public void Code_is_what_is_neither_comment_nor_text(string source, string expected) =>
        Assert.That(SourceText.CodeOf(source), Is.EqualTo(expected));
}
