using LabelStudioSample.Terminal;

return await SampleProgram.RunAsync(args, Console.Out, Console.Error);
