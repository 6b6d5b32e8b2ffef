using System.Runtime.InteropServices;

namespace PreferenceTuning.Numerics.Native;

/// <summary>
/// Runs a program on a libtorch that is already on the machine, such as the one inside a PyTorch installation with CUDA, instead
/// of the one in a package. Call <see cref="UseEnvironment"/> before the first tensor.
/// </summary>
public static class LibTorchLocation
{
    /// <summary>The environment variable that names the folder, for example <c>.../site-packages/torch/lib</c>.</summary>
    public const string Variable = "PREFERENCETUNING_LIBTORCH";

    // Each needs those before it.
    private static readonly string[] Libraries = ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];

    /// <summary>
    /// Loads libtorch from the folder that <see cref="Variable"/> names; does nothing when it is not set. TorchSharp's own library
    /// then finds these in the process. Linux.
    /// </summary>
    /// <returns>The libraries that were loaded, by full path; none when the variable is not set.</returns>
    /// <exception cref="DirectoryNotFoundException">The variable names no folder.</exception>
    /// <exception cref="FileNotFoundException">The folder lacks libc10.so, libtorch_cpu.so or libtorch.so.</exception>
    /// <exception cref="PlatformNotSupportedException">The variable is set on another system than Linux.</exception>
    public static IReadOnlyList<string> UseEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? Load(folder) : [];

    internal static IReadOnlyList<string> Load(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException($"{Variable} is only supported on Linux; use a TorchSharp backend package here.");
        }

        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{Variable} is '{folder}', which is not a folder; name the folder that holds libtorch_cpu.so.");
        }

        var loaded = new List<string>();
        foreach (var library in Libraries)
        {
            var path = Path.GetFullPath(Path.Combine(folder, library));
            if (File.Exists(path))
            {
                NativeLibrary.Load(path);
                loaded.Add(path);
            }
            else if (!library.Contains("cuda", StringComparison.Ordinal))
            {
                throw new FileNotFoundException($"{Variable} is '{folder}', which lacks {library}; name the folder that holds libtorch_cpu.so.", path);
            }
        }

        return loaded;
    }
}
