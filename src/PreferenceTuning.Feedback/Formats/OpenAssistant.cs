using PreferenceTuning.Feedback.Judgements;
using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Formats;

/// <summary>
/// Reads Open Assistant's message trees and its flat message table. Where two or more replies to one message carry a rank (0 is best),
/// they are one ranking, already merged over several people; replies without rank are candidates that the ranking does not name.
/// Messages that nobody compared give no judgement, and the report counts them.
/// </summary>
public static class OpenAssistant
{
    private const int DeepestThread = 1000;

    /// <summary>Reads trees: <c>{"message_tree_id","prompt":{"message_id","text","role","rank","replies":[...]}}</c>.</summary>
    /// <exception cref="FeedbackFormatException">A row is none of this format.</exception>
    public static FeedbackReading ReadTrees(FeedbackInput input)
    {
        var reader = new RowReader(input);
        return reader.Read(row =>
        {
            var root = row["prompt"].RequireObject();
            Walk(new Message(root), [.. root["replies"].Items().Select(Branch)], [], row["message_tree_id"].IdentifierOrNull(), reader);
        });
    }

    /// <summary>Reads the flat table: <c>{"message_id","parent_id","text","role","rank", ...}</c>, a message a row.</summary>
    /// <exception cref="FeedbackFormatException">A row is none of this format, or messages answer each other in a circle.</exception>
    public static FeedbackReading ReadFlat(FeedbackInput input)
    {
        var reader = new RowReader(input);
        var messages = new List<Message>();
        reader.Read(row => messages.Add(new Message(row)));
        if (messages.GroupBy(message => message.Id, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw twice.Last().Json.Place.Error($"Two messages have the message_id '{twice.Key}'.", "message_id");
        var replies = messages.Where(message => message.Parent is not null).ToLookup(message => message.Parent!, StringComparer.Ordinal);
        var known = messages.Select(message => message.Id).ToHashSet(StringComparer.Ordinal);
        var roots = messages.Where(message => message.Parent is null || !known.Contains(message.Parent)).ToList();
        var reached = 0;
        foreach (var root in roots)
        {
            if (root.Parent is not null)
                reader.Notes.Noticed("A message answers one that is not in the file; its thread begins there.", root.Id);
            reached += WalkFlat(root, replies, reader);
        }

        return reached == messages.Count
            ? reader.ToReading()
            : throw new FeedbackFormatException("Messages answer each other in a circle.", input.Name, position: "parent_id");
    }

    private sealed record Thread(Message Message, IReadOnlyList<Thread> Replies);

    private static int WalkFlat(Message root, ILookup<string, Message> replies, RowReader reader)
    {
        // A work list and not recursion: a table's threads may be of any depth.
        var count = 0;
        var open = new Stack<(Message Message, List<ChatMessage> Before)>([(root, [])]);
        while (open.TryPop(out var at))
        {
            if (at.Before.Count >= DeepestThread)
                throw root.Json.Place.Error(
                    FormattableString.Invariant($"A thread is deeper than {DeepestThread} messages."), at.Message.Id);
            count++;
            List<Message> children = [.. replies[at.Message.Id]];
            List<ChatMessage> path = [.. at.Before, at.Message.Turn];
            Compare(children, path, at.Message.Tree, reader);
            for (var index = children.Count - 1; index >= 0; index--)
                open.Push((children[index], path));
        }

        return count;
    }

    private static Thread Branch(JsonValue reply) => new(new Message(reply.RequireObject()), [.. reply["replies"].Items().Select(Branch)]);

    private static void Walk(Message message, IReadOnlyList<Thread> replies, List<ChatMessage> before, string? tree, RowReader reader)
    {
        List<ChatMessage> path = [.. before, message.Turn];
        Compare([.. replies.Select(reply => reply.Message)], path, tree, reader);
        foreach (var reply in replies)
            Walk(reply.Message, reply.Replies, path, tree, reader);
    }

    private static void Compare(List<Message> replies, List<ChatMessage> path, string? tree, RowReader reader)
    {
        if (replies.Count == 0)
            return;
        var ranked = replies.Where(reply => reply.Rank is not null).ToList();
        if (ranked.Count < 2)
        {
            reader.Notes.LeftOut("A message with fewer than two ranked replies holds no comparison.", replies[0].Id);
            return;
        }

        var extra = new Dictionary<string, string>(StringComparer.Ordinal);
        if (tree is not null)
            extra["message_tree_id"] = System.Text.Json.JsonSerializer.Serialize(tree);
        reader.Add(new Judgement
        {
            Item = replies[0].Parent,
            Prompt = Passage.FromMessages(path),
            Candidates = [.. replies.Select(reply => reply.Candidate)],
            AnnotatorKind = AnnotatorKind.Aggregate,
            Kind = replies.Count == 2 ? JudgementKind.Pairwise : JudgementKind.Ranking,
            Ranking = [.. ranked.GroupBy(reply => reply.Rank!.Value).OrderBy(group => group.Key).Select(group => (IReadOnlyList<string>)[.. group.Select(reply => reply.Id)])],
            Flags = ranked.Count < replies.Count ? [JudgementFlag.PartialRanking] : [],
            Source = reader.Source(replies[0].Json),
            Extra = extra,
        });
    }

    /// <summary>A message, taken out of its JSON at once: the document is gone when the table's threads are put together.</summary>
    private sealed record Message
    {
        public Message(JsonValue json)
        {
            Json = new JsonValue(default, json.Place, "");
            Id = json["message_id"].Identifier();
            Parent = json["parent_id"].IdentifierOrNull();
            Tree = json["message_tree_id"].IdentifierOrNull();
            Rank = json["rank"].NumberOrNull();
            var text = json.RequiredText("text");
            var role = json.RequiredText("role");
            Turn = new ChatMessage(role == "prompter" ? "user" : role, text);
            Candidate = new Candidate
            {
                Id = Id,
                Text = text,
                Model = json["synthetic"].FlagOr(false) ? json["model_name"].TextOrNull() : "human",
                Extra = RowReader.Rest(json, "message_id", "parent_id", "message_tree_id", "text", "rank", "replies", "model_name", "role"),
            };
        }

        public JsonValue Json { get; }

        public string Id { get; }

        public string? Parent { get; }

        public string? Tree { get; }

        public double? Rank { get; }

        public ChatMessage Turn { get; }

        public Candidate Candidate { get; }
    }
}
