using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace PreferenceTuning.Tests.Architecture;

/// <summary>What docs/style.md asks of every public type and every source file.</summary>
public sealed class HouseRulesTests
{
    private const int LongestFile = 300;

    private static readonly Assembly Library = typeof(PreferenceTuning.Numerics.NamedParameter).Assembly;

    /// <summary>Projects that a server or another library loads: no console, no clock, no global state.</summary>
    private static readonly string[] Quiet = ["PreferenceTuning/", "PreferenceTuning.Feedback/"];

    /// <summary>Public abstract classes: the one whose kinds carry state. Everything else is an interface or sealed.</summary>
    private static readonly string[] Abstract = ["PreferenceTuning.Rewards.KlController"];

    /// <summary>Files that may be longer than the limit, with the reason. It is empty, and a file that grows is split.</summary>
    private static readonly string[] LongFilesAllowed = [];

    private static readonly (string Pattern, string Reason)[] Banned =
    [
        (@"\bConsole\s*\.", "a library does not write to the console"),
        (@"\bGC\s*\.\s*Collect\b", "a forced collection can finalise a native handle in use"),
        (@"\bDateTime(Offset)?\s*\.\s*(Utc)?Now\b", "results must not depend on the clock"),
        (@"\bnew\s+(System\s*\.\s*)?Random\s*\(", "its state cannot be saved: use SeededRandom"),
        (@"\bRandom\s*\.\s*Shared\b", "its state cannot be saved: use SeededRandom"),
        (@"\bmanual_seed\s*\(", "a library does not seed the process"),
        (@"\bBinaryFormatter\b", "only safetensors and JSON are read"),
    ];

    /// <summary>The one forced collection, between two steps, on the thread that trains: docs/adr/0007.</summary>
    private static readonly string[] BannedWordsAllowed =
        ["src/PreferenceTuning/Numerics/HostAllocator.cs: a forced collection can finalise a native handle in use"];

    private static readonly Regex LineNumber = new(@"\(\d+\)");

    [Test]
    public void A_public_class_is_sealed_or_static_or_the_one_abstract_class() =>
        Assert.That(
            Library.GetExportedTypes().Where(type => type.IsClass && !type.IsSealed && !Abstract.Contains(type.FullName)), Is.Empty);

    [Test]
    public void Nothing_public_is_virtual()
    {
        // Abstract members of KlController, implementations of interfaces (final) and overrides of object's methods are none.
        var virtuals = Library.GetExportedTypes().Where(type => type.IsClass && !type.IsSealed)
            .SelectMany(
                type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.IsVirtual && !method.IsAbstract && !method.IsFinal && method.GetBaseDefinition() == method);
        Assert.That(virtuals, Is.Empty);
    }

    [Test]
    public void A_public_interface_has_at_most_two_members()
    {
        // Properties and events count once, not by their accessors.
        var crowded = Library.GetExportedTypes().Where(type => type.IsInterface)
            .Where(type => type.GetMembers().Count(member => member is not MethodInfo { IsSpecialName: true }) > 2);
        Assert.That(crowded, Is.Empty);
    }

    [Test]
    public void Public_fields_are_constants_or_read_only()
    {
        var mutable = Library.GetExportedTypes().Where(type => !type.IsEnum)
            .SelectMany(
                type => type.GetFields(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(field => !field.IsLiteral && !field.IsInitOnly);
        Assert.That(mutable, Is.Empty);
    }

    [Test]
    public void Options_are_sealed_records_with_init_properties()
    {
        var wrong = Library.GetExportedTypes().Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) && type.IsClass)
            .Where(type => type.GetMethod("<Clone>$") is null || type.GetProperties().Any(property => property.SetMethod is { } set
                && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit))));
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void No_banned_word_in_a_library_source()
    {
        var found = SourceText.Files().Where(path => Quiet.Any(project => path.StartsWith(project, StringComparison.Ordinal)))
            .SelectMany(path => BannedWords(SourceText.Read(path)).Select(problem => $"src/{path}{problem}"));
        Assert.That(found.Select(problem => LineNumber.Replace(problem, "")), Is.EquivalentTo(BannedWordsAllowed));
    }

    [TestCase("class A\n{\n    int b = new Random(3).Next();\n}", "(3): its state cannot be saved: use SeededRandom")]
    [TestCase("// Console.WriteLine\nvar a = \"DateTime.Now\";", "")]
    [TestCase("GC.Collect();", "(1): a forced collection can finalise a native handle in use")]
    [TestCase("var now = System.DateTimeOffset.UtcNow;", "(1): results must not depend on the clock")]
    public void The_search_itself_works(string source, string expected) =>
        Assert.That(string.Join("|", BannedWords(source)), Is.EqualTo(expected));

    [Test]
    public void No_source_is_longer_than_three_hundred_lines()
    {
        var longFiles = SourceText.Files().Except(LongFilesAllowed)
            .Select(path => (Path: path, Lines: SourceText.Read(path).AsSpan().TrimEnd().Count('\n') + 1))
            .Where(file => file.Lines > LongestFile)
            .Select(file => $"src/{file.Path} has {file.Lines} lines; split it by what its parts are about");
        Assert.That(longFiles, Is.Empty);
    }

    private static IEnumerable<string> BannedWords(string source)
    {
        var code = SourceText.CodeOf(source);
        foreach (var (pattern, reason) in Banned)
        {
            foreach (Match match in Regex.Matches(code, pattern))
            {
                yield return $"({code.AsSpan(0, match.Index).Count('\n') + 1}): {reason}";
            }
        }
    }
}
