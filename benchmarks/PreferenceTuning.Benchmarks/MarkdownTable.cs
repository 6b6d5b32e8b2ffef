namespace PreferenceTuning.Benchmarks;

/// <summary>Rows of a table that can be pasted into benchmarks/README.md.</summary>
internal static class MarkdownTable
{
    public static void Header(params string[] names)
    {
        Console.WriteLine($"\n| {string.Join(" | ", names)} |");
        Console.WriteLine($"|{string.Concat(names.Select(_ => "---|"))}");
    }

    public static void Row(params FormattableString[] cells) =>
        Console.WriteLine($"| {string.Join(" | ", cells.Select(FormattableString.Invariant))} |");
}
