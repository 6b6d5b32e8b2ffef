using System.Text.Json;
using PreferenceTuning.Feedback.Statistics;

namespace PreferenceTuning.Feedback.Tests.Statistics;

/// <summary>The judgements of PandaLM's human-made test set: 999 comparisons, three people, 0 = tie.</summary>
internal sealed record PandaLm(string Prompt, string First, string Second, int[] Votes)
{
    public static IReadOnlyList<PandaLm> Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. document.RootElement.EnumerateArray().Select(item =>
        {
            var models = item.GetProperty("cmp_key").GetString()!.Split('_');
            return new PandaLm(
                $"{item.GetProperty("instruction").GetString()}\n{item.GetProperty("input").GetString()}", models[0], models[1],
                [item.GetProperty("annotator1").GetInt32(), item.GetProperty("annotator2").GetInt32(), item.GetProperty("annotator3").GetInt32()]);
        })];
    }

    public static LabelTable Table(IReadOnlyList<PandaLm> items) => new(
        items.SelectMany((_, i) => Enumerable.Repeat(i, 3)).ToArray(),
        items.SelectMany(_ => Enumerable.Range(0, 3)).ToArray(),
        items.SelectMany(item => item.Votes).ToArray(),
        items.Count, 3, 3);
}
