using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace PreferenceTuning.Benchmarks;

/// <summary>
/// The methods of a BenchmarkDotNet class in turn, category by category: BenchmarkDotNet measures one method after the other, and on a
/// machine that others use too the ratio of two that ran minutes apart means little.
/// </summary>
internal static class CompareReport
{
    private const string Suffix = "Benchmarks";

    private static readonly Type[] Classes =
        [.. typeof(CompareReport).Assembly.GetTypes().Where(type => Methods(type).Any(method => Attribute(method).Baseline)).OrderBy(type => type.Name)];

    public static void Print(string[] args)
    {
        var classes = (args.Length > 0 ? args[0] : "all") is var names && names == "all" ? Classes : [.. names.Split(',').Select(Find)];
        var repetitions = Mode.Repetitions(args, 1, otherwise: 15);
        MarkdownTable.Header("what", "parameters", "method", "median, ms", "best, ms", "times the baseline");
        foreach (var type in classes)
        {
            foreach (var parameters in Combinations([.. type.GetProperties().Where(property => Values(property) is not null)]))
            {
                Measure(type, parameters, repetitions);
            }
        }
    }

    private static void Measure(Type type, (PropertyInfo Property, object Value)[] parameters, int repetitions)
    {
        var instance = Activator.CreateInstance(type)!;
        foreach (var (property, value) in parameters)
        {
            property.SetValue(instance, value);
        }

        Call<GlobalSetupAttribute>(instance);
        foreach (var category in Methods(type).GroupBy(method => method.GetCustomAttribute<BenchmarkCategoryAttribute>()!.Categories[0]))
        {
            MethodInfo[] methods = [.. category.OrderByDescending(method => Attribute(method).Baseline)];
            var runs = Timing.InTurn(repetitions, [.. methods.Select(method => method.CreateDelegate<Action>(instance))]);
            var milliseconds = methods.Select((method, i) => runs[i].Select(seconds => seconds * 1e3 / Attribute(method).OperationsPerInvoke).ToArray()).ToArray();
            for (var i = 0; i < methods.Length; i++)
            {
                MarkdownTable.Row(
                    $"{category.Key}", $"{string.Join(", ", parameters.Select(parameter => parameter.Value))}", $"{methods[i].Name}",
                    Digits(Timing.Median(milliseconds[i])), Digits(milliseconds[i].Min()), $"{Timing.Median(milliseconds[i]) / Timing.Median(milliseconds[0]):F2}");
            }
        }

        Call<GlobalCleanupAttribute>(instance);
    }

    // Three digits, but no exponent for a thousand milliseconds.
    private static FormattableString Digits(double value) => value < 100 ? $"{value:G3}" : (FormattableString)$"{value:F0}";

    private static Type Find(string name) =>
        Array.Find(Classes, type => type.Name == name || type.Name == name + Suffix)
        ?? throw new UsageException(
            $"There is no class '{name}' with a baseline; there are {string.Join(", ", Classes.Select(type => type.Name[..^Suffix.Length]))}, or all.");

    private static IEnumerable<MethodInfo> Methods(Type type) => type.GetMethods().Where(method => method.IsDefined(typeof(BenchmarkAttribute)));

    private static BenchmarkAttribute Attribute(MethodInfo method) => method.GetCustomAttribute<BenchmarkAttribute>()!;

    private static void Call<TAttribute>(object instance)
        where TAttribute : Attribute =>
        instance.GetType().GetMethods().Single(method => method.IsDefined(typeof(TAttribute))).Invoke(instance, null);

    /// <summary>What a property runs through; null where it is no parameter.</summary>
    private static IEnumerable<object>? Values(PropertyInfo property) =>
        property.GetCustomAttribute<ParamsAttribute>() is { } listed ? listed.Values!
        : property.GetCustomAttribute<ParamsSourceAttribute>() is { } source ? (IEnumerable<object>)property.DeclaringType!.GetProperty(source.Name)!.GetValue(null)!
        : null;

    private static IEnumerable<(PropertyInfo, object)[]> Combinations(PropertyInfo[] properties) => properties.Aggregate(
        (IEnumerable<(PropertyInfo, object)[]>)[[]],
        (known, property) => known.SelectMany(combination => Values(property)!.Select(value => ((PropertyInfo, object)[])[.. combination, (property, value)])));
}
