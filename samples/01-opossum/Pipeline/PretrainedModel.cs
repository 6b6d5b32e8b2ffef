using System.Globalization;
using Opossum.Report;
using PreferenceTuning.Models;
using PreferenceTuning.Models.Pretrained;
using PreferenceTuning.Tokenization;

namespace Opossum.Pipeline;

/// <summary>Starts from a folder in Hugging Face format (<c>--model</c>).</summary>
internal static class PretrainedModel
{
    /// <summary>Reads model and tokenizer. Prompts are plain text behind the begin token, where the tokenizer has one.</summary>
    /// <exception cref="ModelFileException">
    /// The folder does not hold a model and its tokenizer, or the two do not fit each other.
    /// </exception>
    public static StartModel Read(string folder, JobSettings settings)
    {
        var model = PolicyModel.FromPretrained(folder);
        var tokenizer = Tokenizer(folder);
        // A model that begins another text has ended this one: some only ever learned the begin token.
        int[] stops = [.. new[] { tokenizer.EosId, tokenizer.BosId }.OfType<int>().Concat(model.Config.EosIds).Distinct()];
        if (stops.Length == 0)
        {
            throw new ModelFileException(
                folder, "Neither the tokenizer nor config.json names an end or a begin token, so no answer could end.", "Add eos_token to tokenizer_config.json.");
        }

        if (tokenizer.LargestId >= model.Config.VocabularySize)
        {
            throw new ModelFileException(
                folder, $"The tokenizer has a token {tokenizer.LargestId}, but the model knows {model.Config.VocabularySize} tokens.", "Take both from the same folder.");
        }

        if (model.Config.ContextLength < 2 * settings.MaxNewTokens)
        {
            throw new ModelFileException(
                folder, $"The context is {model.Config.ContextLength} tokens, but a beginning and {settings.MaxNewTokens} tokens more must fit.",
                $"Take a model with a context of {2 * settings.MaxNewTokens} tokens or more.");
        }

        var codec = new Codec(tokenizer, Separator: "", tokenizer.BosId, stops[0]) { Stops = stops, Excerpts = true };
        var description = string.Create(
            CultureInfo.InvariantCulture, $"{model.Config.Family} architecture, {model.Config.Layers} layers x {model.Config.HiddenSize}");
        return new StartModel(model, codec, new BaseModelFacts(
            description, model.Parameters.Sum(parameter => parameter.Value.numel()), model.Config.VocabularySize, Documents: 0, Loss: [], FromCache: false));
    }

    private static TextTokenizer Tokenizer(string folder)
    {
        try
        {
            return TextTokenizer.FromPretrained(folder);
        }
        catch (Exception error) when (error is InvalidDataException or NotSupportedException)
        {
            throw new ModelFileException(folder, error.Message, "The tokenizer of this model cannot be used here.", error);
        }
    }
}
