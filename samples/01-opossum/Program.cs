using Opossum.World; using Opossum.Annotators; using PreferenceTuning.Feedback.Judgements;
var book = PromptBook.Split(1); var r = new SplitMix64(11);
var items = Enumerable.Range(0, 560).Select(i => new JudgingItem{ Id=$"i{i}", Prompt = book.Tuning[i].Text, Candidates = [.. "abcd".Select(c=> new Candidate{Id=c.ToString(), Text= r.Next(100) < 75 ? Grammar.Write(Style.Biology, book.Tuning[i].Animal, r) : r.Next(100)<85? Grammar.Write(Style.Meme, book.Tuning[i].Animal, r) : "the of the of"})]}).ToList();
var js = AnnotationRound.Run(items, new AnnotationPlan{InstructionVersion="1", Gold=GoldItems.Write(1,Style.Meme,book.Tuning,40)}, new StyleJudge(Style.Meme), 1);
var rep = JudgementReport.Of(js); Console.WriteLine(rep); foreach (var a in rep.Annotators) Console.WriteLine(a);
var pairs = js.SelectMany(Comparisons.Pairs).ToList(); var j = new StyleJudge(Style.Meme);
Console.WriteLine($"{Comparisons.Usable(js).Count} usable, {pairs.Count} pairs; right {pairs.Count(p=>j.Compare(p.Prompt,p.Chosen,p.Rejected)==Preference.First)/(double)pairs.Count:P1} tie {pairs.Count(p=>j.Compare(p.Prompt,p.Chosen,p.Rejected)==Preference.Tie)/(double)pairs.Count:P1}");
Console.WriteLine(Instructions.For(Style.Meme).Text);
