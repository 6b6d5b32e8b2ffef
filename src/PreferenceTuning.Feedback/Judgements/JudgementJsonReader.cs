using PreferenceTuning.Feedback.Judgements.Json;

namespace PreferenceTuning.Feedback.Judgements;

/// <summary>Reads one judgement from JSON, short forms included, and says what is wrong with it.</summary>
internal static class JudgementJsonReader
{
    private static readonly string[] Keys =
    [
        "id", "item", "prompt", "candidates", "annotator", "annotator_kind", "kind", "shown", "preferred", "tie", "ranking", "margin",
        "confidence", "rating", "ratings", "label", "labels", "text", "texts", "skipped", "gold", "seconds", "instruction_version",
        "created_at", "updated_at", "flags", "source", "extra",
    ];

    public static Judgement Read(JsonValue json)
    {
        CheckKeys(json, Keys);
        var candidates = Candidates(json["candidates"]);
        var judgement = new Judgement
        {
            Id = json["id"].IdentifierOrNull(),
            Item = json["item"].IdentifierOrNull(),
            Prompt = ReadPassage(json["prompt"]),
            Candidates = candidates,
            Annotator = json["annotator"].IdentifierOrNull(),
            AnnotatorKind = json["annotator_kind"].IsNull ? AnnotatorKind.Unknown : JsonNames.Parse<AnnotatorKind>(json["annotator_kind"]),
            Shown = json["shown"].IsNull ? null : [.. json["shown"].Items().Select(id => id.Identifier())],
            Ranking = Ranking(json, candidates),
            Margin = json["margin"].NumberOrNull(),
            Confidence = json["confidence"].NumberOrNull(),
            Ratings = [.. Short(json, "rating", "ratings", Rating)],
            Labels = [.. Short(json, "label", "labels", Label)],
            Texts = [.. Short(json, "text", "texts", Text)],
            Skipped = json["skipped"].FlagOr(false),
            Gold = json["gold"].FlagOr(false),
            Seconds = json["seconds"].NumberOrNull(),
            InstructionVersion = json["instruction_version"].IdentifierOrNull(),
            CreatedAt = json["created_at"].TimeOrNull(),
            UpdatedAt = json["updated_at"].TimeOrNull(),
            Flags = [.. json["flags"].Items().Select(JsonNames.Parse<JudgementFlag>)],
            Source = Source(json["source"]),
            Extra = ReadExtra(json["extra"]),
        };
        judgement = judgement with { Kind = json["kind"].IsNull ? GuessKind(judgement) : JsonNames.Parse<JudgementKind>(json["kind"]) };
        return JudgementCheck.Problem(judgement) is { } problem ? throw json.Error(problem) : judgement;
    }

    public static Passage ReadPassage(JsonValue json)
    {
        if (json.IsText)
            return json.Text();
        if (json.IsArray)
            return Passage.FromMessages(ReadMessages(json));
        if (json.IsObject && json.Has("steps"))
            return Passage.FromSteps([.. json["steps"].Items().Select(step => step.Text())]);
        throw json.Expected("text, a list of messages {\"role\", \"content\"} or {\"steps\": [...]}");
    }

    public static IReadOnlyList<ChatMessage> ReadMessages(JsonValue json) => [.. json.Items().Select(message =>
        new ChatMessage(message.RequireObject().RequiredText("role"), message["content"].TextOrNull())
        {
            Name = message["name"].TextOrNull(),
            ToolCalls = message["tool_calls"].IsNull ? null : message["tool_calls"].RawJson(),
            Extra = MessageExtra(message),
        })];

    private static string? MessageExtra(JsonValue message)
    {
        List<(string Name, JsonValue Value)> more =
            [.. message.Properties().Where(part => !part.Value.IsNull && Array.IndexOf(JudgementJsonWriter.MessageKeys, part.Name) < 0)];
        return more.Count == 0 ? null : CanonicalJson.Write(
            writer =>
            {
                writer.WriteStartObject();
                foreach (var (name, value) in more)
                {
                    writer.WritePropertyName(name);
                    value.Element.WriteTo(writer);
                }

                writer.WriteEndObject();
            },
            CanonicalJson.Compacted);
    }

    public static Dictionary<string, string> ReadExtra(JsonValue json) =>
        json.Properties().ToDictionary(property => property.Name, property => property.Value.RawJson(), StringComparer.Ordinal);

    public static void CheckKeys(JsonValue json, string[] known)
    {
        foreach (var (name, value) in json.RequireObject().Properties())
        {
            if (Array.IndexOf(known, name) < 0)
                throw value.Error(
                    $"This key is not known; known are: {string.Join(", ", known)}. Put what you want to keep beside them into \"extra\".");
        }
    }

