using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>Argument checks over tensors. Every message names the argument, what came and what was expected.</summary>
internal static class Check
{
    public static void Rank(Tensor tensor, int rank, [CallerArgumentExpression(nameof(tensor))] string? name = null)
    {
        if (tensor.dim() != rank)
        {
            throw new ArgumentException($"'{name}' has shape {Shape(tensor)}; {rank} dimension{(rank == 1 ? "" : "s")} were expected.", name);
        }
    }

    public static void SameShape(
        Tensor tensor,
        Tensor other,
        [CallerArgumentExpression(nameof(tensor))] string? name = null,
        [CallerArgumentExpression(nameof(other))] string? otherName = null)
    {
        if (!tensor.shape.AsSpan().SequenceEqual(other.shape))
        {
            throw new ArgumentException($"'{name}' has shape {Shape(tensor)} but '{otherName}' has shape {Shape(other)}; they must be equal.", name);
        }
    }

    public static void SameType(
        Tensor tensor,
        Tensor other,
        [CallerArgumentExpression(nameof(tensor))] string? name = null,
        [CallerArgumentExpression(nameof(other))] string? otherName = null)
    {
        if (tensor.dtype != other.dtype)
        {
            throw new ArgumentException($"'{name}' has type {tensor.dtype} but '{otherName}' has {other.dtype}; they must be equal.", name);
        }
    }

    public static void Size(Tensor tensor, int dimension, long expected, [CallerArgumentExpression(nameof(tensor))] string? name = null)
    {
        if (tensor.shape[dimension] != expected)
        {
            throw new ArgumentException($"'{name}' has shape {Shape(tensor)}; dimension {dimension} must be {expected}.", name);
        }
    }

    public static void Mask(Tensor mask, [CallerArgumentExpression(nameof(mask))] string? name = null)
    {
        if (mask.dtype != ScalarType.Bool)
        {
            throw new ArgumentException($"'{name}' has type {mask.dtype}; masks are bool and true means keep.", name);
        }
    }

    public static void FloatingPoint(Tensor tensor, [CallerArgumentExpression(nameof(tensor))] string? name = null)
    {
        if (!tensor.is_floating_point())
        {
            throw new ArgumentException($"'{name}' has type {tensor.dtype}; a floating-point tensor was expected.", name);
        }
    }

    public static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
}
