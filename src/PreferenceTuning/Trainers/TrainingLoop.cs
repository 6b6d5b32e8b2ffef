using Microsoft.Extensions.Logging;

namespace PreferenceTuning.Trainers;

/// <summary>
/// A plain loop over the steps of any trainer that does not lose work: it saves every so many steps, at the end, and when it is cancelled.
/// It knows no algorithm; where yours goes another way round, write the loop yourself.
/// </summary>
public static class TrainingLoop
{
    /// <summary>Does the steps that are still to do.</summary>
    /// <param name="done">Steps done before: 0, or the trainer's counter after a resume.</param>
    /// <param name="steps">Steps in all.</param>
    /// <param name="step">
    /// Does one step. It may throw <see cref="OperationCanceledException"/> as long as it has changed nothing, as
    /// <see cref="PpoTrainer.Step"/> does.
    /// </param>
    /// <param name="save">Saves the work after so many steps, for example with <see cref="Checkpoints.TrainingState.Save"/>.</param>
    /// <param name="saveEvery">Steps between two saves, at least 1. Default 100.</param>
    /// <param name="enough">Whether what a step measured ends the loop early, after a save; never when null.</param>
    /// <param name="progress">Hears what each step measured.</param>
    /// <param name="logger">Hears of each save.</param>
    /// <param name="cancellationToken">
    /// Looked at before each step and handed to it; the step that has begun is finished, or left unchanged.
    /// </param>
    /// <exception cref="OperationCanceledException">It was cancelled; what is done is saved.</exception>
    public static void Run<TMetrics>(
        long done,
        long steps,
        Func<CancellationToken, TMetrics> step,
        Action<long> save,
        long saveEvery = 100,
        Func<TMetrics, bool>? enough = null,
        IProgress<TMetrics>? progress = null,
        ILogger? logger = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(done);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(saveEvery);
        var saved = done;
        try
        {
            for (var ended = done >= steps; !ended;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var metrics = step(cancellationToken);
                done++;
                progress?.Report(metrics);
                ended = done == steps || enough?.Invoke(metrics) == true;
                if (ended || done % saveEvery == 0)
                {
                    Save();
                }
            }
        }
        catch (OperationCanceledException)
        {
            Save();
            throw;
        }

        void Save()
        {
            if (saved != done)
            {
                save(done);
                saved = done;
                if (logger?.IsEnabled(LogLevel.Information) == true)
                {
                    logger.LogInformation("Saved after step {Step} of {Steps}.", done, steps);
                }
            }
        }
    }
}
