using System.Text.Json;
using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Models.Pretrained;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Reward and step-reward models of golden/models.</summary>
[Category("Golden")]
[OneThread]
public sealed class ModelGoldensRewards
{
    private static readonly (ScalarType Dtype, double Tolerance)[] Types = [(ScalarType.Float64, 1e-9), (ScalarType.Float32, 1e-5)];

    private static readonly HashSet<string> KnownFields = new(StringComparer.Ordinal)
    {
        "library_scores", "score_at_last_unmasked", "token_scores", "library_error",
    };

    private static IEnumerable<TestCaseData> Cases(string task) =>
        from folder in ModelGoldensFolder.All()
        where folder.Task == task
        from layout in folder.Expected.GetProperty("cases").EnumerateObject()
        from type in Types
        select ModelGoldensFolder.Case(
            folder, $"{folder.Config}, {layout.Name}, {type.Dtype}", folder.Name, folder.Config, layout.Name, type.Dtype, type.Tolerance);

    public static IEnumerable<TestCaseData> ScoreCases() => Cases("reward").Select(data =>
    {
        var (name, layout) = ((string)data.Arguments[0]!, (string)data.Arguments[2]!);
        var known = Layout(name, layout).EnumerateObject().Any(field => KnownFields.Contains(field.Name));
        return known ? data : data.Ignore($"Case '{layout}' holds no known kind of score.");
    });

    public static IEnumerable<TestCaseData> StepCases() => Cases("step reward");

    public static IEnumerable<TestCaseData> PairwiseCases() =>
        from folder in ModelGoldensFolder.All()
        where folder.Task == "reward"
        from type in Types
        select ModelGoldensFolder.Case(folder, $"{folder.Config}, {type.Dtype}", folder.Name, folder.Config, type.Dtype, type.Tolerance);

    [TestCaseSource(nameof(ScoreCases))]
    public void Scores_are_those_of_the_library_under_each_rule(
        string name, string config, string layout, ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var model = Load(name, config, dtype);
        var expected = Layout(name, layout);
        var ids = ModelGoldensFolder.Ids(
            expected.TryGetProperty("input_ids", out var rows) ? rows : Layout(name, "right").GetProperty("input_ids"));
        var mask = expected.TryGetProperty("attention_mask", out var kept) ? ModelGoldensFolder.Mask(kept) : null;
        int? padId = expected.TryGetProperty("pad_token_id_in_config", out var pad) ? pad.GetInt32() : null;

        if (layout == "left_without_position_ids")
        {
            var counted = WithColumnsAsPositions(model, Layout(name, "left"));
            Assert.That(Difference(counted, expected.GetProperty("library_scores")), Is.LessThan(tolerance));
            return;
        }

        if (expected.TryGetProperty("library_error", out _))
        {
            Assert.That(() => model.ScoresByPadToken(ids, mask, padId), Throws.ArgumentException);
            return;
        }

        Assert.Multiple(() =>
        {
            // Without a pad id the library scores the last column, padded or not; what stands at a padded position is nobody's promise.
            if (padId is not null || mask is null || mask.select(1, -1).all().item<bool>())
            {
                Assert.That(
                    Difference(model.ScoresByPadToken(ids, mask, padId), expected.GetProperty("library_scores")), Is.LessThan(tolerance),
                    "library's rule");
            }

            if (expected.TryGetProperty("score_at_last_unmasked", out var atLast))
            {
                Assert.That(Difference(model.Scores(ids, mask), atLast), Is.LessThan(tolerance), "last kept token");
            }

            if (expected.TryGetProperty("token_scores", out var every))
            {
                var tokens = model.TokenScores(ids, mask).to(ScalarType.Float64).sub(ModelGoldensFolder.Doubles(every)).abs();
                Assert.That(tokens.masked_select(mask!).max().item<double>(), Is.LessThan(tolerance), "every token");
            }
        });
    }

