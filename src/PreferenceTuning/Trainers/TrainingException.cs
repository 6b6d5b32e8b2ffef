using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>Training cannot go on; the message says what was seen and what usually helps.</summary>
public sealed class TrainingException : Exception
{
    /// <summary>With the message.</summary>
    public TrainingException(string message)
        : base(message)
    {
    }

    /// <summary>With the message and the cause.</summary>
    public TrainingException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Without a message.</summary>
    public TrainingException()
    {
    }

    internal static void ThrowIfNotFinite(Tensor values, string what, string unit)
    {
        using var scope = NewDisposeScope();
        var bad = values.isfinite().logical_not().nonzero();
        if (bad.shape[0] > 0)
        {
            var first = bad[0, 0].item<long>();
            throw new TrainingException(
                $"The {what} of {unit} {first} is {values[first].ToDouble()} ({bad.shape[0]} of {values.shape[0]} are not finite). " +
                "Training on it would spoil the model; look at the function that gave it.");
        }
    }
}
