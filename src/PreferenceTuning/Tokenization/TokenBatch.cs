namespace PreferenceTuning.Tokenization;

/// <summary>
/// Rows of ids of equal length, with what of them is real. Plain arrays: <c>Ids[row][column]</c>; tensors are made where they are needed.
/// </summary>
/// <param name="Ids">[B][T] token ids; padding has the padding id.</param>
/// <param name="AttentionMask">[B][T], true = a token of the text (prompt or response), false = padding.</param>
/// <param name="ResponseMask">[B][T], true = a token of the response, its end token included; false on prompts and padding.</param>
public sealed record TokenBatch(int[][] Ids, bool[][] AttentionMask, bool[][] ResponseMask)
{
    /// <summary>How many rows.</summary>
    public int RowCount => Ids.Length;

    /// <summary>How many columns; 0 for a batch without rows.</summary>
    public int ColumnCount => Ids.Length == 0 ? 0 : Ids[0].Length;
}
