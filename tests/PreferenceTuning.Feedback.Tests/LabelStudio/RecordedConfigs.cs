using System.Text.Json;
using PreferenceTuning.Feedback.LabelStudio;
using PreferenceTuning.Tests.Shared;

namespace PreferenceTuning.Feedback.Tests.LabelStudio;

/// <summary>The labelling configs that stand in the recorded exchanges, found by what an export's tasks hold, never by its name.</summary>
internal static class RecordedConfigs
{
    private static readonly Lazy<IReadOnlyList<LabelingConfig>> All = new(Load);

    /// <summary>
    /// The recorded config whose variables the data have and whose controls the results name; where none was recorded (nothing was
    /// stored, so no control is known), a config of texts only.
    /// </summary>
    public static LabelingConfig For(
        IReadOnlyCollection<string> dataKeys, IReadOnlyCollection<string> controls, IReadOnlyCollection<string> buckets)
    {
        var fitting = All.Value.Where(config => config.Controls.Count > 0 && config.Variables.All(dataKeys.Contains)).ToList();
        return fitting.OrderByDescending(config => controls.Count(name => config.ControlNamed(name) is not null))
            .ThenByDescending(
                config => buckets.Count(name => config.Controls.Any(control => control.Choices.Any(choice => choice.Value == name))))
            .ThenByDescending(config => config.Variables.Count).FirstOrDefault()
            ?? LabelingConfig.Parse($"<View>{string.Concat(dataKeys.Select(key => $"<Text name=\"{key}\" value=\"${key}\"/>"))}</View>");
    }

    private static List<LabelingConfig> Load()
    {
        var texts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in GoldenFolder.Files("*.jsonl", "label-studio", "exchanges"))
        {
            foreach (var line in File.ReadLines(file))
            {
                using var exchange = JsonDocument.Parse(line);
                var response = exchange.RootElement.GetProperty("response");
                if (response.GetProperty("status").GetInt32() == 201 && response.TryGetProperty("body", out var body)
                    && body.ValueKind == JsonValueKind.Object && body.TryGetProperty("label_config", out var config))
                    texts.Add(config.GetString()!);
            }
        }

        return [.. texts.Select(text => LabelingConfig.Parse(text))];
    }
}
