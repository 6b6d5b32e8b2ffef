using NUnit.Framework;
using PreferenceTuning.Tests.Shared;
using static PreferenceTuning.Tests.Goldens.TokenizerGoldenFiles;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>What the reference set has and no test here runs, by name and with the reason, so that nothing is left out unnoticed.</summary>
[Category("Golden")]
public class TokenizerGoldensNotRun
{
    private static readonly string[] KnownFiles =
    [
        "inputs.json", "streaming.json", "truncation-padding.json", "components.json", "bpe-training.json", "ill-formed-utf16.json", "clean-up.json",
    ];

    [TestCaseSource(nameof(Cases))]
    public void A_case_is_not_run(string what) => Assert.Fail($"{what} is listed as not run and must not be reached.");

    private static IEnumerable<TestCaseData> Cases()
    {
        foreach (var folder in GoldenFolder.Folders("tokenizers").Select(path => Path.GetFileName(path)))
        {
            if (Exists(folder, "sp-cases.json"))
            {
                foreach (var item in Json(folder, "sp-cases.json").GetProperty("cases").EnumerateArray())
                {
                    yield return new TestCaseData($"{folder}, {item.GetProperty("in").GetString()}")
                        .Ignore("reading a sentencepiece tokenizer.model is not supported yet");
                }
            }
            else if (!Exists(folder, "cases.json"))
            {
                yield return new TestCaseData(folder).Ignore("a folder without cases.json: this kind of case is not known");
            }
        }

        foreach (var file in GoldenFolder.Files("*.json", "tokenizers").Select(path => Path.GetFileName(path)).Except(KnownFiles))
        {
            yield return new TestCaseData(file).Ignore("this kind of file is not known");
        }
    }
}
