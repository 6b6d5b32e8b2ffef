using System.Text.Json.Nodes;
using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Numerics;
using PreferenceTuning.Optimization;
using static TorchSharp.torch;

namespace PreferenceTuning.Checkpoints;

/// <summary>
/// What every trainer's checkpoint holds: the trained parameters, the optimizer's state, and the trainer's own counters. Together
/// with the options and the data they continue a run bit for bit (on the CPU, with the same number of threads).
/// </summary>
public static class TrainingState
{
    private const string ParametersFile = "parameters.safetensors";
    private const string OptimizerFile = "optimizer.safetensors";

    /// <summary>Saves the trained parameters and the optimizer.</summary>
    /// <param name="store">Where.</param>
    /// <param name="step">The step after which it is taken.</param>
    /// <param name="optionsHash">What <see cref="OptionsHash"/> gives for the run's options.</param>
    /// <param name="optimizer">With the parameters it trains.</param>
    /// <param name="state">The rest: the trainer's counters, the KL coefficient, the sampler, whatever the application needs.</param>
    /// <exception cref="CheckpointException">It could not be written; earlier ones are as they were.</exception>
    public static Checkpoint Save(CheckpointStore store, long step, string optionsHash, AdamW optimizer, JsonObject state)
    {
        using var scope = NewDisposeScope();
        var parameters = Pairs(optimizer.Parameters);
        var moments = Pairs(optimizer.ExportState());
        return store.Save(step, optionsHash, state, folder =>
        {
            SafetensorsWriter.Write(Path.Combine(folder, ParametersFile), parameters);
            SafetensorsWriter.Write(Path.Combine(folder, OptimizerFile), moments);
        });
    }

    /// <summary>Puts parameters and optimizer back to where they were. The rest is in <see cref="Checkpoint.State"/>.</summary>
    /// <param name="checkpoint">Of the same options (see <see cref="Checkpoint.RequireOptions"/>).</param>
    /// <param name="optimizer">Over the same parameters.</param>
    /// <exception cref="CheckpointException">A tensor is missing or has another shape or type; nothing has changed then.</exception>
    public static void Restore(Checkpoint checkpoint, AdamW optimizer)
    {
        using var scope = NewDisposeScope();
        var parameters = Read(checkpoint, ParametersFile).ToDictionary(
            tensor => tensor.Name, tensor => tensor.Value, StringComparer.Ordinal);
        foreach (var (name, value) in optimizer.Parameters)
        {
            if (!parameters.TryGetValue(name, out var stored) || stored.dtype != value.dtype || !stored.shape.AsSpan().SequenceEqual(value.shape))
            {
                var came = stored is null ? "nothing" : $"{stored.dtype} {Check.Shape(stored)}";
                throw new CheckpointException(
                    $"The checkpoint '{checkpoint.Folder}' has {came} for '{name}', but {value.dtype} {Check.Shape(value)} was expected; " +
                    "resume with the model that the run began with.");
            }
        }

        try
        {
            optimizer.ImportState(Read(checkpoint, OptimizerFile));
        }
        catch (ArgumentException e)
        {
            throw new CheckpointException($"The optimizer state of the checkpoint '{checkpoint.Folder}' does not fit: {e.Message}", e);
        }

        using var noGradient = no_grad();
        foreach (var (name, value) in optimizer.Parameters)
        {
            value.copy_(parameters[name]);
        }
    }

    private static List<NamedParameter> Read(Checkpoint checkpoint, string file)
    {
        using var reader = SafetensorsReader.Open(checkpoint.PathOf(file));
        return [.. reader.Entries.Select(entry => new NamedParameter(entry.Name, reader.Read(entry.Name)))];
    }

    private static List<KeyValuePair<string, Tensor>> Pairs(IReadOnlyList<NamedParameter> parameters) =>
        [.. parameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))];
}
