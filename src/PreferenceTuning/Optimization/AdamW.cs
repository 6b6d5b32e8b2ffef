using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Optimization;

/// <summary>
/// AdamW. Loshchilov and Hutter 2017, arXiv:1711.05101, algorithm 2, in the arithmetic of PyTorch: the same float32 parameters bit for
/// bit.
/// </summary>
/// <remarks>
/// A parameter in bfloat16 or float16 gets a float32 master copy: the step is made there, and the parameter becomes the master rounded
/// to nearest even. Without it, steps smaller than half a unit in the last place are lost. Not thread-safe, as tensors are not.
/// </remarks>
public sealed class AdamW : IOptimizer, IDisposable
{
    private readonly AdamWOptions _options;
    private readonly List<ParameterState> _states;

    /// <summary>Creates the optimizer; the parameters must already be on their device.</summary>
    /// <param name="parameters">What is trained: every one with <c>requires_grad</c>, with distinct names.</param>
    /// <param name="options">Options; validated here.</param>
    /// <exception cref="ArgumentException">A frozen parameter, a name that occurs twice, or a type that cannot be trained.</exception>
    public AdamW(IReadOnlyList<NamedParameter> parameters, AdamWOptions? options = null)
    {
        _options = options ?? new AdamWOptions();
        _options.Validate();
        ParameterChecks.Trainable(parameters);
        _states = [.. parameters.Select(parameter => new ParameterState(parameter, _options))];
    }

    /// <summary>What is trained, in the given order.</summary>
    public IReadOnlyList<NamedParameter> Parameters => [.. _states.Select(state => state.Parameter)];

    /// <inheritdoc/>
    public void Step(double learningRate)
    {
        ParameterChecks.LearningRate(learningRate);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var rest = FusesSteps ? StepFused(learningRate) : _states;
        foreach (var state in rest)
        {
            state.Step(learningRate, _options);
        }
    }

    private bool FusesSteps =>
        _options.EpsilonPlacement == AdamEpsilon.AfterBiasCorrection && _options.WeightDecayKind == WeightDecayKind.Decoupled;

    /// <summary>Steps whole groups of tensors in one native call each, and returns the states that are left to step one by one.</summary>
    private List<ParameterState> StepFused(double learningRate)
    {
        var groups = _states.Where(state => state.CanFuse).ToLookup(state => state.FusionKey);
        foreach (var group in groups)
        {
            ParameterState[] states = [.. group];
            foreach (var state in states)
            {
                state.Count();
            }

            var step = tensor((float)states[0].Steps, device: states[0].Target.device);
            FusedOperators.AdamWStep(
                [.. states.Select(state => state.Target)],
                [.. states.Select(state => state.Gradient)],
                [.. states.Select(state => state.Average)],
                [.. states.Select(state => state.SquareAverage)],
                [.. states.Select(_ => step)],
                new AdamWCoefficients(learningRate, _options.Beta1, _options.Beta2, _options.Epsilon, states[0].WeightDecay));
            foreach (var state in states)
            {
                state.PublishMaster();
            }
        }

        return [.. _states.Where(state => !state.CanFuse)];
    }

    /// <inheritdoc/>
    public void ZeroGradients()
    {
        foreach (var state in _states)
        {
            state.Parameter.Value.grad = null;
        }
    }

    /// <summary>
    /// Everything a bit-exact resume needs, as named tensors: for each parameter <c>NAME.exp_avg</c>, <c>NAME.exp_avg_sq</c> (PyTorch's
    /// names), <c>NAME.step</c> (int64 scalar) and, where there is one, <c>NAME.master</c>.
    /// </summary>
    /// <returns>Copies, which the caller disposes (a dispose scope does).</returns>
    public IReadOnlyList<NamedParameter> ExportState() => [.. _states.SelectMany(state => state.Export())];

