using PreferenceTuning.Rewards;
using PreferenceTuning.Rollouts;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.Rewards;

/// <summary>A reward function that says what it was told to, and rollouts for it.</summary>
internal sealed class GivenScores(params float[] scores) : IRewardFunction
{
    public Tensor Score(RolloutBatch rollouts) => tensor(scores);

    /// <summary>Responses of any length, also 0, padded with <paramref name="pad"/>; prompt k is the token k + 2.</summary>
    public static RolloutBatch Rollouts(int pad, params int[][] responses)
    {
        var width = responses.Max(response => response.Length);
        var ids = new long[responses.Length, width];
        var mask = new bool[responses.Length, width];
        var prompts = new long[responses.Length, 1];
        for (var row = 0; row < responses.Length; row++)
        {
            prompts[row, 0] = row + 2;
            for (var column = 0; column < width; column++)
            {
                mask[row, column] = column < responses[row].Length;
                ids[row, column] = mask[row, column] ? responses[row][column] : pad;
            }
        }

        var finished = responses.Select(response => response.Length < width).ToArray();
        return new RolloutBatch(
            tensor(prompts), ones(responses.Length, 1, ScalarType.Bool), tensor(ids), tensor(mask), zeros(responses.Length, width), tensor(finished)).Checked();
    }
}

/// <summary>Shows what a wrapped function was given.</summary>
internal sealed class SeenRollouts : IRewardFunction
{
    public List<int[]> Responses { get; } = [];

    public bool[] Finished { get; private set; } = [];

    public long[] Ids { get; private set; } = [];

    public Tensor Score(RolloutBatch rollouts)
    {
        Responses.AddRange(Enumerable.Range(0, rollouts.Count).Select(rollouts.ResponseTokens));
        Finished = rollouts.Finished.data<bool>().ToArray();
        Ids = rollouts.ResponseIds.contiguous().data<long>().ToArray();
        return zeros(rollouts.Count);
    }
}