    [TestCaseSource(nameof(PairwiseCases))]
    public void Pairwise_loss_and_its_gradients_are_those_of_the_library(string name, string config, ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        var model = Load(name, config, dtype);
        var expected = ModelGoldensFolder.Expected(name).GetProperty("pairwise");
        var right = Layout(name, "right");
        var scores = model.Scores(
            ModelGoldensFolder.Ids(right.GetProperty("input_ids")), ModelGoldensFolder.Mask(right.GetProperty("attention_mask")));
        var loss = nn.functional.logsigmoid(scores.narrow(0, 0, 2) - scores.narrow(0, 2, 2)).mean().neg();
        loss.backward();
        Assert.That(loss.to(ScalarType.Float64).item<double>(), Is.EqualTo(expected.GetProperty("loss").GetDouble()).Within(tolerance));
        Assert.That(
            ModelGoldensFolder.MaxDifference(
                model.Head.Parameters[0].Value.grad!, ModelGoldensFolder.Doubles(expected.GetProperty("gradient_score_weight"))),
            Is.LessThan(tolerance));
        var norms = expected.GetProperty("l2_norm");
        Assert.Multiple(() =>
        {
            foreach (var (parameter, value) in model.Parameters.Where(parameter => norms.TryGetProperty(parameter.Name, out _)))
            {
                Assert.That(
                    value.grad!.to(ScalarType.Float64).norm().item<double>(),
                    Is.EqualTo(norms.GetProperty(parameter).GetDouble()).Within(tolerance * 10), parameter);
            }
        });
        Assert.That(
            norms.EnumerateObject().Select(entry => entry.Name).Except(model.Parameters.Select(parameter => parameter.Name)), Is.Empty);
    }

    [TestCaseSource(nameof(StepCases))]
    public void Step_logits_are_those_of_the_library(string name, string config, string layout, ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var copy = ModelGoldensFolder.Copy(name, config);
        var model = StepRewardModel.FromPretrained(copy.Path, dtype);
        var expected = Layout(name, layout);
        var (ids, mask) = (
            ModelGoldensFolder.Ids(expected.GetProperty("input_ids")), ModelGoldensFolder.Mask(expected.GetProperty("attention_mask")));
        var wanted = tensor(expected.GetProperty("logits").EnumerateArray()
            .SelectMany(row => row.EnumerateArray().SelectMany(token => token.EnumerateArray().Select(number => number.GetDouble()))).ToArray())
            .view(ids.shape[0], ids.shape[1], -1);
        var difference = model.Logits(ids, mask).to(ScalarType.Float64).sub(wanted).abs();
        Assert.That(difference.masked_select(mask.unsqueeze(-1)).max().item<double>(), Is.LessThan(tolerance));
    }

    private static RewardModel Load(string name, string config, ScalarType dtype)
    {
        using var copy = ModelGoldensFolder.Copy(name, config);
        return RewardModel.FromPretrained(copy.Path, dtype);
    }

    // What the library does when nobody tells it the positions: the column is the position, padding included.
    private static Tensor WithColumnsAsPositions(RewardModel model, JsonElement layout)
    {
        var (ids, mask) = (
            ModelGoldensFolder.Ids(layout.GetProperty("input_ids")), ModelGoldensFolder.Mask(layout.GetProperty("attention_mask")));
        var columns = arange(ids.shape[1]).unsqueeze(0).expand(ids.shape).contiguous();
        return model.Head.Scalar(model.Trunk.Hidden(ids, mask, columns)).select(1, -1);
    }

    private static JsonElement Layout(string name, string layout) =>
        ModelGoldensFolder.Expected(name).GetProperty("cases").GetProperty(layout);

    private static double Difference(Tensor actual, JsonElement expected) =>
        ModelGoldensFolder.MaxDifference(actual, tensor(expected.EnumerateArray().Select(number => number.GetDouble()).ToArray()));
}
