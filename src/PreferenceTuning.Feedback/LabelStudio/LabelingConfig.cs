using System.Xml;
using System.Xml.Linq;
using PreferenceTuning.Feedback.Judgements;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>A tag that shows something: <c>Text</c>, <c>Paragraphs</c>, <c>List</c>, <c>HyperText</c>, <c>Chat</c>, ...</summary>
/// <param name="Tag">The tag's name; those in this text as it spells them, whatever their case in the config, as the browser takes them.</param>
/// <param name="Name">The name that controls refer to.</param>
/// <param name="Variable">The key in a task's <c>data</c> (<c>value="$prompt"</c> is <c>prompt</c>), or null for a constant.</param>
public sealed record LabelingObject(string Tag, string Name, string? Variable);

/// <summary>One choice of a control, or one bucket of a ranker.</summary>
/// <param name="Value">What the annotator sees and, without alias, what is stored.</param>
/// <param name="Alias">What is stored instead, or null.</param>
/// <param name="IsDefault">A bucket where items start.</param>
public sealed record LabelingChoice(string Value, string? Alias = null, bool IsDefault = false)
{
    /// <summary>Whether a stored text means this choice: the browser stores the alias, other writers the value.</summary>
    public bool Means(string stored) => stored == Alias || stored == Value;
}

/// <summary>
/// A tag that asks something: <c>Pairwise</c>, <c>Ranker</c>, <c>Choices</c>, <c>Rating</c>, <c>TextArea</c>, <c>Number</c>,
/// <c>Taxonomy</c>, ...
/// </summary>
/// <param name="Tag">The tag's name; those in this text as it spells them, whatever their case in the config, as the browser takes them.</param>
/// <param name="Name">The name that results carry in <c>from_name</c>.</param>
/// <param name="Targets">The objects it is about, from <c>toName</c>.</param>
/// <param name="Choices">Its choices or buckets, in order.</param>
/// <param name="MaxRating">For a rating the highest number (5 unless given), else null.</param>
/// <param name="Multiple">Whether several choices may be taken.</param>
public sealed record LabelingControl(
    string Tag, string Name, IReadOnlyList<string> Targets, IReadOnlyList<LabelingChoice> Choices, double? MaxRating, bool Multiple);

/// <summary>
/// What a Label Studio project asks, read from its labelling config. A reader of exports needs it: which answer "left" means, and which
/// names the controls have, stands nowhere else.
/// </summary>
public sealed record LabelingConfig
{
    private const int LongestConfig = 1 << 20;

    private static readonly string[] Spelt =
        ["Pairwise", "Ranker", "Choices", "Rating", "TextArea", "Number", "Taxonomy", "Text", "Paragraphs", "List", "HyperText", "Chat"];

    private LabelingConfig(string xml, IReadOnlyList<LabelingObject> objects, IReadOnlyList<LabelingControl> controls)
    {
        Xml = xml;
        Objects = objects;
        Controls = controls;
    }

    /// <summary>The config as text.</summary>
    public string Xml { get; }

    /// <summary>What is shown, in the config's order.</summary>
    public IReadOnlyList<LabelingObject> Objects { get; }

    /// <summary>What is asked, in the config's order.</summary>
    public IReadOnlyList<LabelingControl> Controls { get; }

    /// <summary>The object with a name, or null.</summary>
    public LabelingObject? ObjectNamed(string name) => Objects.FirstOrDefault(item => item.Name == name);

    /// <summary>The control with a name, or null.</summary>
    public LabelingControl? ControlNamed(string name) => Controls.FirstOrDefault(control => control.Name == name);

