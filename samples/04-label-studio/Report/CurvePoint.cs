namespace Opossum.Report;

/// <summary>A point of a curve, for the canvas that this sample shares with the main job.</summary>
internal readonly record struct CurvePoint(double Step, double Value);
