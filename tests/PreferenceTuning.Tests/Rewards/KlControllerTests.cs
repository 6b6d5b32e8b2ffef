using CsCheck;
using NUnit.Framework;
using PreferenceTuning.Rewards;

namespace PreferenceTuning.Tests.Rewards;

public sealed class KlControllerTests
{
    [Test]
    public void The_adaptive_controller_by_hand()
    {
        // KL 7.2 against 6: error 0.2; 512 episodes of a horizon of 10240: factor 1 + 0.2 * 0.05 = 1.01.
        var controller = new AdaptiveKlController(0.1, target: 6, horizon: 10_240);
        controller.Update(7.2, 512);
        Assert.That(controller.Coefficient, Is.EqualTo(0.101).Within(1e-15));

        // KL 100 is clipped to the same error; KL 0 to -0.2: factor 0.99.
        controller.Update(100, 512);
        Assert.That(controller.Coefficient, Is.EqualTo(0.101 * 1.01).Within(1e-15));
        controller.Update(0, 512);
        Assert.That(controller.Coefficient, Is.EqualTo(0.101 * 1.01 * 0.99).Within(1e-15));
    }

    [Test]
    public void At_the_target_nothing_changes()
    {
        var controller = new AdaptiveKlController(0.1, target: 6);
        controller.Update(6, 512);
        Assert.That(controller.Coefficient, Is.EqualTo(0.1));
    }

    [Test]
    public void The_coefficient_moves_towards_the_target_and_stays_positive() =>
        Gen.Select(Gen.Double[-100, 100], Gen.Int[1, 4000]).Sample((observed, episodes) =>
        {
            var controller = new AdaptiveKlController(0.1, target: 6);
            controller.Update(observed, episodes);
            return controller.Coefficient > 0 && (
                observed > 6 ? controller.Coefficient > 0.1 : observed == 6 || controller.Coefficient < 0.1);
        });

    [Test]
    public void A_resumed_controller_goes_on_where_the_saved_one_was()
    {
        var straight = new AdaptiveKlController(0.1, 6);
        straight.Update(9, 64);
        var resumed = new AdaptiveKlController(straight.Coefficient, straight.Target, straight.Horizon);
        straight.Update(3, 64);
        resumed.Update(3, 64);
        Assert.That(resumed.Coefficient, Is.EqualTo(straight.Coefficient));
    }

    [Test]
    public void A_fixed_coefficient_stays()
    {
        var controller = new FixedKlController(0);
        controller.Update(1e9, 10);
        Assert.That(controller.Coefficient, Is.Zero);
    }

    [Test]
    public void Wrong_arguments_are_named()
    {
        Assert.That(() => new FixedKlController(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new FixedKlController(double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => new AdaptiveKlController(0, 6), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("'coefficient'"));
        Assert.That(
            () => new AdaptiveKlController(0.1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("'target'"));
        Assert.That(
            () => new AdaptiveKlController(0.1, 6, double.NaN),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("'horizon'"));
        var controller = new AdaptiveKlController(0.1, 6, horizon: 100);
        Assert.That(() => controller.Update(double.NaN, 1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("not"));
        Assert.That(() => controller.Update(6, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => controller.Update(0, 500), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("longer horizon"));
        Assert.That(controller.Coefficient, Is.EqualTo(0.1), "a refused update changes nothing");
    }
}
