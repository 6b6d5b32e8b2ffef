namespace PreferenceTuning.Optimization;

/// <summary>Changes parameters along their gradients.</summary>
public interface IOptimizer
{
    /// <summary>One step with the gradients as they are. Parameters without a gradient stay as they are.</summary>
    /// <param name="learningRate">The rate of this step, for example peak rate times a schedule's multiplier.</param>
    void Step(double learningRate);

    /// <summary>Forgets all gradients.</summary>
    void ZeroGradients();
}
