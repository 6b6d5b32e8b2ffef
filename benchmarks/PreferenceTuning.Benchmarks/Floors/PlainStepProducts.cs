using static PreferenceTuning.Benchmarks.Steps.StepSizes;

namespace PreferenceTuning.Benchmarks.Floors;

/// <summary>The matrix products that the plain steps (<see cref="Steps.PlainSteps"/>) compute.</summary>
internal static class PlainStepProducts
{
    private const int EpisodeTokens = Rows * (PromptLength + NewTokens);

    public static ProductList Decode(int newTokens) => StepProducts.Decode(newTokens);

    public static ProductList Supervised() =>
        new ProductList().TrainBody(SupervisedRows * SupervisedLength, SupervisedRows * SupervisedLength).TrainHead(SupervisedRows * SupervisedLength);

    public static ProductList Preference()
    {
        const int tokens = Pairs * 2 * (PairPrompt + PairResponse);
        return new ProductList().TrainBody(tokens, tokens).TrainHead(tokens).Body(tokens, tokens).Head(tokens);
    }

    public static ProductList Ppo(bool shared)
    {
        var products = Decode(NewTokens)
            .Body(EpisodeTokens, EpisodeTokens).Head(EpisodeTokens) // the old log-probs
            .Body(EpisodeTokens, EpisodeTokens).Head(EpisodeTokens) // the reference
            .Body(EpisodeTokens, EpisodeTokens) // the reward model
            .TrainBody(EpisodeTokens, EpisodeTokens, Epochs).TrainHead(EpisodeTokens, Epochs);
        return shared ? products : products.Body(EpisodeTokens, EpisodeTokens).TrainBody(EpisodeTokens, EpisodeTokens, Epochs);
    }
}
