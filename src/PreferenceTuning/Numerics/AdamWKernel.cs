using System.Numerics;
using PreferenceTuning.Numerics.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>The managed AdamW step: over memory where the tensors allow it, in the order of operations of libtorch's fused kernel, else torch operators.</summary>
internal static unsafe class AdamWKernel
{
    private const long Grain = 1 << 14;

    public static void Step(Tensor parameter, Tensor gradient, Tensor first, Tensor second, Tensor step, AdamWCoefficients c)
    {
        var t = (double)step.item<float>();
        var stepSize = c.LearningRate / (1 - Math.Pow(c.Beta1, t));
        var rootCorrection = Math.Sqrt(1 - Math.Pow(c.Beta2, t));
        Tensor[] all = [parameter, gradient, first, second];
        if (!all.All(tensor => tensor.device_type == DeviceType.CPU && tensor.is_contiguous()) || HeadChunks.Is16Bit(parameter.dtype))
        {
            Operators(parameter, gradient, first, second, stepSize, rootCorrection, c);
        }
        else if (parameter.dtype == ScalarType.Float64)
        {
            Memory(all, new Factors<double>(c, stepSize, rootCorrection));
        }
        else
        {
            Memory(all, new Factors<float>(c, stepSize, rootCorrection));
        }
    }

    private static void Operators(
        Tensor parameter, Tensor gradient, Tensor first, Tensor second, double stepSize, double rootCorrection, AdamWCoefficients c)
    {
        using var scope = NewDisposeScope();
        parameter.mul_(1 - (c.LearningRate * c.WeightDecay));
        first.lerp_(gradient, 1 - c.Beta1);
        second.mul_(c.Beta2).addcmul_(gradient, gradient, 1 - c.Beta2);
        var denominator = (second.sqrt() / rootCorrection).add_(c.Epsilon);
        parameter.addcdiv_(first, denominator, -stepSize);
    }

    private static void Memory<T>(Tensor[] tensors, Factors<T> factors)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var parameter = (T*)TensorMemory.Pointer(tensors[0]);
        var gradient = (T*)TensorMemory.Pointer(tensors[1]);
        var first = (T*)TensorMemory.Pointer(tensors[2]);
        var second = (T*)TensorMemory.Pointer(tensors[3]);
        RowLoop.Run(tensors[0].numel(), Grain, (begin, end) =>
        {
            for (; begin + Vector<T>.Count <= end; begin += Vector<T>.Count)
            {
                factors.Vectors(parameter + begin, gradient + begin, first + begin, second + begin);
            }

            for (; begin < end; begin++)
            {
                factors.Single(parameter + begin, gradient + begin, first + begin, second + begin);
            }
        });
        GC.KeepAlive(tensors);
    }

    private readonly struct Factors<T>(AdamWCoefficients c, double stepSize, double rootCorrection)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T _decay = T.CreateTruncating(1 - (c.LearningRate * c.WeightDecay));
        private readonly T _firstWeight = T.CreateTruncating(1 - c.Beta1);
        private readonly T _beta2 = T.CreateTruncating(c.Beta2);
        private readonly T _secondWeight = T.CreateTruncating(1 - c.Beta2);
        private readonly T _rootCorrection = T.CreateTruncating(rootCorrection);
        private readonly T _epsilon = T.CreateTruncating(c.Epsilon);
        private readonly T _stepSize = T.CreateTruncating(-stepSize);

        public void Vectors(T* parameter, T* gradient, T* first, T* second)
        {
            var g = Vector.Load(gradient);
            var m = Vector.Load(first);
            var difference = g - m;

            // torch's lerp starts from the nearer end.
            m = T.Abs(_firstWeight) < T.CreateTruncating(0.5)
                ? MultiplyAdd(difference, new(_firstWeight), m)
                : MultiplyAdd(difference, new(_firstWeight - T.One), g);
            var v = MultiplyAdd(g * _secondWeight, g, Vector.Load(second) * _beta2);
            var denominator = (Vector.SquareRoot(v) / new Vector<T>(_rootCorrection)) + new Vector<T>(_epsilon);
            var p = (Vector.Load(parameter) * _decay) + (m * _stepSize / denominator);
            m.Store(first);
            v.Store(second);
            p.Store(parameter);
        }

        public void Single(T* parameter, T* gradient, T* first, T* second)
        {
            var (g, m) = (*gradient, *first);
            m = T.Abs(_firstWeight) < T.CreateTruncating(0.5)
                ? T.FusedMultiplyAdd(g - m, _firstWeight, m)
                : T.FusedMultiplyAdd(g - m, _firstWeight - T.One, g);
            var v = T.FusedMultiplyAdd(g * _secondWeight, g, *second * _beta2);
            var denominator = (T.Sqrt(v) / _rootCorrection) + _epsilon;
            *parameter = (*parameter * _decay) + (m * _stepSize / denominator);
            (*first, *second) = (m, v);
        }

        private static Vector<T> MultiplyAdd(Vector<T> a, Vector<T> b, Vector<T> c) => typeof(T) == typeof(float)
            ? Vector.FusedMultiplyAdd(a.As<T, float>(), b.As<T, float>(), c.As<T, float>()).As<float, T>()
            : Vector.FusedMultiplyAdd(a.As<T, double>(), b.As<T, double>(), c.As<T, double>()).As<double, T>();
    }
}
