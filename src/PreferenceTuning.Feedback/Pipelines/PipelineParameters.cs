using System.Globalization;
using PreferenceTuning.Feedback.Judgements;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace PreferenceTuning.Feedback.Pipelines;

/// <summary>
/// The parameters of a pipeline: a <c>params.yaml</c> as DVC keeps it (or JSON, which is YAML), looked up by dotted names such as
/// <c>pairs.held_out</c>. A name that is missing or of another kind is an error; nothing is guessed.
/// </summary>
public sealed class PipelineParameters
{
    private readonly YamlMappingNode _root;
    private readonly string _file;

    private PipelineParameters(YamlMappingNode root, string file) => (_root, _file) = (root, file);

    /// <summary>Reads a file.</summary>
    /// <exception cref="FeedbackFormatException">It is not one YAML mapping.</exception>
    public static PipelineParameters FromFile(string path) => Parse(File.ReadAllText(path), Path.GetFileName(path));

    /// <summary>Reads a text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="FeedbackFormatException">It is not one YAML mapping.</exception>
    public static PipelineParameters Parse(string yaml, string name = "params.yaml")
    {
        var stream = new YamlStream();
        try
        {
            using var reader = new StringReader(yaml);
            stream.Load(reader);
        }
        catch (YamlException error)
        {
            throw new FeedbackFormatException($"This is not YAML: {error.Message}", name, error.Start.Line, cause: error);
        }

        return stream.Documents is [{ RootNode: YamlMappingNode root }]
            ? new(root, name)
            : throw new FeedbackFormatException("The parameters must be one document with names and values.", name);
    }

    /// <summary>Whether there is a value (or a group of values) of this name.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A text, or any other single value as it is written.</summary>
    public string Text(string name) => Scalar(name).Value ?? "";

    /// <summary>A number.</summary>
    public double Number(string name) => Plain(name, "a number", text =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : (double?)null);

    /// <summary>A whole number.</summary>
    public long WholeNumber(string name) => Plain(name, "a whole number", text =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : (long?)null);

    /// <summary><c>true</c> or <c>false</c>; as in YAML 1.2 nothing else, so that <c>no</c> is a text.</summary>
    public bool Flag(string name) => Plain(name, "true or false", text => text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => (bool?)null,
    });

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<string> Texts(string name) => Required(name) is YamlSequenceNode list && list.All(item => item is YamlScalarNode)
        ? [.. list.Select(item => ((YamlScalarNode)item).Value ?? "")]
        : throw Wrong(name, "a list of texts");

    private T Plain<T>(string name, string expected, Func<string, T?> read)
        where T : struct
    {
        var scalar = Scalar(name);

        // What stands in quotation marks is a text.
        return scalar.Style == ScalarStyle.Plain && read(scalar.Value ?? "") is { } value ? value : throw Wrong(name, expected);
    }

    private YamlScalarNode Scalar(string name) => Required(name) as YamlScalarNode ?? throw Wrong(name, "a single value");

    private YamlNode Required(string name) =>
        Find(name) ?? throw new FeedbackFormatException($"There is no parameter '{name}'.", _file, position: name);

    private YamlNode? Find(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        YamlNode? node = _root;
        foreach (var part in name.Split('.'))
            node = node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(part), out var child) ? child : null;
        return node;
    }

    private FeedbackFormatException Wrong(string name, string expected)
    {
        var node = Required(name);
        return new($"The parameter is {node}; expected {expected}.", _file, node.Start.Line, name);
    }
}
