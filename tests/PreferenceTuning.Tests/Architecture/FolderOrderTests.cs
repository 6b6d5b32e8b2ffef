using System.Text.RegularExpressions;
using NUnit.Framework;

namespace PreferenceTuning.Tests.Architecture;

public sealed partial class FolderOrderTests
{
    private const string Project = "PreferenceTuning";

    private static readonly Dictionary<string, HashSet<string>> Types = typeof(PreferenceTuning.Numerics.NamedParameter).Assembly.GetTypes()
        .Where(type => type.Namespace?.StartsWith(Project + ".", StringComparison.Ordinal) == true && !type.IsNested)
        .GroupBy(type => type.Namespace!.Split('.')[1])
        .ToDictionary(group => group.Key, group => group.SelectMany(Names).ToHashSet());

    /// <summary>Sources by folder, except what is compiled into the build instead of the library.</summary>
    private static IEnumerable<string> LibraryFiles() =>
        SourceText.Files(Project).Where(path => !path.StartsWith(Project + "/buildTransitive/", StringComparison.Ordinal));

    [Test]
    public void A_folder_names_only_folders_to_its_left()
    {
        var violations = LibraryFiles()
            .Where(path => FolderOrder.Folders.Contains(FolderOf(path)))
            .SelectMany(
                path => FolderOrder.Violations(FolderOf(path), SourceText.Read(path), Types).Select(problem => $"src/{path} {problem}"));
        Assert.That(violations, Is.Empty);
    }

    [Test]
    public void Every_source_lies_in_a_folder_of_the_order() =>
        Assert.That(LibraryFiles().Where(path => !FolderOrder.Folders.Contains(FolderOf(path))), Is.Empty);

    [Test]
    public void A_namespace_is_its_folder_or_the_folder_above()
    {
        var wrong = LibraryFiles().Where(path =>
        {
            // A folder may sort its files into subfolders without making them namespaces of their own.
            var full = path[..path.LastIndexOf('/')].Replace('/', '.');
            var top = string.Join('.', full.Split('.').Take(2));
            var match = NamespaceLine().Match(SourceText.CodeOf(SourceText.Read(path)));
            return match.Success && match.Groups["name"].Value != full && match.Groups["name"].Value != top;
        });
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void No_global_using_hides_a_name_of_a_folder()
    {
        var project = File.ReadAllText(Path.Combine(SourceText.Root, Project, Project + ".csproj"));
        Assert.That(project, Does.Not.Contain("<Using "));
        Assert.That(LibraryFiles().Where(path => SourceText.CodeOf(SourceText.Read(path)).Contains("global using")), Is.Empty);
    }

    [TestCase("Losses", "using PreferenceTuning.Numerics;", "")]
    [TestCase("Losses", "using PreferenceTuning.Models;", "names Models; Losses may name Numerics")]
    [TestCase("Losses", "using PreferenceTuning.Data;", "names Data; Losses may name Numerics")]
    [TestCase("Losses", "using static PreferenceTuning.Models.Blocks;", "names Models; Losses may name Numerics")]
    [TestCase("Losses", "using M = global::PreferenceTuning.Models.PolicyModel;", "names Models; Losses may name Numerics")]
    [TestCase("Data", "using PreferenceTuning.Numerics;", "names Numerics; Data may name no other folder")]
    [TestCase("Data", "class A { Tensor x; }", "names TorchSharp; Data is text only")]
    [TestCase("Numerics", "class A { object b = PreferenceTuning.Trainers.C; }", "names Trainers; Numerics may name no other folder")]
    [TestCase("Numerics", "class A { object b = Models.PolicyModel.C; }", "names Models; Numerics may name no other folder")]
    [TestCase("Numerics", "class A { string b = $\"{Models.PolicyModel.C}\"; }", "names Models; Numerics may name no other folder")]
    [TestCase("Numerics", "class A { string b = \"Models.PolicyModel\"; } // Models.PolicyModel", "")]
    [TestCase("Numerics", "class A { int b = Models.Count + this.Models.PolicyModel; }", "")]
    [TestCase("Models", "using PreferenceTuning.Models.Pretrained; using PreferenceTuning.Tokenization;", "")]
    [TestCase("Checkpoints", "using PreferenceTuning.Optimization; using PreferenceTuning.Models;", "")]
    [TestCase("Checkpoints", "using PreferenceTuning.Trainers;", "names Trainers; Checkpoints may name Numerics, Metrics, Data, Tokenization, Models, Rollouts, Rewards, Advantages, Losses, Optimization")]
    public void The_rule_itself_works(string folder, string source, string expected)
    {
        var types = new Dictionary<string, HashSet<string>> { ["Models"] = ["PolicyModel"] };
        Assert.That(string.Join("|", FolderOrder.Violations(folder, source, types)), Is.EqualTo(expected));
    }

    private static string FolderOf(string path) => path.Split('/') is [_, var folder, _, ..] ? folder : "";

    /// <summary>A type's name without its arity; a nested namespace counts as a name too.</summary>
    private static IEnumerable<string> Names(Type type) => [type.Name.Split('`')[0], .. type.Namespace!.Split('.').Skip(2)];

    [GeneratedRegex(@"\bnamespace\s+(?<name>[\w.]+)")]
    private static partial Regex NamespaceLine();
}
