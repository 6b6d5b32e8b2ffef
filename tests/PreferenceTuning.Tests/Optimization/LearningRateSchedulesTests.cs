using CsCheck;
using NUnit.Framework;
using static PreferenceTuning.Optimization.LearningRateSchedules;

namespace PreferenceTuning.Tests.Optimization;

public sealed class LearningRateSchedulesTests
{
    [Test]
    public void Points_by_hand()
    {
        Assert.That(Linear(0, 0, 10), Is.EqualTo(1));
        Assert.That(Linear(2, 4, 10), Is.EqualTo(0.5), "half of the warm-up");
        Assert.That(Linear(7, 4, 10), Is.EqualTo(0.5), "half of the fall");
        Assert.That(Linear(99, 4, 10), Is.Zero);
        Assert.That(Cosine(6, 2, 10), Is.EqualTo(0.5).Within(1e-15), "cos(pi / 2)");
        Assert.That(Cosine(6, 2, 10, floor: 0.2), Is.EqualTo(0.6).Within(1e-15));
        Assert.That(Cosine(14, 2, 10), Is.Zero.Within(1e-15));
        Assert.That(CosinePeriodic(18, 2, 10), Is.EqualTo(1), "the wave is back up");
        Assert.That(CosineWithRestarts(5, 0, 10, cycles: 2), Is.EqualTo(1), "the restart");
        Assert.That(Polynomial(5, 0, 10, power: 2, floor: 0.2), Is.EqualTo(0.4).Within(1e-15), "0.8 * 0.25 + 0.2");
        Assert.That(InverseSqrt(16, 4), Is.EqualTo(0.5), "sqrt(4 / 16)");
        Assert.That(WarmupStableDecay(7, 2, 4, 4, decay: PreferenceTuning.Optimization.ScheduleShape.Linear), Is.EqualTo(0.75));
        Assert.That(Constant(5), Is.EqualTo(1));
        Assert.That(ConstantWithWarmup(1, 4), Is.EqualTo(0.25));
    }

    [Test]
    public void Factors_stay_between_the_floor_and_one_and_do_not_rise_after_the_end() =>
        Gen.Select(Gen.Long[0, 20], Gen.Long[0, 20], Gen.Long[0, 60], Gen.Double[0, 0.9]).Sample((warmup, rest, step, floor) =>
        {
            var total = warmup + rest + 1;
            double[] Factors(long at) =>
            [
                Cosine(at, warmup, total, 0.5, floor),
                CosineAhead(at, warmup, total, floor),
                Polynomial(at, warmup, total, 2, floor),
                Linear(at, warmup, total),
            ];
            var (now, next) = (Factors(step), Factors(step + 1));
            return now.All(factor => factor is >= 0 and <= 1)
                && (step < warmup || now.Zip(next).All(pair => pair.Second <= pair.First))
                && (step < total || now[..3].All(factor => Math.Abs(factor - floor) < 1e-12));
        });

    [Test]
    public void A_negative_step_is_refused() =>
        Assert.That(() => Cosine(-1, 0, 10), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
