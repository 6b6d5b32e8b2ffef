using System.Globalization;

namespace PreferenceTuning.Feedback.Statistics;

/// <summary>What is to be labelled, by how many, for how much.</summary>
public sealed record LabellingPlanOptions
{
    /// <summary>Number of items (pairs) to label.</summary>
    public required int Items { get; init; }

    /// <summary>Number of annotators.</summary>
    public required int Annotators { get; init; }

    /// <summary>
    /// Seconds that one judgement takes, from a pilot or from words shown at 238 words a minute; no default can be right.
    /// </summary>
    public required double SecondsPerJudgement { get; init; }

    /// <summary>Pay for an hour of work, in <see cref="Currency"/>.</summary>
    public required double HourlyPay { get; init; }

    /// <summary>Currency of all amounts, e.g. EUR.</summary>
    public required string Currency { get; init; }

    /// <summary>Share of items that several people judge; 0.2.</summary>
    public double OverlapShare { get; init; } = 0.2;

    /// <summary>People for each of those; 3, so that a majority exists.</summary>
    public int OverlapAnnotators { get; init; } = 3;

    /// <summary>
    /// Gold items that every annotator judges; 20, which tells 0.9 from 0.6 accuracy at 95 % (Wilson 0.70 to 0.97 for 18 of 20).
    /// </summary>
    public int GoldItems { get; init; } = 20;

    /// <summary>Paid time for training and reading the instructions, hours for each annotator; 0.5.</summary>
    public double TrainingHours { get; init; } = 0.5;

    /// <summary>Fees and taxes on top of pay, as a share of it; 0.</summary>
    public double Overhead { get; init; }

    internal LabellingPlanOptions Checked()
    {
        Check.Count(Items, nameof(Items));
        Check.Count(GoldItems, nameof(GoldItems));
        Check.Count(SecondsPerJudgement, nameof(SecondsPerJudgement));
        Check.Count(HourlyPay, nameof(HourlyPay));
        Check.Count(TrainingHours, nameof(TrainingHours));
        Check.Count(Overhead, nameof(Overhead));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Annotators);
        ArgumentException.ThrowIfNullOrWhiteSpace(Currency);
        if (!(OverlapShare is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(OverlapShare), OverlapShare, "'OverlapShare' must lie between 0 and 1.");
        }

        if (OverlapShare > 0 && (OverlapAnnotators < 2 || OverlapAnnotators > Annotators))
        {
            throw new ArgumentOutOfRangeException(
                nameof(OverlapAnnotators), OverlapAnnotators, $"'OverlapAnnotators' must lie in 2..Annotators ({Annotators}).");
        }

        return this;
    }
}

/// <summary>One question to one person.</summary>
/// <param name="Annotator">Index of the annotator.</param>
/// <param name="Item">Index of the item, or of the gold item.</param>
/// <param name="IsGold">Whether it is a gold item.</param>
public readonly record struct Assignment(int Annotator, int Item, bool IsGold);

/// <summary>The size and the cost of labelling, before anyone is asked.</summary>
/// <param name="OverlapItems">Items that several people judge.</param>
/// <param name="Judgements">All judgements, gold ones included.</param>
/// <param name="GoldJudgements">Those on gold items.</param>
/// <param name="Hours">Paid hours, training included.</param>
/// <param name="HoursPerAnnotator">The same for each.</param>
/// <param name="Pay">What the annotators get.</param>
/// <param name="Cost">Pay with overhead.</param>
/// <param name="CostPerItem">Cost for one labelled item; undefined without items.</param>
/// <param name="AgreementReach">
/// Half width of the 95 % interval of pairwise agreement around 0.8 on the overlap items, taking a pair for each; undefined without
/// overlap.
/// </param>
/// <param name="Currency">Currency of the amounts.</param>
public sealed record LabellingPlan(
    int OverlapItems, long Judgements, long GoldJudgements, double Hours, double HoursPerAnnotator, double Pay, double Cost,
    Statistic CostPerItem, Statistic AgreementReach, string Currency)
{
    /// <summary>The plan for the options.</summary>
    public static LabellingPlan Of(LabellingPlanOptions options)
    {
        var o = options.Checked();
        var overlap = PairSelection.ShareOf(o.Items, o.OverlapShare);
        var gold = (long)o.GoldItems * o.Annotators;
        var judgements = o.Items + ((long)overlap * Math.Max(0, o.OverlapAnnotators - 1)) + gold;
        var hours = (judgements * o.SecondsPerJudgement / 3600) + (o.Annotators * o.TrainingHours);
        var pay = hours * o.HourlyPay;
        var cost = pay * (1 + o.Overhead);
        return new(
            overlap, judgements, gold, hours, hours / o.Annotators, pay, cost,
            o.Items == 0 ? Statistic.Undefined("there is no item") : Statistic.Of(cost / o.Items),
            overlap == 0
                ? Statistic.Undefined("no item is judged by several people")
                : Statistic.Of(Distributions.TwoSidedNormalQuantile(0.95) * Math.Sqrt(0.8 * 0.2 / overlap)),
            o.Currency);
    }

    /// <summary>
    /// The most items that a budget allows, other options unchanged; 0 where it does not even pay training and gold items.
    /// </summary>
    public static int ItemsWithin(double budget, LabellingPlanOptions options)
    {
        Check.Count(budget, nameof(budget));
        int low = 0, high = int.MaxValue / 4;
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            (low, high) = Of(options with { Items = middle }).Cost <= budget ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    /// <summary>
    /// Who is asked what: everyone all gold items, overlap items to different people, the rest one each. Each goes to the least busy
    /// annotators, chance deciding between equals, so that all pairs of annotators come to share items; each annotator's questions are
    /// in random order, so that gold items do not stand out.
    /// </summary>
    /// <param name="options">The options of the plan.</param>
    /// <param name="seed">Seed of <see cref="RandomNumbers"/>.</param>
    public static IReadOnlyList<Assignment> Assign(LabellingPlanOptions options, long seed)
    {
        var o = options.Checked();
        var overlap = PairSelection.ForAgreement(o.Items, o.OverlapShare, seed).ToHashSet();
        var random = new RandomNumbers(seed);
        var queues = Enumerable.Range(0, o.Annotators).Select(_ => new List<Assignment>()).ToArray();
        var order = Enumerable.Range(0, o.Annotators).ToArray();
        for (var item = 0; item < o.Items; item++)
        {
            random.Shuffle<int>(order);
            foreach (var annotator in order.OrderBy(k => queues[k].Count).Take(overlap.Contains(item) ? o.OverlapAnnotators : 1))
            {
                queues[annotator].Add(new(annotator, item, false));
            }
        }

        for (var annotator = 0; annotator < o.Annotators; annotator++)
        {
            for (var gold = 0; gold < o.GoldItems; gold++)
            {
                queues[annotator].Add(new(annotator, gold, true));
            }

            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(queues[annotator]));
        }

        return [.. queues.SelectMany(queue => queue)];
    }

    /// <summary>The plan in a sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Judgements} judgements ({OverlapItems} items judged several times, {GoldJudgements} on gold items), {Hours:0.0} hours " +
        $"({HoursPerAnnotator:0.0} for each annotator), {Pay:0.00} {Currency} of pay, {Cost:0.00} {Currency} in all.");
}
