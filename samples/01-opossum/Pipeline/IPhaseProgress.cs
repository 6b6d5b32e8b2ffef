namespace Opossum.Pipeline;

/// <summary>Hears how far a long phase is.</summary>
internal interface IPhaseProgress
{
    /// <summary>Called after each step.</summary>
    void Report(int done, int total, string detail);
}
