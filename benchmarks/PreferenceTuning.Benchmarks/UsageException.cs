namespace PreferenceTuning.Benchmarks;

/// <summary>The command line asks for something that there is not; the message is one line for its writer.</summary>
internal sealed class UsageException(string message) : Exception(message);
