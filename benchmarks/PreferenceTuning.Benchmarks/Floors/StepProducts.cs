using static PreferenceTuning.Benchmarks.Steps.StepSizes;

namespace PreferenceTuning.Benchmarks.Floors;

/// <summary>
/// The matrix products that each whole step cannot do without: every token of a sequence through the body (its last one too), the
/// head only where a log-prob is asked for, nothing computed twice, the whole batch at once.
/// </summary>
internal static class StepProducts
{
    private const int EpisodeTokens = Rows * (PromptLength + NewTokens), ResponseTokens = Rows * NewTokens;

    public static ProductList Decode(int newTokens) => new ProductList().Generate(Rows, PromptLength, newTokens);

    public static ProductList Supervised() =>
        new ProductList().TrainBody(SupervisedRows * SupervisedLength).TrainHead(SupervisedRows * (SupervisedLength - 1));

    /// <summary>The prompt once for both responses; then the reference, forward only.</summary>
    public static ProductList Preference()
    {
        const int tokens = Pairs * (PairPrompt + (2 * PairResponse)), responses = Pairs * 2 * PairResponse;
        return new ProductList().TrainBody(tokens).TrainHead(responses).Body(tokens).Head(responses);
    }

    /// <summary>Old log-probs come out of generation, and old values too where the trunk is shared.</summary>
    public static ProductList Ppo(bool shared)
    {
        var products = Decode(NewTokens)
            .Body(EpisodeTokens).Head(ResponseTokens) // the reference
            .Body(EpisodeTokens) // the reward model
            .TrainBody(EpisodeTokens, Epochs).TrainHead(ResponseTokens, Epochs);
        return shared ? products : products.Body(EpisodeTokens).TrainBody(EpisodeTokens, Epochs);
    }
}