    public static List<Candidate> Candidates(JsonValue json)
    {
        var candidates = new List<Candidate>();
        foreach (var value in json.Items())
        {
            if (value.IsText)
            {
                candidates.Add(new Candidate { Id = Candidate.DefaultId(candidates.Count), Text = value.Text() });
                continue;
            }

            CheckKeys(value, ["id", "text", "model", "sampling", "extra"]);
            candidates.Add(new Candidate
            {
                Id = value["id"].IdentifierOrNull() ?? Candidate.DefaultId(candidates.Count),
                Text = ReadPassage(value["text"]),
                Model = value["model"].TextOrNull(),
                Sampling = Sampling(value["sampling"]),
                Extra = ReadExtra(value["extra"]),
            });
        }

        return candidates;
    }

    private static SamplingSettings? Sampling(JsonValue json)
    {
        if (json.IsNull)
            return null;
        CheckKeys(json, ["temperature", "top_p", "top_k", "max_tokens", "seed"]);
        return new SamplingSettings
        {
            Temperature = json["temperature"].NumberOrNull(),
            TopP = json["top_p"].NumberOrNull(),
            TopK = json["top_k"].SmallIntegerOrNull(),
            MaxTokens = json["max_tokens"].SmallIntegerOrNull(),
            Seed = json["seed"].IntegerOrNull(),
        };
    }

    private static IReadOnlyList<IReadOnlyList<string>>? Ranking(JsonValue json, List<Candidate> candidates)
    {
        var given = new[] { json["preferred"], json["tie"], json["ranking"] }.Where(value => !value.IsNull).ToList();
        if (given.Count > 1 && json["tie"].FlagOr(false))
            throw json.Error("Give one of \"preferred\", \"tie\" and \"ranking\", not several.");
        if (json["tie"].FlagOr(false))
            return [[.. candidates.Select(candidate => candidate.Id)]];
        if (!json["ranking"].IsNull)
            return [.. json["ranking"].Items().Select(Place)];
        if (json["preferred"].IsNull)
            return null;
        var preferred = json["preferred"].Identifier();
        if (candidates.Count != 2)
            throw json["preferred"].Error("\"preferred\" is for two candidates; give \"ranking\", best first.");
        return [[preferred], [candidates[candidates[0].Id == preferred ? 1 : 0].Id]];
    }

    private static IReadOnlyList<string> Place(JsonValue json) =>
        json.IsArray ? [.. json.Items().Select(id => id.Identifier())] : [json.Identifier()];

    private static IEnumerable<T> Short<T>(JsonValue json, string one, string many, Func<JsonValue, T> read)
    {
        if (!json[one].IsNull)
            yield return read(json[one]);
        foreach (var value in json[many].Items())
            yield return read(value);
    }

    private static Rating Rating(JsonValue json)
    {
        if (!json.IsObject)
            return new Rating(json.Number());
        CheckKeys(json, ["question", "candidate", "step", "value", "min", "max"]);
        return new Rating(json["value"].Number(), json["question"].TextOrNull(), json["candidate"].IdentifierOrNull(),
            json["min"].NumberOrNull(), json["max"].NumberOrNull(), json["step"].SmallIntegerOrNull());
    }

    private static Label Label(JsonValue json)
    {
        if (!json.IsObject)
            return new Label(json.Text());
        CheckKeys(json, ["question", "candidate", "step", "value", "path"]);
        return new Label(json["value"].Text(), json["question"].TextOrNull(), json["candidate"].IdentifierOrNull(), json["step"].SmallIntegerOrNull(),
            json["path"].IsNull ? null : [.. json["path"].Items().Select(part => part.Text())]);
    }

    private static TextAnswer Text(JsonValue json)
    {
        if (!json.IsObject)
            return new TextAnswer(json.Text());
        CheckKeys(json, ["question", "candidate", "value"]);
        return new TextAnswer(ReadPassage(json["value"]), json["question"].TextOrNull(), json["candidate"].IdentifierOrNull());
    }

    private static SourceReference? Source(JsonValue source)
    {
        if (source.IsNull)
            return null;
        CheckKeys(source, ["file", "sha256", "line"]);
        return new SourceReference(source["file"].Text(), source["sha256"].TextOrNull(), source["line"].IntegerOrNull());
    }

    private static JudgementKind GuessKind(Judgement judgement) => judgement switch
    {
        { Ratings.Count: > 0, Ranking: null } => JudgementKind.Rating,
        { Labels.Count: > 0, Ranking: null } => JudgementKind.Label,
        { Candidates.Count: 0 } => JudgementKind.Demonstration,
        { Texts.Count: > 0, Ranking: null } => JudgementKind.TextEdit,
        { Candidates.Count: 1 } => JudgementKind.Label,
        { Candidates.Count: 2 } => JudgementKind.Pairwise,
        _ => JudgementKind.Ranking,
    };
}
