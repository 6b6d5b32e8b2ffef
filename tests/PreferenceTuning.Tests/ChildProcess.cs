using System.Diagnostics;

namespace PreferenceTuning.Tests;

/// <summary>This assembly as a process of its own, for what has to be killed or to begin afresh; see <see cref="Program"/>.</summary>
internal static class ChildProcess
{
    public static Process Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments.Prepend(typeof(ChildProcess).Assembly.Location).Prepend("exec"))
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
