using System.Runtime.CompilerServices;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>Argument checks that several statistics share.</summary>
internal static class Check
{
    public static double Confidence(double confidence, [CallerArgumentExpression(nameof(confidence))] string name = "") =>
        confidence is > 0 and < 1
            ? confidence
            : throw new ArgumentOutOfRangeException(name, confidence, $"'{name}' must lie between 0 and 1 (0.95 for a 95 % interval).");

    public static void SameLength(int first, int second, string firstName, string secondName)
    {
        if (first != second)
        {
            throw new ArgumentException(
                $"'{secondName}' has {second} entries but '{firstName}' has {first}; they must be equal.", secondName);
        }
    }

    public static void Index(int value, int count, string name, int position)
    {
        if ((uint)value >= (uint)count)
        {
            throw new ArgumentOutOfRangeException(name, value, $"'{name}'[{position}] must lie in 0..{count - 1}.");
        }
    }

    public static void Square(Array matrix, string name)
    {
        if (matrix.GetLength(0) != matrix.GetLength(1) || matrix.GetLength(0) == 0)
        {
            throw new ArgumentException(
                $"'{name}' is {matrix.GetLength(0)} x {matrix.GetLength(1)}; it must be square and not empty.", name);
        }
    }

    public static void Count(double value, string name)
    {
        if (!double.IsFinite(value) || value < 0)
        {
            throw new ArgumentOutOfRangeException(name, value, $"'{name}' holds {value}; counts must be finite and not negative.");
        }
    }

    public static void Finite(ReadOnlySpan<double> values, string name)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                throw new ArgumentOutOfRangeException(name, values[i], $"'{name}'[{i}] must be a finite number; leave missing values out.");
            }
        }
    }
}
