namespace PreferenceTuning.Optimization;

/// <summary>The shape of the rise and of the fall of <see cref="LearningRateSchedules.WarmupStableDecay"/>.</summary>
public enum ScheduleShape
{
    /// <summary>A straight line.</summary>
    Linear,

    /// <summary>Half a cosine.</summary>
    Cosine,

    /// <summary><c>1 - sqrt</c>.</summary>
    OneMinusSqrt,
}

/// <summary>
/// Learning-rate schedules as pure functions of the step: the factor on the peak rate for optimizer step 0, 1, 2, ... They are those of
/// Hugging Face's <c>get_scheduler</c> (Transformers 5), number for number up to the last step. Past it, the cosine schedules stay
/// where they ended; there they rise again, which the methods named <c>...Periodic</c> do too. Warm-up starts at 0, so that the first
/// step of a run with warm-up changes nothing.
/// </summary>
public static class LearningRateSchedules
{
    /// <summary>1, always.</summary>
    /// <param name="step">From 0.</param>
    public static double Constant(long step)
    {
        CheckStep(step);
        return 1;
    }

    /// <summary>A linear rise to 1, then 1.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="warmupSteps">Length of the rise.</param>
    public static double ConstantWithWarmup(long step, long warmupSteps) => Warmup(step, warmupSteps) ?? 1;

    /// <summary>A linear rise to 1, then a linear fall to 0 at the last step.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="warmupSteps">Length of the rise.</param>
    /// <param name="totalSteps">Where the fall ends.</param>
    public static double Linear(long step, long warmupSteps, long totalSteps) =>
        Warmup(step, warmupSteps) ?? Math.Max(0, (totalSteps - step) / Math.Max(1.0, totalSteps - warmupSteps));

    /// <summary>
    /// A linear rise to 1, then a cosine down to <paramref name="floor"/>. Loshchilov and Hutter 2016, arXiv:1608.03983, eq. 5.
    /// </summary>
    /// <param name="step">From 0.</param>
    /// <param name="warmupSteps">Length of the rise.</param>
    /// <param name="totalSteps">Where the fall ends; the factor stays there.</param>
    /// <param name="cycles">How many waves fit; 0.5 is one fall.</param>
    /// <param name="floor">The lowest factor, a share of the peak rate.</param>
    public static double Cosine(long step, long warmupSteps, long totalSteps, double cycles = 0.5, double floor = 0) =>
        Warmup(step, warmupSteps) ?? Wave(Math.Min(1, Progress(step, warmupSteps, totalSteps)), cycles, floor);

    /// <summary>
    /// As <see cref="Cosine"/>, but past the last step the wave goes on: Hugging Face's <c>cosine</c> and <c>cosine_with_min_lr</c>.
    /// </summary>
    /// <param name="step">From 0.</param>
    /// <param name="warmupSteps">Length of the rise.</param>
    /// <param name="totalSteps">Where the first fall ends.</param>
    /// <param name="cycles">How many waves fit; 0.5 is one fall.</param>
    /// <param name="floor">The lowest factor, a share of the peak rate.</param>
    public static double CosinePeriodic(long step, long warmupSteps, long totalSteps, double cycles = 0.5, double floor = 0) =>
        Warmup(step, warmupSteps) ?? Wave(Progress(step, warmupSteps, totalSteps), cycles, floor);

