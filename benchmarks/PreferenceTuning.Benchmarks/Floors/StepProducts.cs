using static PreferenceTuning.Benchmarks.Steps.StepSizes;

namespace PreferenceTuning.Benchmarks.Floors;

/// <summary>
/// The matrix products that each whole step cannot do without: every token of a sequence through the body (its last one too), the
/// head and most of the last layer only where a log-prob, value or score is asked for, nothing computed twice, the whole batch at once.
/// </summary>
internal static class StepProducts
{
    private const int EpisodeTokens = Rows * (PromptLength + NewTokens), ResponseTokens = Rows * NewTokens;

    public static ProductList Decode(int newTokens) => new ProductList().Generate(Rows, PromptLength, newTokens);

    public static ProductList Supervised() =>
        new ProductList().TrainBody(SupervisedRows * SupervisedLength, SupervisedRows * (SupervisedLength - 1)).TrainHead(SupervisedRows * (SupervisedLength - 1));

    /// <summary>The prompt once for both responses; then the reference, forward only.</summary>
    public static ProductList Preference()
    {
        const int tokens = Pairs * (PairPrompt + (2 * PairResponse)), responses = Pairs * 2 * PairResponse;
        return new ProductList().TrainBody(tokens, responses).TrainHead(responses).Body(tokens, responses).Head(responses);
    }

    /// <summary>Old log-probs come out of generation, and old values too where the trunk is shared.</summary>
    public static ProductList Ppo(bool shared)
    {
        var products = Decode(NewTokens)
            .Body(EpisodeTokens, ResponseTokens).Head(ResponseTokens) // the reference
            .Body(EpisodeTokens, Rows) // the reward model
            .TrainBody(EpisodeTokens, ResponseTokens, Epochs).TrainHead(ResponseTokens, Epochs);
        return shared ? products : products.Body(EpisodeTokens, ResponseTokens).TrainBody(EpisodeTokens, ResponseTokens, Epochs);
    }
}
