using PreferenceTuning.Rollouts;
using PreferenceTuning.Tokenization;
using static TorchSharp.torch;

namespace PreferenceTuning.Rewards;

/// <summary>Scores by a rule over text.</summary>
/// <param name="tokenizer">Turns tokens into the text that the rule sees.</param>
/// <param name="rule">From (prompt, response) to a score, higher is better.</param>
public sealed class TextRewardFunction(TextTokenizer tokenizer, Func<string, string, double> rule) : IRewardFunction
{
    /// <inheritdoc/>
    public Tensor Score(RolloutBatch rollouts)
    {
        var scores = new float[rollouts.Count];
        for (var row = 0; row < scores.Length; row++)
        {
            scores[row] = (float)rule(tokenizer.Decode(rollouts.PromptTokens(row)), tokenizer.Decode(rollouts.ResponseTokens(row)));
        }

        return tensor(scores, device: rollouts.PromptIds.device);
    }
}