    /// <summary>The keys that every task's <c>data</c> must have.</summary>
    public IReadOnlyList<string> Variables => [.. Objects.Select(item => item.Variable).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>Reads a config file.</summary>
    /// <exception cref="FeedbackFormatException">It is no labelling config.</exception>
    public static LabelingConfig FromFile(string path) => Parse(File.ReadAllText(path), Path.GetFileName(path));

    /// <summary>Reads a config.</summary>
    /// <param name="xml">The XML text, as in a project's <c>label_config</c>.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="FeedbackFormatException">Not well-formed, or a control refers to nothing.</exception>
    public static LabelingConfig Parse(string xml, string name = "labelling config")
    {
        var root = Load(xml, name);
        var controls = new List<LabelingControl>();
        var objects = new List<LabelingObject>();
        foreach (var element in root.DescendantsAndSelf())
        {
            var elementName = element.Attribute("name")?.Value;
            if (element.Attribute("toName")?.Value is { } targets && elementName is not null)
                controls.Add(Control(element, elementName, targets));
            else if (elementName is not null && element.Attribute("value")?.Value is { } value)
                objects.Add(new LabelingObject(TagOf(element), elementName, value.StartsWith('$') ? value[1..] : null));
        }

        Check(controls, objects, name);
        return new LabelingConfig(xml, objects, controls);
    }

    private static XElement Load(string xml, string name)
    {
        if (xml.Length > LongestConfig)
            throw new FeedbackFormatException("The labelling config is longer than 1 MiB.", name, line: 1);
        try
        {
            var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = LongestConfig };
            using var reader = XmlReader.Create(new StringReader(xml), settings);
            return XDocument.Load(reader, LoadOptions.SetLineInfo).Root!;
        }
        catch (XmlException exception)
        {
            throw new FeedbackFormatException(
                "The labelling config is not well-formed XML: " + exception.Message, name, exception.LineNumber, cause: exception);
        }
    }

    private static LabelingControl Control(XElement element, string name, string targets)
    {
        var tag = TagOf(element);
        var choices = element.Descendants().Where(child => child.Name.LocalName is "Choice" or "Label").Select(child =>
            new LabelingChoice(child.Attribute("value")?.Value ?? child.Attribute("alias")?.Value ?? "", child.Attribute("alias")?.Value));
        var buckets = element.Elements().Where(child => child.Name.LocalName == "Bucket").Select(child =>
            new LabelingChoice(child.Attribute("name")?.Value ?? "", IsDefault: IsTrue(child.Attribute("default")?.Value)));
        double? most = tag == "Rating" ? Whole(element.Attribute("maxRating")?.Value) ?? 5 : Whole(element.Attribute("max")?.Value);
        return new LabelingControl(tag, name, targets.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            [.. choices, .. buckets], most, element.Attribute("choice")?.Value == "multiple");
    }

    private static string TagOf(XElement element) =>
        Array.Find(Spelt, tag => tag.Equals(element.Name.LocalName, StringComparison.OrdinalIgnoreCase)) ?? element.Name.LocalName;

    private static void Check(List<LabelingControl> controls, List<LabelingObject> objects, string name)
    {
        var duplicate = controls.Select(control => control.Name).Concat(objects.Select(item => item.Name))
            .GroupBy(text => text, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        if (duplicate is not null)
            throw new FeedbackFormatException($"Two tags are called '{duplicate.Key}'; names must differ.", name, position: duplicate.Key);
        foreach (var control in controls)
        {
            foreach (var target in control.Targets.Where(target => objects.All(item => item.Name != target)))
            {
                throw new FeedbackFormatException(
                    $"Control '{control.Name}' has toName '{target}', but no object is called that; there are: {string.Join(", ", objects.Select(item => item.Name))}.",
                    name,
                    position: control.Name);
            }

            if (control.Tag == "Pairwise" && (control.Targets.Count != 2 || control.Targets[0] == control.Targets[1]))
                throw new FeedbackFormatException(
                    $"Pairwise '{control.Name}' must have exactly two different names in toName; left is the first.", name,
                    position: control.Name);
        }
    }

    private static bool IsTrue(string? text) => text == "true";

    private static double? Whole(string? text) =>
        double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value)
            ? value
            : null;
}
