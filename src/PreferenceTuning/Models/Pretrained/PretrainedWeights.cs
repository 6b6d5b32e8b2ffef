using System.Text.Json;
using static TorchSharp.torch;

namespace PreferenceTuning.Models.Pretrained;

/// <summary>
/// The tensors of a model folder: <c>model.safetensors</c>, or the shards that <c>model.safetensors.index.json</c> names
/// (only <c>*.safetensors</c> files in the folder itself). A tensor that the index promises must be there.
/// </summary>
internal sealed class PretrainedWeights : IDisposable
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    private readonly string _folder;
    private readonly string _prefix;
    private readonly List<SafetensorsReader> _readers;
    private readonly Dictionary<string, SafetensorsReader> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    private PretrainedWeights(string folder, string prefix, List<SafetensorsReader> readers)
    {
        (_folder, _prefix, _readers) = (folder, prefix, readers);
        foreach (var reader in readers)
        {
            foreach (var entry in reader.Entries)
            {
                _byName.TryAdd(entry.Name, reader);
            }
        }
    }

    /// <summary>All names in the folder's files, as they stand there.</summary>
    public IReadOnlyCollection<string> Names => _byName.Keys;

    /// <summary>Names that nothing has read, without the buffers that older files carry along.</summary>
    public IReadOnlyList<string> Unused =>
        [.. _byName.Keys.Where(name => !_used.Contains(name) && !IsBuffer(name)).Order(StringComparer.Ordinal)];

    /// <param name="folder">The model folder.</param>
    /// <param name="prefix">What the family's names begin with and some files leave out.</param>
    public static PretrainedWeights Open(string folder, string prefix)
    {
        var single = Path.Combine(folder, SingleFile);
        var index = Path.Combine(folder, IndexFile);
        if (!File.Exists(single) && File.Exists(index))
        {
            return OpenShards(folder, prefix, index);
        }

        return File.Exists(single) ? new PretrainedWeights(folder, prefix, [SafetensorsReader.Open(single)]) : throw NoWeights(folder);
    }

    /// <summary>Whether the folder holds a tensor, with or without the family's prefix.</summary>
    public bool Contains(string name) => Locate(name) is not null;

    /// <summary>A tensor as it is in the file.</summary>
    public Tensor Read(string name)
    {
        var located = Locate(name) ?? throw Missing(name);
        _used.Add(located);
        return _byName[located].Read(located);
    }

    /// <summary>The same, of a floating-point type.</summary>
    public Tensor ReadWeight(string name)
    {
        _ = Dtype(name);
        return Read(name);
    }

    /// <summary>
    /// Refuses a tensor that is missing, quantised or of another shape, before memory is taken for what config.json claims.
    /// </summary>
    public void CheckWeight(string name, long[] shape)
    {
        var located = Locate(name) ?? throw Missing(name);
        _ = Dtype(name);
        var stored = _byName[located].Entry(located).Shape;
        if (!stored.SequenceEqual(shape))
        {
            throw new ModelFileException(
                _byName[located].Path,
                $"tensor '{located}' has shape [{string.Join(", ", stored)}] but config.json asks for [{string.Join(", ", shape)}].",
                "The weights belong to another configuration, or a size in config.json is wrong or left out.");
        }
    }

    /// <summary>The element type of a tensor in the file: float16, bfloat16, float32 or float64.</summary>
    public ScalarType Dtype(string name)
    {
        var located = Locate(name) ?? throw Missing(name);
        var dtype = _byName[located].Entry(located).Dtype;
        return dtype is "F16" or "BF16" or "F32" or "F64"
            ? SafetensorsDtype.Tensor(dtype)!.Value
            : throw new ModelFileException(
                _byName[located].Path,
                $"tensor '{located}' has dtype {dtype}; a weight is F16, BF16, F32 or F64.",
                "Quantised weights are not read: take the unquantised model.");
    }

    public void Dispose() => _readers.ForEach(reader => reader.Dispose());

    private ModelFileException Missing(string name) => new(
        _folder, $"tensor '{name}' is missing.", "The file belongs to another configuration or is incomplete; a default value would be silently wrong.");

    private static ModelFileException NoWeights(string folder)
    {
        var others = Directory.GetFiles(folder, "*.safetensors").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).ToList();
        return others.Count == 0
            ? new ModelFileException(
                folder,
                $"there is neither {SingleFile} nor {IndexFile}.",
                "Only safetensors files are read; convert pytorch_model.bin or other formats with their own tools.")
            : new ModelFileException(
                folder,
                $"there are other safetensors files ({others.Count}; the first is {others[0]}) but neither {SingleFile} nor {IndexFile}, which says what is in "
                + "which part.",
                $"Get {IndexFile} from where the parts come from; rename a single file with all weights to {SingleFile}.");
    }

    private string? Locate(string name)
    {
        if (_byName.ContainsKey(name))
        {
            return name;
        }

        return name.StartsWith(_prefix, StringComparison.Ordinal) && _byName.ContainsKey(name[_prefix.Length..])
            ? name[_prefix.Length..]
            : null;
    }

    private static PretrainedWeights OpenShards(string folder, string prefix, string indexPath)
    {
        var map = ShardIndex.Read(indexPath);
        var readers = new Dictionary<string, SafetensorsReader>(StringComparer.Ordinal);
        try
        {
            foreach (var file in map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                readers.Add(file, SafetensorsReader.Open(Path.Combine(folder, file)));
            }

            var weights = new PretrainedWeights(folder, prefix, [.. readers.Values]);
            weights.FollowIndex(indexPath, map, readers);
            return weights;
        }
        catch
        {
            foreach (var reader in readers.Values)
            {
                reader.Dispose();
            }

            throw;
        }
    }

    // Where two shards hold a name, the index decides; where the index is wrong about the shard, the shard that has it.
    private void FollowIndex(string indexPath, Dictionary<string, string> map, Dictionary<string, SafetensorsReader> readers)
    {
        foreach (var (name, file) in map)
        {
            if (readers[file].Contains(name))
            {
                _byName[name] = readers[file];
            }
            else if (!_byName.ContainsKey(name))
            {
                throw new ModelFileException(
                    indexPath, $"tensor '{name}' is promised in {file}, but no shard holds it.", "The folder is incomplete: get it again from its source.");
            }
        }
    }

    // Causal masks and frequency tables that older versions of the library saved with the weights.
    private static bool IsBuffer(string name) =>
        name.EndsWith(".attn.bias", StringComparison.Ordinal)
        || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal)
        || name.EndsWith(".attention.bias", StringComparison.Ordinal)
        || name.EndsWith(".attention.masked_bias", StringComparison.Ordinal)
        || name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);
}
