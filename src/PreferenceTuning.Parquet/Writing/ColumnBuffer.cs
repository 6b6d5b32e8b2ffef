using System.Text.Json;
using global::Parquet;
using global::Parquet.Schema;

namespace PreferenceTuning.Parquet.Writing;

/// <summary>One column of the row group that is being filled: its values and, for every slot, the two levels.</summary>
internal sealed class ColumnBuffer(ShapeKind kind)
{
    private readonly List<ReadOnlyMemory<char>> _texts = [];
    private readonly List<double> _numbers = [];
    private readonly List<bool> _truths = [];
    private readonly List<int> _definitions = [];
    private readonly List<int> _repetitions = [];

    public void AddNull(int definition, int repetition)
    {
        _definitions.Add(definition);
        _repetitions.Add(repetition);
    }

    public void Add(JsonElement value, int definition, int repetition)
    {
        AddNull(definition, repetition);
        switch (kind)
        {
            case ShapeKind.Number:
                _numbers.Add(value.GetDouble());
                break;
            case ShapeKind.Truth:
                _truths.Add(value.GetBoolean());
                break;
            default:
                _texts.Add((value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText()).AsMemory());
                break;
        }
    }

    public async Task WriteAsync(ParquetRowGroupWriter writer, DataField field)
    {
        ReadOnlyMemory<int>? repetitions = field.MaxRepetitionLevel > 0 ? _repetitions.ToArray() : null;
        var definitions = _definitions.ToArray();
        switch (kind)
        {
            case ShapeKind.Number:
                await writer.WriteAllPartsAsync<double>(
                    field, _numbers.ToArray(), definitions, repetitions, CancellationToken.None).ConfigureAwait(false);
                break;
            case ShapeKind.Truth:
                await writer.WriteAllPartsAsync<bool>(
                    field, _truths.ToArray(), definitions, repetitions, CancellationToken.None).ConfigureAwait(false);
                break;
            default:
                await writer.WriteAllPartsAsync<ReadOnlyMemory<char>>(
                    field, _texts.ToArray(), definitions, repetitions, CancellationToken.None).ConfigureAwait(false);
                break;
        }
    }

    public void Clear()
    {
        _texts.Clear();
        _numbers.Clear();
        _truths.Clear();
        _definitions.Clear();
        _repetitions.Clear();
    }
}
