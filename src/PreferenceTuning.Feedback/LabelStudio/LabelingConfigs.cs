using System.Globalization;
using System.Xml.Linq;

namespace PreferenceTuning.Feedback.LabelStudio;

/// <summary>
/// The labelling configs that <see cref="LabelStudioTasks"/> writes tasks for. Variables are <c>prompt</c> and <c>answer1</c>,
/// <c>answer2</c>, ... (or <c>items</c> for a ranking); a conversation is shown with <c>Paragraphs</c>. Each control names one target
/// only: a Rating or Choices with two is shown but never saved.
/// </summary>
public static class LabelingConfigs
{
    /// <summary>Which of two is better, by clicking it. There is no tie: a person without an opinion can only skip.</summary>
    /// <param name="conversation">Whether prompts are conversations rather than text.</param>
    public static LabelingConfig Pairwise(bool conversation = false) => Build(
        Prompt(conversation),
        Tag("Pairwise", ("name", "comparison"), ("toName", "answer1,answer2"), ("selectionStyle", "background-color: #27ae60")),
        Answer(1),
        Answer(2));

    /// <summary>The order of any number of answers, by dragging.</summary>
    /// <param name="conversation">Whether prompts are conversations rather than text.</param>
    public static LabelingConfig Ranker(bool conversation = false) => Build(
        Prompt(conversation),
        Tag("List", ("name", "answers"), ("value", "$items"), ("title", "Best first")),
        Tag("Ranker", ("name", "rank"), ("toName", "answers")));

    /// <summary>Which of two is better, or a tie. What is stored is the alias: <c>answer1</c>, <c>answer2</c> or <c>tie</c>.</summary>
    /// <param name="conversation">Whether prompts are conversations rather than text.</param>
    /// <param name="comment">Whether a free remark is asked for, too.</param>
    public static LabelingConfig ChoicesWithTie(bool conversation = false, bool comment = false)
    {
        var choices = Tag(
            "Choices", ("name", "winner"), ("toName", "prompt"), ("choice", "single"), ("required", "true"), ("showInLine", "true"));
        choices.Add(
            Tag("Choice", ("value", "Answer 1 is better"), ("alias", "answer1")),
            Tag("Choice", ("value", "Answer 2 is better"), ("alias", "answer2")),
            Tag("Choice", ("value", "Equally good"), ("alias", "tie")));
        XElement[] remark = comment
            ? [Tag("TextArea", ("name", "reason"), ("toName", "prompt"), ("maxSubmissions", "1"), ("rows", "3"))]
            : [];
        return Build([Prompt(conversation), Answer(1), Answer(2), choices, .. remark]);
    }

    /// <summary>A number of stars for each answer.</summary>
    /// <param name="answers">How many answers each task has, 1 or more.</param>
    /// <param name="maxRating">The most stars.</param>
    /// <param name="conversation">Whether prompts are conversations rather than text.</param>
    public static LabelingConfig Ratings(int answers, int maxRating = 5, bool conversation = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(answers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRating, 2);
        var tags = Enumerable.Range(1, answers).SelectMany(number => new[]
        {
            Answer(number),
            Tag("Rating", ("name", Numbered("rating", number)), ("toName", Numbered("answer", number)),
                ("maxRating", maxRating.ToString(CultureInfo.InvariantCulture)), ("required", "true")),
        });
        return Build([Prompt(conversation), .. tags]);
    }

    /// <summary>An answer written by hand. Tell annotators that Shift+Enter submits.</summary>
    /// <param name="conversation">Whether prompts are conversations rather than text.</param>
    public static LabelingConfig Demonstrations(bool conversation = false) => Build(
        Prompt(conversation),
        Tag("TextArea", ("name", "demonstration"), ("toName", "prompt"), ("maxSubmissions", "1"), ("rows", "10"), ("editable", "true"), ("required", "true")));

    private static LabelingConfig Build(params XElement[] children) =>
        LabelingConfig.Parse(new XElement("View", children).ToString().ReplaceLineEndings("\n"));

    private static XElement Prompt(bool conversation) => conversation
        ? Tag("Paragraphs", ("name", "prompt"), ("value", "$prompt"), ("layout", "dialogue"), ("textKey", "content"), ("nameKey", "role"))
        : Tag("Text", ("name", "prompt"), ("value", "$prompt"));

    private static XElement Answer(int number) =>
        Tag("Text", ("name", Numbered("answer", number)), ("value", "$" + Numbered("answer", number)));

    private static string Numbered(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}{number}");

    private static XElement Tag(string name, params (string Name, string Value)[] attributes) =>
        new(name, attributes.Select(attribute => new XAttribute(attribute.Name, attribute.Value)));
}
