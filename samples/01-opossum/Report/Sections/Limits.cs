namespace Opossum.Report.Sections;

/// <summary>What this run does not show.</summary>
internal static class Limits
{
    public static string Render(RunResult run) => $"""
        <h2 id="limits"><span class="step">7</span>What was not measured</h2>
        <ul>
        {string.Join("\n", Lines(run).Select(line => $"<li>{line}</li>"))}
        </ul>
        """;

    private static IEnumerable<string> Lines(RunResult run)
    {
        if (run.Settings.JudgementFile is null)
        {
            yield return "<b>No person judged anything.</b> The annotators are simulated, and the judge behind the win rate is the rule that they see through their haste. That the model satisfies this rule shows that the machinery works, " +
                "not that people would like the result.";
        }
        else
        {
            yield return "<b>The judgements come from a file.</b> Who gave them, under which instructions and for what pay is known only as far as the file says. The win rate is still judged by the simulated preference, not by these people.";
        }

        if (run.Settings.Model is null)
        {
            yield return "<b>Facts.</b> The model mixes up animals and habitats, before and after. Nobody checked what is true, so nothing was learned about truth. A preference is all that was tuned.";
            yield return "<b>Size.</b> A model of this size knows one page of grammar. What happens to a large model, what it forgets and what it learns by the way, cannot be read off here.";
        }
        else
        {
            yield return "<b>Readable</b> means here: words that the untuned model also uses, no loops, an end. Meaning was not judged.";
        }

        yield return $"<b>One seed.</b> This is the run with seed {run.Summary.Seed}. The interval of the win rate covers the choice of questions, not the luck of the training. Run other seeds before you believe a difference.";
        foreach (var missing in Thresholds.Of(run.Summary).Where(line => line.Value is null))
        {
            yield return $"<b>{Html.Escape(missing.Name)}</b> ({Html.Escape(missing.Meaning)}) was not measured in this run.";
        }

        if (run.Settings.JudgementFile is null)
        {
            yield return "<b>Harm and taste.</b> Nobody asked whether an answer is kind, offensive or tiring at the tenth time. What is not in the instructions is not in the model.";
        }
    }
}
