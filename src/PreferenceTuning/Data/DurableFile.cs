using System.Runtime.InteropServices;

namespace PreferenceTuning.Data;

/// <summary>
/// Files that are there whole or not at all, also after a power cut: written beside the target, flushed to the disk, renamed over
/// it, and the folder's entry flushed too.
/// </summary>
internal static partial class DurableFile
{
    /// <summary>How every message about a file that could not be written ends.</summary>
    public const string Remedy = " Free space on that disk, or write to another folder.";

    /// <summary>Writes a file; on any failure the old file stays as it was and nothing is left beside it.</summary>
    /// <param name="path">The file; folders above it that are missing are made.</param>
    /// <param name="write">Writes the whole content.</param>
    /// <exception cref="IOException">It could not be written, for example because the disk is full or the folder may not be written to.</exception>
    public static void Replace(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var target = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(target) ?? throw new ArgumentException($"'{path}' is not the name of a file.", nameof(path));
        var temporary = $"{target}.tmp-{Guid.NewGuid():N}";
        try
        {
            CreateFolder(folder);
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 64 * 1024))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            var reason = e.Message.Replace($" : '{temporary}'", "", StringComparison.Ordinal).Replace(temporary, target, StringComparison.Ordinal).TrimEnd('.');
            throw new IOException($"'{target}' could not be written: {reason}.{Remedy}", e);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }

        FlushFolder(folder);
    }

    /// <summary>
    /// Makes a folder and those above it that are missing, so that the next power cut does not take them away with what is in them.
    /// </summary>
    public static void CreateFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            var parent = Path.GetDirectoryName(folder);
            if (parent is not null)
            {
                CreateFolder(parent);
            }

            Directory.CreateDirectory(folder);
            if (parent is not null)
            {
                FlushFolder(parent);
            }
        }
    }

    /// <summary>Flushes the content of a file that somebody else wrote.</summary>
    public static void Flush(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>
    /// Flushes a folder's entries (names made, renamed, removed) on Linux and macOS. Windows has no such call: NTFS journals its
    /// entries, so there a rename is whole, but after a power cut the latest one may be missing.
    /// </summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(folder, 0);
        if (descriptor < 0)
        {
            throw new IOException($"The folder '{folder}' cannot be opened to flush it: {Marshal.GetLastPInvokeErrorMessage()}.");
        }

        // Some network and FUSE file systems answer EINVAL (22): they have no folder to flush.
        var failed = FlushDescriptor(descriptor) != 0 && Marshal.GetLastPInvokeError() != 22;
        var reason = failed ? Marshal.GetLastPInvokeErrorMessage() : "";
        _ = Close(descriptor);
        if (failed)
        {
            throw new IOException($"The folder '{folder}' cannot be flushed to the disk: {reason}.");
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first failure is on its way to the caller; a leftover temporary file is the lesser news.
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FlushDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
