using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace PreferenceTuning.Numerics;

/// <summary>
/// Runs backward passes that contain this library's own gradient functions. libtorch ends the process when such a function
/// throws, so it catches, and the exception is thrown here, after the pass. The next use of such a function and the next
/// optimizer step throw it too, so a plain <c>loss.backward()</c> cannot hide it for long; but after it the gradients are wrong.
/// </summary>
public static class CheckedBackward
{
    private const string Released = "released";
    private static readonly Lock Gate = new();
    private static volatile bool _frees;
    private static ExceptionDispatchInfo? _fault;
    private static List<Tensor> _returned = [];

    /// <summary>The pass under way is one of <see cref="Run"/>: a gradient function may write over what it kept.</summary>
    internal static bool UsesGraphOnce => _frees;

    /// <summary>
    /// Computes the gradients of a scalar with respect to the leaves, and throws what a gradient function could not. Each gradient
    /// function frees what it kept as soon as it has run, as libtorch's own do, so a graph is used once.
    /// </summary>
    /// <param name="loss">A scalar that requires a gradient.</param>
    /// <exception cref="ArgumentException">The loss is not a scalar.</exception>
    /// <exception cref="InvalidOperationException">An earlier call has used the graph.</exception>
    public static void Run(Tensor loss)
    {
        if (loss.numel() != 1)
        {
            throw new ArgumentException($"'{nameof(loss)}' has shape {Check.Shape(loss)}; a scalar was expected.", nameof(loss));
        }

        ThrowPending();
        _frees = true;
        try
        {
            loss.backward();
        }
        finally
        {
            _frees = false;
            Release();
        }

        ThrowPending();
    }

    /// <summary>Throws the exception of an earlier backward pass, once.</summary>
    internal static void ThrowPending()
    {
        ExceptionDispatchInfo? fault;
        lock (Gate)
        {
            (fault, _fault) = (_fault, null);
        }

        fault?.Throw();
    }

    /// <summary>
    /// First in each custom forward: undefined gradients reach <see cref="Guard"/> as they are. TorchSharp would put zeros in their
    /// place, of an output that the scope around the forward has released by then, and the process would end.
    /// </summary>
    internal static void Accept(autograd.AutogradContext ctx) => ctx.set_materialize_grads(false);

    /// <summary>
    /// The body of a custom backward. What <paramref name="gradients"/> throws is kept for later and every gradient becomes
    /// undefined. libtorch copies the returned handles after the managed call has returned, and nothing would release the managed
    /// tensors before the training step's scope ends; so they are kept until the next backward function or the end of the pass.
    /// </summary>
    /// <param name="ctx">The function's own; what it keeps is freed where <see cref="Run"/> called.</param>
    /// <param name="inputs">How many inputs the function has.</param>
    /// <param name="received">The gradient that libtorch handed over; released here. Undefined where the function before could not give one.</param>
    /// <param name="gradients">One gradient per input, null where it needs none.</param>
    internal static List<Tensor> Guard(autograd.AutogradContext ctx, int inputs, Tensor received, Func<Tensor?[]> gradients)
    {
        var result = new List<Tensor>(inputs);
        Release();
        try
        {
            using var scope = NewDisposeScope();
            ThrowIfReleased(ctx);
            foreach (var gradient in received.IsInvalid ? new Tensor?[inputs] : gradients())
            {
                gradient?.DetachFromDisposeScope();
                result.Add(gradient!);
            }
        }
        catch (Exception exception)
        {
            lock (Gate)
            {
                _fault ??= ExceptionDispatchInfo.Capture(exception);
            }

            result.Clear();
            result.AddRange(Enumerable.Repeat<Tensor>(null!, inputs));
        }

        received.Dispose();
        Free(ctx);
        Keep(result);
        return result;
    }

    // TorchSharp frees what a function kept only with the whole graph: all activations would still be there when all gradients are.
    // A plain backward() may have been told to retain the graph, which cannot be seen from here.
    private static void Free(autograd.AutogradContext ctx)
    {
        if (_frees)
        {
            ctx.save_data(Released, true);
            ctx.Dispose();
        }
    }

    private static void ThrowIfReleased(autograd.AutogradContext ctx)
    {
        if (ctx.get_data(Released) is true)
        {
            throw new InvalidOperationException(
                $"An earlier {nameof(CheckedBackward)}.{nameof(Run)} has used this graph and freed what it kept. Add the losses and run once, or compute the forward pass again.");
        }
    }

    private static void Keep(List<Tensor> tensors)
    {
        Release(); // What a backward pass inside this one returned has been used by now.
        lock (Gate)
        {
            _returned = [.. tensors.Where(tensor => tensor is not null)];
        }
    }

    private static void Release()
    {
        lock (Gate)
        {
            _returned.ForEach(tensor => tensor.Dispose());
            _returned = [];
        }
    }
}
