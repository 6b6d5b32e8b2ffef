using PreferenceTuning.Numerics;

namespace PreferenceTuning.Optimization;

/// <summary>What every optimizer demands of its arguments.</summary>
internal static class ParameterChecks
{
    public static void Trainable(IReadOnlyList<NamedParameter> parameters)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in parameters)
        {
            if (!names.Add(name))
            {
                throw new ArgumentException(
                    $"'parameters' has the name '{name}' twice; state is kept by name, so names must be distinct.", nameof(parameters));
            }

            Check.FloatingPoint(value, name);
            if (!value.requires_grad || !value.is_leaf)
            {
                throw new ArgumentException(
                    $"'parameters' has '{name}', which is not trained (requires_grad {value.requires_grad}, leaf {value.is_leaf}); "
                    + "pass only trainable parameters.",
                    nameof(parameters));
            }
        }
    }

    public static void LearningRate(double learningRate)
    {
        if (!(learningRate >= 0 && double.IsFinite(learningRate)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(learningRate), learningRate, "The learning rate must be a finite number of at least 0.");
        }
    }
}
