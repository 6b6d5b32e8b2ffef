using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch.utils.tensorboard;

namespace PreferenceTuning.Metrics;

/// <summary>
/// Writes scalars to a TensorBoard event file (<c>tensorboard --logdir FOLDER</c>). The format holds single precision and 31-bit
/// steps; the exact numbers are in <see cref="JsonLinesMetricsSink"/>. A resumed run adds a file to the same folder: steps that it
/// repeats are in both files, and TensorBoard decides which it shows.
/// </summary>
public sealed class TensorBoardMetricsSink : IMetricsSink
{
    private readonly SummaryWriter _writer;

    /// <summary>
    /// Makes the folder and an event file in it. Every scalar is in the file when <see cref="Write"/> returns; there is nothing to dispose
    /// of.
    /// </summary>
    /// <param name="folder">The run's folder.</param>
    public TensorBoardMetricsSink(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _writer = SummaryWriter(folder);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The step is beyond 2,147,483,647.</exception>
    public void Write(long step, IReadOnlyList<Metric> metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        if (step is < int.MinValue or > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(step), step, string.Create(
                    CultureInfo.InvariantCulture, $"'step' must fit 32 bits for TensorBoard; the largest is {int.MaxValue}."));
        }

        foreach (var (name, value) in metrics)
        {
            _writer.add_scalar(name, (float)value, (int)step);
        }
    }
}
