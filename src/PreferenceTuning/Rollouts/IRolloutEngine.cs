namespace PreferenceTuning.Rollouts;

/// <summary>Answers prompts with a policy.</summary>
public interface IRolloutEngine
{
    /// <summary>Draws the responses of a batch. The caller owns (and disposes) the result.</summary>
    /// <exception cref="OperationCanceledException">Between two tokens; nothing is left behind.</exception>
    RolloutBatch Generate(PromptBatch prompts, CancellationToken cancellationToken = default);
}
