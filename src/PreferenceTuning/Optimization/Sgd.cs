using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Optimization;

/// <summary>Options of <see cref="Sgd"/>. Defaults as in PyTorch.</summary>
public sealed record SgdOptions
{
    /// <summary>Share of the last step that goes on, in [0, 1); 0.</summary>
    public double Momentum { get; init; }

    /// <summary>Looks ahead along the momentum (Nesterov); false. Needs a momentum.</summary>
    public bool Nesterov { get; init; }

    /// <summary><c>decay p</c> is added to the gradient, at least 0; 0. Every parameter decays, as in PyTorch.</summary>
    public double WeightDecay { get; init; }
}

/// <summary>
/// Stochastic gradient descent with momentum, in the arithmetic of PyTorch: <c>b = momentum b + g</c> (the first <c>b</c> is <c>g</c>),
/// <c>p = p - lr b</c>; Nesterov steps along <c>g + momentum b</c>. Sutskever et al. 2013 (ICML), section 2. Half-precision parameters
/// are refused: use <see cref="AdamW"/>, which keeps a float32 master copy.
/// </summary>
public sealed class Sgd : IOptimizer, IDisposable
{
    private readonly SgdOptions _options;
    private readonly IReadOnlyList<NamedParameter> _parameters;
    private readonly Tensor?[] _momenta;

    /// <summary>Creates the optimizer; the parameters must already be on their device.</summary>
    /// <param name="parameters">What is trained: every one with <c>requires_grad</c>, with distinct names.</param>
    /// <param name="options">Options; validated here.</param>
    public Sgd(IReadOnlyList<NamedParameter> parameters, SgdOptions? options = null)
    {
        _options = options ?? new SgdOptions();
        var (momentum, decay) = (_options.Momentum, _options.WeightDecay);
        if (!(momentum >= 0 && momentum < 1) || !(decay >= 0) || (_options.Nesterov && momentum == 0))
        {
            throw new ArgumentException(
                $"{_options}: momentum must be in [0, 1), decay at least 0, and Nesterov needs a momentum.", nameof(options));
        }

        ParameterChecks.Trainable(parameters);
        if (parameters.FirstOrDefault(p => p.Value.dtype is ScalarType.BFloat16 or ScalarType.Float16) is { } half)
        {
            throw new ArgumentException(
                $"'{half.Name}' is {half.Value.dtype}; small steps would be lost: train in float32, or use AdamW.", nameof(parameters));
        }

        _parameters = parameters;
        _momenta = new Tensor?[parameters.Count];
    }

    /// <inheritdoc/>
    public void Step(double learningRate)
    {
        ParameterChecks.LearningRate(learningRate);
        using var noGradient = no_grad();
        for (var i = 0; i < _parameters.Count; i++)
        {
            using var scope = NewDisposeScope();
            var parameter = _parameters[i].Value;
            if (parameter.grad is { } gradient)
            {
                parameter.add_(Direction(i, gradient, parameter), alpha: -learningRate);
            }
        }
    }

    /// <inheritdoc/>
    public void ZeroGradients()
    {
        foreach (var (_, value) in _parameters)
        {
            value.grad = null;
        }
    }

    /// <summary>The momenta as named tensors <c>NAME.momentum_buffer</c> (PyTorch's name): zeros where no step was made yet.</summary>
    /// <returns>Copies, which the caller disposes (a dispose scope does); none without momentum.</returns>
    public IReadOnlyList<NamedParameter> ExportState() => _options.Momentum == 0
        ? []
        : [.. _parameters.Select((parameter, i) =>
            new NamedParameter(Name(i), _momenta[i]?.clone() ?? zeros_like(parameter.Value).detach()))];

    /// <summary>Takes over a state that <see cref="ExportState"/> gave. Nothing is changed unless everything fits.</summary>
    /// <param name="state">Exactly the names, shapes and types of <see cref="ExportState"/>, in any order.</param>
    public void ImportState(IReadOnlyList<NamedParameter> state)
    {
        using var scope = NewDisposeScope();
        var given = StateTensors.Match(state, ExportState());
        for (var i = 0; i < _momenta.Length && _options.Momentum != 0; i++)
        {
            // A zero buffer and no buffer give the same next step: momentum * 0 + g = g.
            var momentum = given[Name(i)].clone().DetachFromDisposeScope();
            _momenta[i]?.Dispose();
            _momenta[i] = momentum;
        }
    }

    /// <summary>Releases the momenta; the parameters belong to their model.</summary>
    public void Dispose() => Array.ForEach(_momenta, momentum => momentum?.Dispose());

    private Tensor Direction(int i, Tensor gradient, Tensor parameter)
    {
        if (_options.WeightDecay != 0)
        {
            gradient = gradient.add(parameter, alpha: _options.WeightDecay);
        }

        if (_options.Momentum == 0)
        {
            return gradient;
        }

        if (_momenta[i] is { } momentum)
        {
            momentum.mul_(_options.Momentum).add_(gradient);
        }
        else
        {
            momentum = _momenta[i] = gradient.detach().clone().DetachFromDisposeScope();
        }

        return _options.Nesterov ? gradient.add(momentum, alpha: _options.Momentum) : momentum;
    }

    private string Name(int i) => $"{_parameters[i].Name}.momentum_buffer";
}
