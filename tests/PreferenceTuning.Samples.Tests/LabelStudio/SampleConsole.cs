extern alias labelstudio;

using labelstudio::LabelStudioSample.Terminal;

namespace PreferenceTuning.Samples.Tests.LabelStudio;

/// <summary>Runs sample 04 as its command line does, and keeps what it said.</summary>
internal sealed class SampleConsole
{
    public string Said { get; private set; } = "";

    public async Task<(int Code, string Errors)> Run(params string[] args)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = await SampleProgram.RunAsync(args, output, errors);
        Said = output.ToString();
        return (code, errors.ToString());
    }
}
