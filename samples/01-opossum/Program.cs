using Opossum.Preview; using Opossum.Report; using Opossum.World;
ReportWriter.Write(SyntheticRun.Make(1, Style.Meme), "/tmp/prev/a");
ReportWriter.Write(SyntheticRun.Make(1, Style.Meme, klOn:false), "/tmp/prev/b");
ReportWriter.Write(SyntheticRun.Make(1, Style.Biology, "dpo"), "/tmp/prev/c");
