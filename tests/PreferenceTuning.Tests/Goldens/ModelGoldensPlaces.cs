using NUnit.Framework;
using PreferenceTuning.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Goldens;

/// <summary>Every family of golden/models: the states of some tokens are those that the whole computation has there, gradients too.</summary>
[Category("Golden")]
[OneThread]
public sealed class ModelGoldensPlaces
{
    public static IEnumerable<TestCaseData> Cases() =>
        from folder in ModelGoldensFolder.All()
        where folder.Task is "language model"
        from layout in folder.Expected.GetProperty("cases").EnumerateObject()
        select ModelGoldensFolder.Case(folder, $"{folder.Config}, {layout.Name}", folder.Name, folder.Config, layout.Name);

    [TestCaseSource(nameof(Cases))]
    public void States_at_places_are_those_of_the_whole(string name, string config, string layout)
    {
        using var scope = NewDisposeScope();
        var (model, _) = ModelGoldensFolder.Model(name, config, ScalarType.Float64);
        var expected = ModelGoldensFolder.Expected(name).GetProperty("cases").GetProperty(layout);
        var (ids, mask) = (
            ModelGoldensFolder.Ids(expected.GetProperty("input_ids")), ModelGoldensFolder.Mask(expected.GetProperty("attention_mask")));

        // Every third kept token and the last one twice, backwards: two answers read the same last token of a prompt.
        var kept = mask.reshape(-1).nonzero().squeeze(1).data<long>().ToArray();
        long[] wanted = [kept[^1], .. kept.Where((_, i) => i % 3 == 0).Reverse(), kept[^1]];
        var places = tensor(wanted);
        var upstream = randn([wanted.Length, model.OutputSize], dtype: ScalarType.Float64);
        var (states, gradients) = Run(model, () => model.HiddenAt(ids, mask, places), upstream);
        var (whole, wholeGradients) = Run(model, () => model.Hidden(ids, mask).reshape(-1, model.OutputSize).index_select(0, places), upstream);
        Assert.That(ModelGoldensFolder.MaxDifference(states, whole), Is.LessThan(1e-10));
        foreach (var (parameter, at, all) in model.Parameters.Zip(gradients, wholeGradients))
        {
            Assert.That(at is null, Is.EqualTo(all is null), parameter.Name);
            if (at is not null)
            {
                Assert.That(ModelGoldensFolder.MaxDifference(at, all!), Is.LessThan(1e-9 * (1 + all!.abs().max().item<double>())), parameter.Name);
            }
        }
    }

    private static (Tensor States, Tensor?[] Gradients) Run(DecoderModel model, Func<Tensor> states, Tensor upstream)
    {
        foreach (var parameter in model.Parameters)
        {
            parameter.Value.grad = null; // Other tests use the model too.
        }

        var result = states();
        (result * upstream).sum().backward();
        return (result.detach(), [.. model.Parameters.Select(parameter => parameter.Value.grad?.clone())]);
    }
}
