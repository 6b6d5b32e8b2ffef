using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Numerics;

namespace PreferenceTuning.Tests.Numerics;

/// <summary>The loops over one row, in both vector widths, against plain double arithmetic.</summary>
public sealed class SoftmaxRowTests
{
    private static readonly Gen<float[]> Rows = Gen.Float[-40, 40].Array[1, 5000];

    [Test]
    public void One_pass_gives_log_sum_exp_log_prob_and_entropy() => Rows.Sample(
        row =>
        {
            var max = row.Max();
            var sum = row.Sum(x => Math.Exp((double)x - max));
            var entropy = -row.Sum(x => Math.Exp((double)x - max) / sum * ((double)x - max - Math.Log(sum)));
            var target = row.Length / 2;
            var got = SoftmaxRow.LogProbAndEntropy(row, target);
            Assert.That(SoftmaxRow.Max(row), Is.EqualTo(max));
            Assert.That(SoftmaxRow.LogSumExp(row), Is.EqualTo(max + Math.Log(sum)).Within(2e-6));
            Assert.That(got.LogProb, Is.EqualTo((double)row[target] - max - Math.Log(sum)).Within(2e-6));
            Assert.That(got.Entropy, Is.EqualTo(entropy).Within(4e-6));
        },
        iter: 50);

    [Test]
    public void Vectors_of_256_and_512_bits_and_single_steps_agree() => Rows.Sample(
        row =>
        {
            var max = row.Max();
            var (wide, narrow, single) = (
                Sums(row, max, Softmax512.Add), Sums(row, max, Softmax256.Add), Sums(row, max, SoftmaxScalar.Add));
            Assert.That(Softmax256.Max(row), Is.EqualTo(max));
            Assert.That(Softmax512.Max(row), Is.EqualTo(max));
            foreach (var sums in new[] { wide, narrow })
            {
                Assert.That(sums.Sum, Is.EqualTo(single.Sum).Within(3e-6 * single.Sum));
                Assert.That(sums.Weighted, Is.EqualTo(single.Weighted).Within(3e-6 * Math.Max(1, -single.Weighted)));
            }

            var gradient = new SoftmaxGradient(max, 1, (float)(1 / single.Sum), 0.7f, -0.3f, 0.01f);
            float[][] written = [new float[row.Length], new float[row.Length], new float[row.Length]];
            Softmax512.Gradient(row, written[0], gradient);
            Softmax256.Gradient(row, written[1], gradient);
            SoftmaxScalar.Gradient(row, written[2], gradient);
            foreach (var vectors in written[..2])
            {
                Assert.That(
                    vectors.Zip(written[2]).Max(pair => Math.Abs(pair.First - pair.Second) - (1e-6 * Math.Abs(pair.Second))),
                    Is.LessThan(1e-6));
            }
        },
        iter: 30);

    [Test]
    public void A_row_without_any_possible_token_is_not_a_number() =>
        Assert.That(SoftmaxRow.LogProbAndEntropy([float.NegativeInfinity, float.NegativeInfinity], 0).LogProb, Is.NaN);

    private delegate void Adder(ReadOnlySpan<float> logits, float scale, float max, ref double sum, ref double weighted);

    private static (double Sum, double Weighted) Sums(float[] row, float max, Adder add)
    {
        var (sum, weighted) = (0.0, 0.0);
        for (var start = 0; start < row.Length; start += 1024)
        {
            add(row.AsSpan(start, Math.Min(1024, row.Length - start)), 1, max, ref sum, ref weighted);
        }

        return (sum, weighted);
    }
}
