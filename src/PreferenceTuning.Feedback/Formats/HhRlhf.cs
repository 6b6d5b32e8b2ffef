using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>
/// Reads Anthropic's hh-rlhf: <c>{"chosen":"\n\nHuman: ...\n\nAssistant: ...","rejected":"..."}</c>. The prompt ends at the last
/// assistant's turn that both sides share; pairs that part earlier keep their last turns as conversations and are flagged, as are empty
/// answers. One blank after the speaker's colon belongs to the format and is not kept.
/// </summary>
public static class HhRlhf
{
    private const string Human = "\n\nHuman:";
    private const string Assistant = "\n\nAssistant:";

    /// <summary>Reads an input.</summary>
    /// <exception cref="FeedbackFormatException">A row is none of this format.</exception>
    public static FeedbackReading Read(FeedbackInput input)
    {
        var reader = new RowReader(input);
        return reader.Read(row =>
        {
            var (chosen, rejected) = (row.RequiredText("chosen"), row.RequiredText("rejected"));
            Check(row["chosen"], chosen);
            Check(row["rejected"], rejected);
            reader.Add(Judgement(reader, row, chosen, rejected));
        });
    }

    /// <summary>Whether a text begins as this format's texts do.</summary>
    internal static bool Begins(string text) => text.StartsWith(Human, StringComparison.Ordinal);

    private static void Check(JsonValue value, string text)
    {
        if (!Begins(text))
            throw value.Error("The text does not begin with '\\n\\nHuman:', as hh-rlhf texts do.");
    }

    private static Judgement Judgement(RowReader reader, JsonValue row, string chosen, string rejected)
    {
        var shared = chosen.AsSpan().CommonPrefixLength(rejected);
        var turn = chosen.AsSpan(0, shared).LastIndexOf(Assistant);
        var cut = turn < 0 ? 0 : turn + Assistant.Length;
        var flags = new List<JudgementFlag>();
        if (turn < 0 || Turns(chosen[turn..]).Count > 1 || Turns(rejected[turn..]).Count > 1)
        {
            flags.Add(JudgementFlag.DivergesBeforeFinalTurn);
            reader.Notes.Noticed("A pair parts before its final turn.", RowReader.Where(row));
        }

        var prompt = turn < 0 ? [] : Turns(chosen[..turn]);
        return new Judgement
        {
            Prompt = Passage.FromMessages(prompt),
            Candidates =
            [
                new() { Id = "chosen", Text = Side(chosen, turn, cut) },
                new() { Id = "rejected", Text = Side(rejected, turn, cut) },
            ],
            AnnotatorKind = AnnotatorKind.Person,
            Kind = JudgementKind.Pairwise,
            Ranking = [["chosen"], ["rejected"]],
            Flags = flags,
            Source = reader.Source(row),
            Extra = RowReader.Rest(row, "chosen", "rejected"),
        };
    }

    private static Passage Side(string text, int turn, int cut)
    {
        var turns = Turns(turn < 0 ? text : text[turn..]);
        return turns.Count == 1 && turn >= 0 ? Passage.FromText(Unblank(text[cut..])) : Passage.FromMessages(turns);
    }

    private static List<ChatMessage> Turns(string text)
    {
        var turns = new List<ChatMessage>();
        for (var at = 0; at < text.Length;)
        {
            var isHuman = string.CompareOrdinal(text, at, Human, 0, Human.Length) == 0;
            var begin = at + (isHuman ? Human : Assistant).Length;
            var human = text.IndexOf(Human, begin, StringComparison.Ordinal);
            var assistant = text.IndexOf(Assistant, begin, StringComparison.Ordinal);
            var end = Math.Min(human < 0 ? text.Length : human, assistant < 0 ? text.Length : assistant);
            turns.Add(new ChatMessage(isHuman ? "user" : "assistant", Unblank(text[begin..end])));
            at = end;
        }

        return turns;
    }

    private static string Unblank(string text) => text.StartsWith(' ') ? text[1..] : text;
}
