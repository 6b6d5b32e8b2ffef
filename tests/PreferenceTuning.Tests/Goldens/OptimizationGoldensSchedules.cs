using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Optimization;
using static PreferenceTuning.Optimization.LearningRateSchedules;
using static PreferenceTuning.Tests.Goldens.GoldenValues;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Files like schedules.json: the rate of each step, three steps past the end included.</summary>
internal static class OptimizationGoldensSchedules
{
    private static readonly string[] Known =
    [
        "num_cycles", "min_lr", "min_lr_rate", "warmup_lr_rate", "timescale", "power", "lr_end",
        "num_decay_steps", "num_stable_steps", "decay_type", "warmup_type", "min_lr_ratio",
    ];

    public static bool Matches(JsonElement json) => FirstCase(json).Has("rates_by_step", "warmup_steps");

    public static IEnumerable<Golden> Cases(JsonElement json)
    {
        foreach (var (index, item) in json.GetProperty("cases").EnumerateArray().Index())
        {
            var options = string.Join(
                ", ", item.GetProperty("options").EnumerateObject().Select(option => $"{option.Name} {option.Value}"));
            var name = $"{index} {item.GetProperty("name").GetString()} {options}";
            yield return UnknownOption(item.GetProperty("options"), Known) is { } unknown
                ? Golden.NotRun(name, $"an unknown option: {unknown}")
                : Schedule(item) is { } schedule
                    ? new Golden(name, _ => Check(item, schedule))
                    : Golden.NotRun(name, "an unknown schedule");
        }
    }

    private static void Check(JsonElement item, Functions schedule)
    {
        var peak = item.Number("learning_rate");
        var rates = Numbers(item.GetProperty("rates_by_step"));
        for (var step = 0; step < rates.Length; step++)
        {
            Assert.That(schedule.Library(step) * peak, Is.EqualTo(rates[step]).Within(1e-15), $"step {step}");
            if (schedule.Clamped is { } clamped)
            {
                Assert.That(
                    clamped(step) * peak, Is.EqualTo(rates[Math.Min(step, (int)schedule.Last)]).Within(1e-15), $"step {step}, clamped");
            }
        }
    }

    private static Functions? Schedule(JsonElement item)
    {
        var (warmup, total) = (item.GetProperty("warmup_steps").GetInt64(), (long)item.Number("training_steps", 0));
        var (options, peak) = (item.GetProperty("options"), item.Number("learning_rate"));
        var cycles = options.Number("num_cycles", 0.5);
        var floor = options.Number("min_lr_rate", options.Number("min_lr", 0) / peak);
        double? warmupFloor = options.Has("warmup_lr_rate") ? options.Number("warmup_lr_rate") : null;
        long? timescale = options.Has("timescale") ? (long)options.Number("timescale") : null;
        return item.GetProperty("name").GetString() switch
        {
            "linear" => new(step => Linear(step, warmup, total)),
            "constant" => new(Constant),
            "constant_with_warmup" => new(step => ConstantWithWarmup(step, warmup)),
            "cosine_with_restarts" => new(step => CosineWithRestarts(step, warmup, total, (int)options.Number("num_cycles", 1))),
            "polynomial" => new(step => Polynomial(step, warmup, total, options.Number("power", 1), options.Number("lr_end", 1e-7) / peak)),
            "inverse_sqrt" => new(step => InverseSqrt(step, warmup, timescale)),
            "cosine" or "cosine_with_min_lr" => new(
                step => CosinePeriodic(step, warmup, total, cycles, floor),
                step => Cosine(step, warmup, total, cycles, floor),
                total),
            "cosine_warmup_with_min_lr" => new(
                step => CosineAheadPeriodic(step, warmup, total, floor, warmupFloor, cycles),
                step => CosineAhead(step, warmup, total, floor, warmupFloor, cycles),
                total - 1),
            "warmup_stable_decay" => Stable(options, warmup, total),
            _ => null,
        };
    }

    private static Functions? Stable(JsonElement options, long warmup, long total)
    {
        var decay = (long)options.Number("num_decay_steps");
        var stable = (long)options.Number("num_stable_steps", total - warmup - decay);
        if (Shape(options, "decay_type", "cosine") is not { } fall || Shape(options, "warmup_type", "linear") is not { } rise)
        {
            return null;
        }

        var (floor, cycles) = (options.Number("min_lr_ratio", 0), options.Number("num_cycles", 0.5));
        return new(step => WarmupStableDecay(step, warmup, stable, decay, fall, rise, floor, cycles));
    }

    private static ScheduleShape? Shape(JsonElement options, string name, string otherwise) =>
        (options.TryGetProperty(name, out var type) ? type.GetString() : otherwise) switch
        {
            "linear" => ScheduleShape.Linear,
            "cosine" => ScheduleShape.Cosine,
            "1-sqrt" => ScheduleShape.OneMinusSqrt,
            _ => null,
        };

    /// <summary>
    /// The function that copies the library, and where it rises again past its end, the one that stays where it was at the last step.
    /// </summary>
    private sealed record Functions(Func<long, double> Library, Func<long, double>? Clamped = null, long Last = long.MaxValue);
}
