using NUnit.Framework;
using PreferenceTuning.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.ModelFiles;

public sealed class RotaryAndAlibiTests
{
    [Test]
    public void A_quarter_turn_exchanges_the_halves()
    {
        using var scope = NewDisposeScope();

        // One pair (x, y) turned by 90 degrees is (-y, x).
        var (cosine, sine) = (zeros(1, 1, 1, 2), tensor(new[] { -1f, 1f }).view(1, 1, 1, 2));
        var turned = Operators.Rotate(tensor(new[] { 3f, 5f, 7f }).view(1, 1, 1, 3), cosine, sine);
        Assert.That(turned.data<float>().ToArray(), Is.EqualTo(new[] { -5f, 3f, 7f }));
    }

    [Test]
    public void Plain_frequencies_fall_geometrically()
    {
        // 10000^(-2i/4): 1, 0.01.
        Assert.That(RotaryFrequencies.Compute(new RotaryConfig { Dimensions = 4 }, 0), Is.EqualTo(new[] { 1, 0.01 }).Within(1e-15));
    }

    [Test]
    public void Linear_scaling_divides_and_dynamic_scaling_waits_for_the_length()
    {
        var linear = new RotaryConfig { Dimensions = 4, Scaling = RotaryScaling.Linear, Factor = 4 };
        Assert.That(RotaryFrequencies.Compute(linear, 0), Is.EqualTo(new[] { 0.25, 0.0025 }).Within(1e-15));

        // Twice the original length at factor 2: stretch 2 * 2 - 1 = 3, base 10000 * 3^(4/2) = 90000, 90000^(-1/2) = 1/300.
        var dynamic = new RotaryConfig { Dimensions = 4, Scaling = RotaryScaling.Dynamic, Factor = 2, OriginalContextLength = 8 };
        Assert.That(RotaryFrequencies.Compute(dynamic, 8), Is.EqualTo(new[] { 1, 0.01 }).Within(1e-15));
        Assert.That(RotaryFrequencies.Compute(dynamic, 16), Is.EqualTo(new[] { 1, 1 / 300.0 }).Within(1e-15));
    }

    [Test]
    public void Slopes_of_eight_heads_are_those_of_the_paper()
    {
        // Press et al. 2021, section 3: "for 8 heads, 1/2, 1/4, ..., 1/2^8".
        var expected = Enumerable.Range(1, 8).Select(i => Math.Pow(0.5, i));
        Assert.That(AlibiBias.Slopes(8, AlibiSlopeOrder.HigherCut), Is.EqualTo(expected).Within(1e-15));
        Assert.That(AlibiBias.Slopes(8, AlibiSlopeOrder.LowerThenInterleaved), Is.EqualTo(expected).Within(1e-15));
    }

    [Test]
    public void Slopes_of_three_heads_depend_on_the_family()
    {
        // Of four heads: 2^-2, 2^-4, 2^-6, 2^-8. MPT: the 2nd and 4th, then the 1st. BLOOM: those of two heads, then the 1st.
        Assert.That(AlibiBias.Slopes(3, AlibiSlopeOrder.HigherCut), Is.EqualTo(new[] { 1 / 16.0, 1 / 256.0, 1 / 4.0 }).Within(1e-15));
        Assert.That(
            AlibiBias.Slopes(3, AlibiSlopeOrder.LowerThenInterleaved), Is.EqualTo(new[] { 1 / 16.0, 1 / 256.0, 1 / 4.0 }).Within(1e-15));
        Assert.That(
            AlibiBias.Slopes(6, AlibiSlopeOrder.LowerThenInterleaved)[..4], Is.EqualTo(AlibiBias.Slopes(4, AlibiSlopeOrder.HigherCut)));
    }

    [Test]
    public void A_table_for_short_inputs_is_not_mixed_with_long_ones()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var rotary = new RotaryConfig { Dimensions = 2, Scaling = RotaryScaling.LongRope, OriginalContextLength = 4, ShortFactors = [1], LongFactors = [2] };
        var config = DecoderConfig.Llama(9, 8, 1, 4, 2, 12, 32) with { Rotary = rotary };
        var model = DecoderModel.Random(config, seed: 1);
        using var cache = model.NewCache(1, 8);
        _ = model.Hidden(ones(1, 4, dtype: ScalarType.Int64), cache: cache);
        Assert.That(
            () => model.Hidden(ones(1, 1, dtype: ScalarType.Int64), cache: cache), Throws.InvalidOperationException.With.Message.Contains("new cache"));
    }
}