    /// <summary>
    /// A linear rise to 1, then several falls from 1, each followed by a jump back; 0 from the last step on. arXiv:1608.03983.
    /// </summary>
    /// <param name="step">From 0.</param>
    /// <param name="warmupSteps">Length of the rise.</param>
    /// <param name="totalSteps">Where the last fall ends.</param>
    /// <param name="cycles">How many falls.</param>
    public static double CosineWithRestarts(long step, long warmupSteps, long totalSteps, int cycles = 1)
    {
        if (Warmup(step, warmupSteps) is { } rising)
        {
            return rising;
        }

        var progress = Progress(step, warmupSteps, totalSteps);
        return progress >= 1 ? 0 : Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * (cycles * progress % 1))));
    }

    /// <summary>
    /// Hugging Face's <c>cosine_warmup_with_min_lr</c>: the same cosine one step ahead, so that the first step already learns and the
    /// floor is reached at the last step that runs, <c>totalSteps - 1</c>.
    /// </summary>
    /// <param name="step">From 0.</param>
    /// <param name="warmupSteps">Length of the rise.</param>
    /// <param name="totalSteps">How many steps run; the factor stays at its end.</param>
    /// <param name="floor">The lowest factor, a share of the peak rate.</param>
    /// <param name="warmupFloor">Where the rise starts; not given = at <c>1 / warmupSteps</c>.</param>
    /// <param name="cycles">How many waves fit; 0.5 is one fall.</param>
    public static double CosineAhead(
        long step, long warmupSteps, long totalSteps, double floor = 0, double? warmupFloor = null, double cycles = 0.5) =>
        WarmupAhead(step, warmupSteps, warmupFloor) ?? Wave(Math.Min(1, Progress(step + 1, warmupSteps, totalSteps)), cycles, floor);

    /// <summary>As <see cref="CosineAhead"/>, but past the last step the wave goes on, as in Hugging Face's function.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="warmupSteps">Length of the rise.</param>
    /// <param name="totalSteps">How many steps run.</param>
    /// <param name="floor">The lowest factor, a share of the peak rate.</param>
    /// <param name="warmupFloor">Where the rise starts; not given = at <c>1 / warmupSteps</c>.</param>
    /// <param name="cycles">How many waves fit; 0.5 is one fall.</param>
    public static double CosineAheadPeriodic(
        long step, long warmupSteps, long totalSteps, double floor = 0, double? warmupFloor = null, double cycles = 0.5) =>
        WarmupAhead(step, warmupSteps, warmupFloor) ?? Wave(Progress(step + 1, warmupSteps, totalSteps), cycles, floor);

    /// <summary>
    /// A linear rise to 1, then <c>(1 - floor) (1 - progress)^power + floor</c>; <paramref name="floor"/> from the last step on.
    /// </summary>
    /// <param name="step">From 0.</param>
    /// <param name="warmupSteps">Length of the rise.</param>
    /// <param name="totalSteps">Where the fall ends.</param>
    /// <param name="power">1 is a straight line.</param>
    /// <param name="floor">
    /// The last factor, a share of the peak rate. Hugging Face gives an absolute rate, 1e-7 by default: divide it by the peak rate.
    /// </param>
    public static double Polynomial(long step, long warmupSteps, long totalSteps, double power = 1, double floor = 0) =>
        Warmup(step, warmupSteps)
        ?? (step > totalSteps ? floor : ((1 - floor) * Math.Pow(1 - Progress(step, warmupSteps, totalSteps), power)) + floor);

    /// <summary>
    /// A linear rise to 1, then <c>1 / sqrt</c> of the time; it does not know how long the run is. Vaswani et al. 2017,
    /// arXiv:1706.03762, eq. 3.
    /// </summary>
    /// <param name="step">From 0.</param>
    /// <param name="warmupSteps">Length of the rise.</param>
    /// <param name="timescale">
    /// Steps after which the factor has fallen to <c>1 / sqrt 2</c>; not given = the warm-up, or 10000 without one.
    /// </param>
    public static double InverseSqrt(long step, long warmupSteps, long? timescale = null)
    {
        if (Warmup(step, warmupSteps) is { } rising)
        {
            return rising;
        }

        double scale = timescale ?? (warmupSteps == 0 ? 10_000 : warmupSteps);
        return 1 / Math.Sqrt((step + scale - warmupSteps) / scale);
    }

    /// <summary>A rise to 1, a plateau, a fall to <paramref name="floor"/>. Hu et al. 2024 (MiniCPM), arXiv:2404.06395.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="warmupSteps">Length of the rise.</param>
    /// <param name="stableSteps">Length of the plateau (in Hugging Face by default what the other two leave of the run).</param>
    /// <param name="decaySteps">Length of the fall.</param>
    /// <param name="decay">Shape of the fall; cosine in Hugging Face.</param>
    /// <param name="warmup">Shape of the rise; linear in Hugging Face.</param>
    /// <param name="floor">The first and the last factor, a share of the peak rate.</param>
    /// <param name="cycles">Waves of a cosine fall; 0.5 is one fall.</param>
    public static double WarmupStableDecay(
        long step,
        long warmupSteps,
        long stableSteps,
        long decaySteps,
        ScheduleShape decay = ScheduleShape.Cosine,
        ScheduleShape warmup = ScheduleShape.Linear,
        double floor = 0,
        double cycles = 0.5)
    {
        CheckStep(step);
        if (step < warmupSteps)
        {
            return AboveFloor(Rise(warmup, step / (double)warmupSteps), floor);
        }

        var since = step - warmupSteps - stableSteps;
        return since < 0 ? 1 : since < decaySteps ? AboveFloor(Fall(decay, since / (double)decaySteps, cycles), floor) : floor;
    }

    private static double Rise(ScheduleShape shape, double progress) => shape switch
    {
        ScheduleShape.Linear => progress,
        ScheduleShape.Cosine => 0.5 * (1 - Math.Cos(Math.PI * progress)),
        ScheduleShape.OneMinusSqrt => 1 - Math.Sqrt(1 - progress),
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "Unknown shape."),
    };

    private static double Fall(ScheduleShape shape, double progress, double cycles) => shape switch
    {
        ScheduleShape.Linear => 1 - progress,
        ScheduleShape.Cosine => 0.5 * (1 + Math.Cos(Math.PI * cycles * 2 * progress)),
        ScheduleShape.OneMinusSqrt => 1 - Math.Sqrt(progress),
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "Unknown shape."),
    };

    private static double AboveFloor(double factor, double floor) => Math.Max(0, (factor * (1 - floor)) + floor);

    private static double Wave(double progress, double cycles, double floor) =>
        AboveFloor(0.5 * (1 + Math.Cos(Math.PI * cycles * 2 * progress)), floor);

    private static double Progress(long step, long warmupSteps, long totalSteps) =>
        (step - warmupSteps) / Math.Max(1.0, totalSteps - warmupSteps);

    private static double? Warmup(long step, long warmupSteps)
    {
        CheckStep(step);
        return step < warmupSteps ? step / (double)warmupSteps : null;
    }

    private static double? WarmupAhead(long step, long warmupSteps, double? floor)
    {
        CheckStep(step);
        return step >= warmupSteps ? null
            : floor is { } start ? start + ((1 - start) * step / Math.Max(1, warmupSteps - 1))
            : (step + 1.0) / warmupSteps;
    }

    private static void CheckStep(long step) => ArgumentOutOfRangeException.ThrowIfNegative(step);
}
