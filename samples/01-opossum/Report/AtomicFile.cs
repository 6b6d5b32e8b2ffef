namespace Opossum.Report;

/// <summary>Writes a file whole or not at all: a reader never meets half a report, and a full disk leaves nothing beside it.</summary>
internal static class AtomicFile
{
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var unfinished = path + ".unfinished";
        try
        {
            using (var stream = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch (IOException e)
        {
            File.Delete(unfinished);
            var reason = e.Message.Replace($" : '{Path.GetFullPath(unfinished)}'", "", StringComparison.Ordinal).TrimEnd('.');
            throw new IOException($"'{path}' could not be written: {reason}. Free space on that disk, or write to another folder.", e);
        }
    }
}