    /// <summary>Takes over a state that <see cref="ExportState"/> gave. Nothing is changed unless everything fits.</summary>
    /// <param name="state">Exactly the names, shapes and types of <see cref="ExportState"/>, in any order.</param>
    /// <exception cref="ArgumentException">A tensor is missing, unknown, or has another shape or type.</exception>
    public void ImportState(IReadOnlyList<NamedParameter> state)
    {
        using var scope = NewDisposeScope();
        var given = StateTensors.Match(state, ExportState());
        foreach (var parameterState in _states)
        {
            parameterState.Import(given);
        }
    }

    /// <summary>Releases the averages and master copies; the parameters belong to their model.</summary>
    public void Dispose() => _states.ForEach(state => state.Dispose());

    private sealed class ParameterState : IDisposable
    {
        private const long WholeVector = 64;
        private readonly Tensor _average;
        private readonly Tensor _squareAverage;
        private readonly Tensor? _master;
        private readonly double _weightDecay;
        private long _steps;

        public ParameterState(NamedParameter parameter, AdamWOptions options)
        {
            Parameter = parameter;
            _weightDecay = options.Decays(parameter) ? options.WeightDecay : 0;
            using var noGradient = no_grad();
            var isHalf = parameter.Value.dtype is ScalarType.BFloat16 or ScalarType.Float16;
            _master = isHalf ? parameter.Value.detach().to(ScalarType.Float32).DetachFromDisposeScope() : null;
            var like = _master ?? parameter.Value;
            _average = zeros(like.shape, like.dtype, like.device).DetachFromDisposeScope();
            _squareAverage = zeros(like.shape, like.dtype, like.device).DetachFromDisposeScope();
        }

        public NamedParameter Parameter { get; }

        /// <summary>What the step changes: the parameter, or its float32 master.</summary>
        public Tensor Target => _master ?? Parameter.Value;

        public Tensor Gradient => Parameter.Value.grad!.to(Target.dtype);

        public Tensor Average => _average;

        public Tensor SquareAverage => _squareAverage;

        public double WeightDecay => _weightDecay;

        public long Steps => _steps;

        // The native step rounds the elements behind the last whole vector otherwise than the operators do; such tensors are small
        // and are stepped by the operators, so that both ways give the same bits.
        public bool CanFuse => Parameter.Value.grad is not null && Target.numel() % WholeVector == 0 && Target.is_contiguous() && Parameter.Value.grad.is_contiguous();

        public (ScalarType, string, long, double) FusionKey => (Target.dtype, Target.device.ToString(), _steps, _weightDecay);

        public void Step(double learningRate, AdamWOptions options)
        {
            using var scope = NewDisposeScope();
            if (Parameter.Value.grad is not { } gradient)
            {
                return;
            }

            Count();
            AdamUpdate.Apply(Target, gradient.to(Target.dtype), _average, _squareAverage, _steps, learningRate, _weightDecay, options);
            PublishMaster();
        }

        public void Count() => _steps++;

        /// <summary>Brings the 16-bit parameter to its float32 master, where there is one.</summary>
        public void PublishMaster()
        {
            if (_master is not null)
            {
                Parameter.Value.copy_(_master);
            }
        }

        public IEnumerable<NamedParameter> Export()
        {
            yield return new NamedParameter(Name("exp_avg"), _average.clone());
            yield return new NamedParameter(Name("exp_avg_sq"), _squareAverage.clone());
            yield return new NamedParameter(Name("step"), tensor(_steps, ScalarType.Int64));
            if (_master is not null)
            {
                yield return new NamedParameter(Name("master"), _master.clone());
            }
        }

        public void Import(IReadOnlyDictionary<string, Tensor> state)
        {
            using var noGradient = no_grad();
            _average.copy_(state[Name("exp_avg")]);
            _squareAverage.copy_(state[Name("exp_avg_sq")]);
            _steps = state[Name("step")].item<long>();
            if (_master is not null)
            {
                _master.copy_(state[Name("master")]);
                Parameter.Value.copy_(_master);
            }
        }

        public void Dispose()
        {
            _average.Dispose();
            _squareAverage.Dispose();
            _master?.Dispose();
        }

        private string Name(string part) => $"{Parameter.Name}.{part}";
    }
}
