using PreferenceTuning.Rollouts;
using PreferenceTuning.Tests.Rewards;

namespace PreferenceTuning.Tests.Trainers;

/// <summary>Gives the same responses whatever it is asked.</summary>
internal sealed class GivenRollouts(params int[][] responses) : IRolloutEngine
{
    public RolloutBatch Generate(PromptBatch prompts, CancellationToken cancellationToken = default) =>
        GivenScores.Rollouts(0, responses);
}
