namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// Brent's root search (Brent 1973, Algorithms for Minimization without Derivatives, chapter 4) in the variant with inverse quadratic
/// extrapolation that SciPy calls brentq. MathNet's variant visits other points, which matters where a function has jumps.
/// </summary>
internal static class BrentSearch
{
    private const double Absolute = 2e-12;
    private const double Relative = 8.881784197001252e-16;

    /// <summary>A point where the function changes sign between the ends, which it has to do.</summary>
    public static double Root(Func<double, double> function, double from, double to)
    {
        double previous = from, current = to, bracket = from;
        double atPrevious = function(previous), atCurrent = function(current), atBracket = atPrevious;
        double lastStep = 0, step = 0;
        for (var round = 0; round < 100 && atCurrent != 0; round++)
        {
            if (atPrevious != 0 && double.IsNegative(atPrevious) != double.IsNegative(atCurrent))
            {
                (bracket, atBracket) = (previous, atPrevious);
                lastStep = step = current - previous;
            }

            if (Math.Abs(atBracket) < Math.Abs(atCurrent))
            {
                (previous, current, bracket) = (current, bracket, current);
                (atPrevious, atCurrent, atBracket) = (atCurrent, atBracket, atCurrent);
            }

            var reach = (Absolute + (Relative * Math.Abs(current))) / 2;
            var half = (bracket - current) / 2;
            if (atCurrent == 0 || Math.Abs(half) < reach)
            {
                return current;
            }

            var trial = half;
            if (Math.Abs(lastStep) > reach && Math.Abs(atCurrent) < Math.Abs(atPrevious))
            {
                trial = Extrapolate(previous, current, bracket, atPrevious, atCurrent, atBracket);
            }

            var good = 2 * Math.Abs(trial) < Math.Min(Math.Abs(lastStep), (3 * Math.Abs(half)) - reach);
            (lastStep, step) = good ? (step, trial) : (half, half);
            (previous, atPrevious) = (current, atCurrent);
            current += Math.Abs(step) > reach ? step : half > 0 ? reach : -reach;
            atCurrent = function(current);
        }

        return current;
    }

    private static double Extrapolate(
        double previous, double current, double bracket, double atPrevious, double atCurrent, double atBracket)
    {
        if (previous == bracket)
        {
            return -atCurrent * (current - previous) / (atCurrent - atPrevious);
        }

        var slope = (atPrevious - atCurrent) / (previous - current);
        var other = (atBracket - atCurrent) / (bracket - current);
        return -atCurrent * ((atBracket * other) - (atPrevious * slope)) / (other * slope * (atBracket - atPrevious));
    }
}
