namespace PreferenceTuning.Numerics;

/// <summary>The numbers of one AdamW step. Loshchilov and Hutter 2019 (arXiv:1711.05101), algorithm 2.</summary>
/// <param name="LearningRate">Step size, already multiplied by the schedule.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decoupled weight decay; multiplied by the learning rate.</param>
public readonly record struct AdamWCoefficients(double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay);
