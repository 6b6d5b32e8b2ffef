using PreferenceTuning.Feedback.Benchmarks;

// Nothing here needs a statistic of many runs: each line is one run over a large generated file, with its limits.
var kept = LargeExport.Run();
kept &= LargeParquet.Run();
kept &= LargeReport.Run();
Console.WriteLine(kept ? "All limits are kept." : "A limit is not kept.");
return kept ? 0 : 1;
