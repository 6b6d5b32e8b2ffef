namespace PreferenceTuning.Parquet.Pages;

/// <summary>Bounds what the open pages of all columns take together, so that a small file cannot ask for much memory.</summary>
internal sealed class PageBudget
{
    private const long Most = 1L << 30;
    private const long Free = 16 << 20;
    private const long LargestRatio = 2_000;

    private long _taken;

    public void Take(int size, int packed)
    {
        if (size > Free + LargestRatio * packed)
            throw new DamagedException(
                $"A page of {packed} bytes says that it unpacks to {size}; more than {LargestRatio} times is not believed.");
        _taken += size;
        if (_taken > Most)
            throw new DamagedException("The open pages of all columns take more than 1 GiB; write the file with smaller pages.");
    }

    public void Return(long size) => _taken -= size;
}
