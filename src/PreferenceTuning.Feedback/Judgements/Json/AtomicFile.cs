namespace PreferenceTuning.Feedback.Judgements.Json;

/// <summary>
/// Writes a file whole or not at all: a temporary beside it, flushed to the disk, then renamed. The stream can seek and be read.
/// </summary>
internal static class AtomicFile
{
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch (IOException e) when (e.GetType() == typeof(IOException)) // A kind of its own (a missing file) is of what is being read.
        {
            File.Delete(temporary);
            var reason = e.Message.Replace($" : '{temporary}'", "", StringComparison.Ordinal).TrimEnd('.');
            throw new IOException($"'{full}' could not be written: {reason}. Free space on that disk, or write to another folder.", e);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
