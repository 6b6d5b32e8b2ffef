namespace PreferenceTuning.Tokenization;

/// <summary>Changes a stretch of text before it is cut, and keeps the alignment.</summary>
internal interface INormalizer
{
    AlignedText Normalize(AlignedText text);
}
