namespace PreferenceTuning.Parquet;

/// <summary>What the parts below say when bytes do not make sense; becomes a FeedbackFormatException with file and place.</summary>
internal sealed class DamagedException(string problem, Exception? cause = null) : Exception(problem, cause);
