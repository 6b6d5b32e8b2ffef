using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Models.Pretrained;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.ModelFiles;

[OneThread]
public sealed class DecoderModelTests
{
    private static readonly DecoderConfig Gpt2 = DecoderConfig.Gpt2(
        vocabularySize: 17, hiddenSize: 8, layers: 2, heads: 2, contextLength: 10);
    private static readonly DecoderConfig Llama =
        DecoderConfig.Llama(
            vocabularySize: 17, hiddenSize: 8, layers: 2, heads: 4, keyValueHeads: 2, feedForwardSize: 12, contextLength: 32);

    private static readonly DecoderConfig[] Configs =
    [
        Gpt2,
        Llama,
        Llama with { Family = "mistral", Window = 2, WindowLayers = [true, false] },
    ];

    [TestCaseSource(nameof(Configs))]
    public void Tokens_added_through_the_cache_give_the_numbers_of_the_whole_sequence(DecoderConfig config)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var model = DecoderModel.Random(config, seed: 3, ScalarType.Float64);
        var ids = tensor(new long[] { 0, 0, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6 }).view(2, 6);
        var mask = tensor(new[] { false, false, true, true, true, true, true, true, true, true, true, true }).view(2, 6);
        var whole = model.Hidden(ids, mask);
        using var cache = model.NewCache(2, 6);
        var pieces = new[] { (0, 3), (3, 2), (5, 1) }.Select(piece =>
            model.Hidden(ids.narrow(1, piece.Item1, piece.Item2), mask.narrow(1, 0, piece.Item1 + piece.Item2), cache: cache));
        var difference = cat(pieces.ToArray(), 1).sub(whole).abs().masked_select(mask.unsqueeze(-1)).max().item<double>();
        Assert.That(difference, Is.LessThan(1e-12));
    }

    [Test]
    public void A_prompt_computed_once_serves_several_responses_and_rows_may_leave()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var model = DecoderModel.Random(Llama, seed: 4, ScalarType.Float64);
        var prompts = tensor(new long[] { 1, 2, 3, 4, 5, 6 }).view(2, 3);
        using var cache = model.NewCache(2, 8);
        _ = model.Hidden(prompts, cache: cache);
        cache.SelectRows(tensor(new long[] { 0, 1, 1 }));
        _ = model.Hidden(tensor(new long[] { 7, 8, 9 }).view(3, 1), cache: cache);
        cache.SelectRows(tensor(new long[] { 2, 0 }));
        var last = model.Hidden(tensor(new long[] { 10, 11 }).view(2, 1), cache: cache).squeeze(1);

        var whole = model.Hidden(tensor(new long[] { 4, 5, 6, 9, 10, 1, 2, 3, 7, 11 }).view(2, 5)).select(1, -1);
        Assert.That(last.sub(whole).abs().max().item<double>(), Is.LessThan(1e-12));
        Assert.That((cache.Batch, cache.Length), Is.EqualTo((2L, 5L)));
    }

    [TestCaseSource(nameof(Configs))]
    public void Padding_changes_nothing_and_a_row_of_padding_is_finite(DecoderConfig config)
    {
        using var scope = NewDisposeScope();
        var model = DecoderModel.Random(config, seed: 5, ScalarType.Float64);
        var alone = model.Hidden(tensor(new long[] { 5, 6, 7 }).view(1, 3));
        var ids = tensor(new long[] { 0, 0, 5, 6, 7, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0 }).view(3, 5);
        var mask = tensor(new[] { false, false, true, true, true, true, true, true, false, false, false, false, false, false, false }).view(3, 5);
        var padded = model.Hidden(ids, mask);
        padded.sum().backward();
        Assert.Multiple(() =>
        {
            Assert.That(padded[0].narrow(0, 2, 3).sub(alone[0]).abs().max().item<double>(), Is.LessThan(1e-12), "left");
            Assert.That(padded[1].narrow(0, 0, 3).sub(alone[0]).abs().max().item<double>(), Is.LessThan(1e-12), "right");
            Assert.That(padded.isfinite().all().item<bool>(), "finite");
            Assert.That(
                model.Parameters.Where(parameter => parameter.Value.grad is not null).All(
                    parameter => parameter.Value.grad!.isfinite().all().item<bool>()),
                "gradients");
        });
    }

    [Test]
    public void With_and_without_gradients_the_numbers_are_the_same()
    {
        using var scope = NewDisposeScope();
        var model = DecoderModel.Random(Llama, seed: 6, ScalarType.Float64);
        var ids = tensor(new long[] { 1, 2, 3, 4 }).view(1, 4);
        var training = model.Hidden(ids);
        using var noGradient = no_grad();
        Assert.That(model.Hidden(ids).sub(training).abs().max().item<double>(), Is.LessThan(1e-12));
        Assert.That(training.requires_grad);
    }

    [Test]
    public void An_update_in_place_reaches_the_forward_without_gradients()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var model = DecoderModel.Random(Llama, seed: 6);
        var ids = tensor(new long[] { 1, 2, 3, 4 }).view(1, 4);
        var before = model.Hidden(ids);
        model.Parameters.Single(parameter => parameter.Name == "model.layers.1.self_attn.v_proj.weight").Value.mul_(2);
        Assert.That(model.Hidden(ids).sub(before).abs().max().item<float>(), Is.GreaterThan(1e-4f));
    }

    private static readonly DecoderConfig[] WithBiases =
        [.. Configs, Llama with { QueryKeyValueBias = true, AttentionOutputBias = true, FeedForwardBias = true }];

    [TestCaseSource(nameof(WithBiases))]
    public void Any_one_parameter_can_be_trained_alone(DecoderConfig config)
    {
        using var scope = NewDisposeScope();
        using var model = DecoderModel.Random(config, seed: 5, ScalarType.Float32);
        var ids = tensor(new long[] { 1, 2, 3, 4, 5, 6 }).view(1, 6);
        var upstream = randn(1, 6, model.OutputSize, generator: new Generator(1, CPU));
        (model.Hidden(ids) * upstream).sum().backward();
        var together = model.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value.grad?.clone());
        foreach (var (_, value) in model.Parameters)
        {
            value.requires_grad = false;
            value.grad = null;
        }

        foreach (var (name, value) in model.Parameters.Where(parameter => together[parameter.Name] is not null))
        {
            value.requires_grad = true;
            (model.Hidden(ids) * upstream).sum().backward();
            Assert.That(value.grad is { } gradient && gradient.allclose(together[name]!, rtol: 1e-4, atol: 1e-5), name);
            value.requires_grad = false;
            value.grad = null;
        }
    }

    [Test]
    public void A_frozen_copy_stays_as_it_was_and_shares_what_is_not_trained()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var model = DecoderModel.Random(Gpt2, seed: 7);
        model.Parameters.Single(parameter => parameter.Name == "transformer.wte.weight").Value.requires_grad = false;
        var ids = tensor(new long[] { 1, 2, 3 }).view(1, 3);
        var before = model.Hidden(ids);
        var frozen = model.Frozen();
        foreach (var (_, value) in model.Parameters.Where(parameter => parameter.Value.requires_grad))
        {
            value.add_(1);
        }

        Assert.Multiple(() =>
        {
            Assert.That(frozen.Hidden(ids).sub(before).abs().max().item<float>(), Is.Zero);
            Assert.That(frozen.Parameters.All(parameter => !parameter.Value.requires_grad));
            Assert.That(Address(frozen, "transformer.wte.weight"), Is.EqualTo(Address(model, "transformer.wte.weight")), "shared");
            Assert.That(Address(frozen, "transformer.wpe.weight"), Is.Not.EqualTo(Address(model, "transformer.wpe.weight")), "copied");
        });
    }

    [Test]
    public void A_clone_has_its_own_memory_and_the_type_asked_for()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var model = DecoderModel.Random(Gpt2, seed: 8);
        model.Parameters[0].Value.requires_grad = false;
        var clone = model.Clone(ScalarType.Float64);
        model.Parameters[1].Value.zero_();
        Assert.Multiple(() =>
        {
            Assert.That(clone.Dtype, Is.EqualTo(ScalarType.Float64));
            Assert.That(clone.Parameters[0].Value.requires_grad, Is.False);
            Assert.That(clone.Parameters[1].Value.requires_grad);
            Assert.That(clone.Parameters[1].Value.abs().max().item<double>(), Is.Positive);
        });
    }

    [Test]
    public void Bfloat16_gives_the_numbers_of_float32_to_its_precision()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var wide = DecoderModel.Random(Llama, seed: 9);
        var narrow = wide.Clone(ScalarType.BFloat16);
        var ids = tensor(new long[] { 1, 2, 3, 4 }).view(1, 4);
        var (expected, actual) = (wide.Hidden(ids), narrow.Hidden(ids));
        Assert.That(actual.dtype, Is.EqualTo(ScalarType.BFloat16));
        Assert.That(actual.to(ScalarType.Float32).sub(expected).abs().max().item<float>(), Is.LessThan(0.1f));
    }

    [Test]
    public void The_same_seed_gives_the_same_weights_and_norms_begin_at_one()
    {
        using var scope = NewDisposeScope();
        var (first, second) = (DecoderModel.Random(Gpt2, seed: 1), DecoderModel.Random(Gpt2, seed: 1));
        var other = DecoderModel.Random(Gpt2, seed: 2);
        Assert.Multiple(() =>
        {
            Assert.That(first.Parameters.Zip(second.Parameters).All(pair => pair.First.Value.eq(pair.Second.Value).all().item<bool>()));
            Assert.That(first.Parameters[0].Value.eq(other.Parameters[0].Value).all().item<bool>(), Is.False);
            Assert.That(first.Parameters.Single(parameter => parameter.Name == "transformer.ln_f.weight").Value.eq(1).all().item<bool>());
        });
    }

    [Test]
    public void Forward_and_backward_leave_no_tensors_behind()
    {
        using var model = DecoderModel.Random(Llama, seed: 10);
        using var ids = tensor(new long[] { 1, 2, 3, 4 }).view(1, 4);
        using var mask = tensor(new[] { false, true, true, true }).view(1, 4);
        void Step()
        {
            using var scope = NewDisposeScope();
            model.Hidden(ids, mask).sum().backward();
            using var noGradient = no_grad();
            using var cache = model.NewCache(1, 6);
            _ = model.Hidden(ids, mask, cache: cache);
            cache.SelectRows(tensor(new long[] { 0, 0 }));
        }

        Step();
        var before = Tensor.TotalCount;
        for (var step = 0; step < 10; step++)
        {
            Step();
        }

        Assert.That(Tensor.TotalCount, Is.EqualTo(before));
    }

    [Test]
    public void Bad_inputs_are_named()
    {
        using var scope = NewDisposeScope();
        var model = DecoderModel.Random(Gpt2, seed: 11);
        var ids = zeros(2, 3, dtype: ScalarType.Int64);
        Assert.Multiple(() =>
        {
            Assert.That(() => model.Hidden(ids.to(ScalarType.Int32)), Throws.ArgumentException.With.Message.Contains("'ids'"));
            Assert.That(() => model.Hidden(zeros(0, 3, dtype: ScalarType.Int64)), Throws.ArgumentException.With.Message.Contains("'ids'"));
            Assert.That(() => model.Hidden(ids, ones(2, 3)), Throws.ArgumentException.With.Message.Contains("masks are bool"));
            Assert.That(
                () => model.Hidden(ids, ones(2, 4, dtype: ScalarType.Bool)), Throws.ArgumentException.With.Message.Contains("[2, 4]"));
            Assert.That(
                () => model.Hidden(full([1, 2], 17, dtype: ScalarType.Int64)),
                Throws.ArgumentException.With.Message.Contains("17").And.Message.Contains("tokenizer"));
            Assert.That(
                () => model.Hidden(zeros(1, 11, dtype: ScalarType.Int64)),
                Throws.ArgumentException.With.Message.Contains("11 tokens").And.Message.Contains("10"));
            Assert.That(
                () => model.Hidden(ids, cache: model.NewCache(2, 8)), Throws.InvalidOperationException.With.Message.Contains("no_grad"));
            Assert.That(
                () => Without(() => model.Hidden(ids, cache: model.NewCache(3, 8))),
                Throws.ArgumentException.With.Message.Contains("SelectRows"));
            Assert.That(
                () => Without(() => model.Hidden(ids, cache: model.NewCache(2, 2))),
                Throws.ArgumentException.With.Message.Contains("capacity"));
            Assert.That(
                () => DecoderModel.Random(Gpt2 with { KeyValueHeads = 3 }, 0),
                Throws.ArgumentException.With.Message.Contains("KeyValueHeads"));
            Assert.That(
                () => DecoderModel.Random(Gpt2 with { Family = "gpt5" }, 0),
                Throws.ArgumentException.With.Message.Contains("known are gpt2, llama"));
        });
    }

    [Test]
    public void Padding_on_the_left_does_not_count_against_the_context()
    {
        using var scope = NewDisposeScope();
        var model = DecoderModel.Random(Gpt2, seed: 12);
        var mask = arange(12).ge(2).unsqueeze(0);
        Assert.That(model.Hidden(ones(1, 12, dtype: ScalarType.Int64), mask).shape, Is.EqualTo(new long[] { 1, 12, 8 }));
    }

    private static void Without(Action action)
    {
        using var noGradient = no_grad();
        action();
    }

    private static IntPtr Address(DecoderModel model, string name)
    {
        var value = model.Parameters.Single(parameter => parameter.Name == name).Value;
        return value.storage<float>().data_ptr();
    }
}
