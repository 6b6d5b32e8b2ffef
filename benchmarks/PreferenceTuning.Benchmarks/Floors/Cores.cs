using System.Globalization;
using static TorchSharp.torch;

namespace PreferenceTuning.Benchmarks.Floors;

/// <summary>As many threads as libtorch uses, and the size of the cache that they share.</summary>
internal static class Cores
{
    public static int Count => get_num_threads();

    /// <summary>Bytes of the last-level cache; 64 MiB where the system does not say.</summary>
    public static long CacheBytes()
    {
        const string folder = "/sys/devices/system/cpu/cpu0/cache";
        var sizes = Directory.Exists(folder)
            ? Directory.GetDirectories(folder, "index*").Select(index => Path.Combine(index, "size")).Where(File.Exists).Select(ReadSize).ToArray()
            : [];
        return sizes.Length == 0 ? 64L << 20 : sizes.Max();
    }

    /// <summary>Runs the action on that many threads at once, with the thread's number, and waits for all.</summary>
    public static void Run(int count, Action<int> action)
    {
        var threads = Enumerable.Range(0, count).Select(i => new Thread(() => action(i))).ToArray();
        foreach (var thread in threads)
        {
            thread.Start();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }
    }

    // "266240K"
    private static long ReadSize(string path)
    {
        var text = File.ReadAllText(path).Trim();
        var unit = text[^1] switch { 'K' => 1L << 10, 'M' => 1L << 20, 'G' => 1L << 30, _ => 1L };
        return unit * long.Parse(text.TrimEnd('K', 'M', 'G'), CultureInfo.InvariantCulture);
    }
}
