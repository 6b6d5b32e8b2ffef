using static TorchSharp.torch;

namespace PreferenceTuning.Rollouts;

/// <summary>Lists of tokens to padded tensors.</summary>
internal static class RolloutAssembly
{
    /// <summary>[B, P] ids and mask; the padding is on the left, so that a prompt's last token is in the last column.</summary>
    public static (Tensor Ids, Tensor Mask) LeftPad(IReadOnlyList<Prompt> prompts, int padToken, Device device)
    {
        var length = prompts.Max(prompt => prompt.TokenIds.Count);
        var ids = new long[prompts.Count, length];
        var mask = new bool[prompts.Count, length];
        for (var row = 0; row < prompts.Count; row++)
        {
            var tokens = prompts[row].TokenIds;
            for (var column = 0; column < length; column++)
            {
                var at = column - (length - tokens.Count);
                mask[row, column] = at >= 0;
                ids[row, column] = at >= 0 ? tokens[at] : padToken;
            }
        }

        return (tensor(ids, device: device), tensor(mask, device: device));
    }

    public static RolloutBatch Assemble(PromptBatch prompts, IReadOnlyList<ResponseBuffer> responses, SamplingOptions options, Device device)
    {
        var repeated = prompts.Prompts.SelectMany(prompt => Enumerable.Repeat(prompt, options.ResponsesPerPrompt)).ToArray();
        var (promptIds, promptMask) = LeftPad(repeated, options.PadToken, device);
        var width = responses.Max(response => response.Tokens.Count);
        var ids = new long[responses.Count, width];
        var mask = new bool[responses.Count, width];
        var logProbs = new float[responses.Count, width];
        for (var row = 0; row < responses.Count; row++)
        {
            var response = responses[row];
            for (var column = 0; column < width; column++)
            {
                var kept = column < response.Tokens.Count;
                mask[row, column] = kept;
                ids[row, column] = kept ? response.Tokens[column] : options.PadToken;
                logProbs[row, column] = kept ? response.LogProbs[column] : 0;
            }
        }

        var finished = responses.Select(response => response.Finished).ToArray();
        return new RolloutBatch(
            promptIds,
            promptMask,
            tensor(ids, device: device),
            tensor(mask, device: device),
            tensor(logProbs, device: device),
            tensor(finished, device: device)).Checked();
    }
}
