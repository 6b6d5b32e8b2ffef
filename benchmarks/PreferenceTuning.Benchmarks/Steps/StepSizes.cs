namespace PreferenceTuning.Benchmarks.Steps;

/// <summary>Sizes of a GPT-2.</summary>
internal sealed record Gpt2Sizes(int Vocabulary, int Width, int Layers, int Heads, int Context);

/// <summary>GPT-2 small and the batches of the whole-step measurements.</summary>
internal static class StepSizes
{
    public const int Vocabulary = 50257, Width = 768, Layers = 12, Heads = 12, Context = 1024;
    public const int Rows = 16, PromptLength = 32, NewTokens = 48;
    public const int SupervisedRows = 4, SupervisedLength = 256;
    public const int Pairs = 4, PairPrompt = 128, PairResponse = 48;
    public const int Epochs = 4;

    /// <summary>Ours alone, where no option says otherwise: the tokens whose activations exist at one time. Fewer make matrix products slower, more take memory.</summary>
    public const int MicroBatchTokens = 1024;

    public static Gpt2Sizes Small => new(Vocabulary, Width, Layers, Heads, Context);

    public static int[] Tokens(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(Vocabulary))];
    }
}
