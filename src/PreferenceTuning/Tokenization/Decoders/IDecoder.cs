namespace PreferenceTuning.Tokenization;

/// <summary>A step from token texts back to text; the results of the last step are joined.</summary>
internal interface IDecoder
{
    List<string> Decode(List<string> tokens);
}
