using System.Text;
using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Data;

namespace PreferenceTuning.Tests.Data;

/// <summary>Whatever the records hold: written and read they are equal, and written again they are the same bytes.</summary>
public sealed class JsonLinesPropertyTests
{
    private string _path = "";

    [SetUp]
    public void MakeFolder() => _path = Path.Combine(Directory.CreateTempSubdirectory("preference-tuning-").FullName, "rows.jsonl");

    [TearDown]
    public void RemoveFolder() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    /// <summary>Valid Unicode of every kind: controls, quotes, line separators, letters, emoji.</summary>
    private static readonly Gen<string> Text =
        Gen.OneOf<int>(
            Gen.Int[0, 0x7F], Gen.Int[0x80, 0xD7FF], Gen.Int[0xE000, 0xFFFF], Gen.Int[0x10000, 0x10FFFF], Choice<int>(0x2028, '"', '\n'))
            .Select(code => char.ConvertFromUtf32(code)).List[0, 12].Select(string.Concat);

    private static readonly Gen<string?> Extra = Gen.OneOf(
        Gen.Const((string?)null),
        Text.Select(text => (string?)$$$"""{"name":{{{System.Text.Json.JsonSerializer.Serialize(text, Compact)}}},"tool_calls":[{"arguments":{"a":1.50}}]}"""));

    private static readonly System.Text.Json.JsonSerializerOptions Compact = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Gen<Message> AnyMessage = Gen.Select(Choice("system", "user", "assistant", "tool"), Text, Extra)
        .Select((role, content, extra) => new Message(role, content) { ExtraJson = extra });

    private static readonly Gen<TextOrMessages> Value = Gen.OneOf(Text.Select(text =>
        new TextOrMessages(text)), AnyMessage.List[0, 4].Select(messages => new TextOrMessages(messages)));

    private static readonly Gen<string?> Tools = Choice<string?>(null, "[]", """[{"type":"function","function":{"name":"weather"}}]""");

    [Test]
    public void Prompts() => RoundTrip(
        Gen.Select(Value, Tools).Select((prompt, tools) => new PromptExample(prompt) { ToolsJson = tools }),
        JsonLines.WritePrompts, JsonLines.ReadPrompts);

    [Test]
    public void Demonstrations() => RoundTrip(
        Gen.Select(Value, Value).Select((prompt, response) => new Demonstration(prompt, response)),
        JsonLines.WriteDemonstrations, JsonLines.ReadDemonstrations);

    [Test]
    public void Preference_pairs() => RoundTrip(
        Gen.Select(Value, SameKind, Gen.Double[-1e300, 1e300].Nullable(), Gen.Double.Unit.Nullable(), Tools).Select(
            (prompt, sides, margin, probability, tools) =>
            new PreferencePair(prompt, sides.Chosen, sides.Rejected) { Margin = margin, ChosenProbability = probability, ToolsJson = tools }),
        JsonLines.WritePreferencePairs, JsonLines.ReadPreferencePairs);

    [Test]
    public void Rankings() => RoundTrip(
        Gen.Select(Value, Gen.Select(Value, Gen.Int).List[2, 6]).Select((prompt, ranked) =>
            new RankedResponses(prompt, [.. ranked.Select(r => r.Item1)], [.. ranked.Select(r => r.Item2)])),
        JsonLines.WriteRankings, JsonLines.ReadRankings);

    [Test]
    public void Unpaired_preferences() => RoundTrip(
        Gen.Select(Value, Value, Gen.Bool).Select((prompt, response, label) => new UnpairedPreference(prompt, response, label)),
        JsonLines.WriteUnpaired, JsonLines.ReadUnpaired);

    [Test]
    public void An_implicit_prompt_and_its_responses_join_to_what_was_written() => SameKind.Where(s => !s.Chosen.Equals(s.Rejected)).Sample(sides =>
    {
        var (prompt, chosen, rejected) = ImplicitPrompt.Split(sides.Chosen, sides.Rejected)!.Value;
        return Join(prompt, chosen).Equals(sides.Chosen) && Join(prompt, rejected).Equals(sides.Rejected)
            && !char.IsLowSurrogate(chosen.Text?.FirstOrDefault() ?? 'a') && !char.IsLowSurrogate(rejected.Text?.FirstOrDefault() ?? 'a');
    }, iter: 2000);

    [Test]
    public void Lines_do_not_depend_on_how_the_stream_hands_out_its_bytes() =>
        Gen.Select(Text.List[1, 5], Gen.Int[1, 9]).Sample((texts, size) =>
    {
        JsonLines.WritePrompts(_path, texts.Select(text => new PromptExample(text)));
        using var chunks = new Chunks(File.ReadAllBytes(_path), size);
        return JsonLines.ReadPrompts(chunks, "chunks").Select(p => p.Prompt.Text).SequenceEqual(texts);
    }, iter: 200, threads: 1);

    private static Gen<T> Choice<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    /// <summary>The two sides of a pair are of one kind; often they begin alike.</summary>
    private static Gen<(TextOrMessages Chosen, TextOrMessages Rejected)> SameKind => Gen.OneOf(
        Gen.Select(Text, Text, Text).Select((start, a, b) => (new TextOrMessages(start + a), new TextOrMessages(start + b))),
        Gen.Select(AnyMessage.List[0, 3], AnyMessage.List[0, 3], AnyMessage.List[0, 3]).Select(
            (start, a, b) => (new TextOrMessages([.. start, .. a]), new TextOrMessages([.. start, .. b]))));

    private static TextOrMessages Join(TextOrMessages prompt, TextOrMessages response) =>
        prompt.Messages is { } turns
            ? new TextOrMessages([.. turns, .. response.Messages!])
            : new TextOrMessages(prompt.Text + response.Text);

    private void RoundTrip<T>(Gen<T> row, Action<string, IEnumerable<T>> write, Func<string, IReadOnlyList<T>> read) => row.List[0, 5].Sample(rows =>
    {
        write(_path, rows);
        var first = File.ReadAllBytes(_path);
        var back = read(_path);
        write(_path, back);
        return back.SequenceEqual(rows) && first.AsSpan().SequenceEqual(File.ReadAllBytes(_path));
    }, iter: 200, threads: 1, print: rows => string.Join(Environment.NewLine, rows.Select(r => r!.ToString())) + Environment.NewLine + Encoding.UTF8.GetString(File.ReadAllBytes(_path)));

    private sealed class Chunks(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, size));
    }
}
