using PreferenceTuning.Losses;
using PreferenceTuning.Models;
using PreferenceTuning.Numerics;
using static TorchSharp.torch;

namespace PreferenceTuning.Trainers;

/// <summary>
/// Pairs as rows of prompt, chosen, rejected: the prompt is computed once, both responses see it and not each other, and both
/// start at the position behind it. B pairs, S tokens of the longest row, N response tokens, W tokens of the longest response.
/// </summary>
/// <param name="Ids">[B, S] int64, right padded.</param>
/// <param name="Positions">[B, S] int64.</param>
/// <param name="Segments">[B, S] int64: 0 prompt, 1 chosen, 2 rejected, 3 padding.</param>
/// <param name="Sources">[N] int64: where in the flattened [B, S] each response token is predicted.</param>
/// <param name="Targets">[N] int64: the response tokens.</param>
/// <param name="Places">[N] int64: where each stands in the flattened [2 B, W], the chosen responses first.</param>
/// <param name="Width">W.</param>
internal sealed record PackedPairs(Tensor Ids, Tensor Positions, Tensor Segments, Tensor Sources, Tensor Targets, Tensor Places, int Width)
{
    public static PackedPairs Collate(IReadOnlyList<PairExample> pairs, Device device)
    {
        var length = pairs.Max(pair => pair.Prompt.Count + pair.Chosen.Count + pair.Rejected.Count);
        var width = pairs.Max(pair => Math.Max(pair.Chosen.Count, pair.Rejected.Count));
        var (ids, positions, segments) = (new long[pairs.Count, length], new long[pairs.Count, length], new long[pairs.Count, length]);
        var (sources, targets, places) = (new List<long>(), new List<long>(), new List<long>());
        for (var row = 0; row < pairs.Count; row++)
        {
            var prompt = pairs[row].Prompt.Count;
            var column = 0;
            void Append(IReadOnlyList<int> tokens, int segment)
            {
                var start = column;
                for (var i = 0; i < tokens.Count; i++, column++)
                {
                    (ids[row, column], segments[row, column]) = (tokens[i], segment);
                    positions[row, column] = segment == 0 ? i : prompt + i;
                    if (segment > 0)
                    {
                        sources.Add(((long)row * length) + (i == 0 ? prompt : start + i) - 1);
                        targets.Add(tokens[i]);
                        places.Add(((((segment - 1L) * pairs.Count) + row) * width) + i);
                    }
                }
            }

            Append(pairs[row].Prompt, 0);
            Append(pairs[row].Chosen, 1);
            Append(pairs[row].Rejected, 2);
            for (; column < length; column++)
            {
                segments[row, column] = 3;
            }
        }

        Tensor Row(List<long> numbers) => tensor(numbers.ToArray(), device: device);
        return new PackedPairs(
            tensor(ids, device: device), tensor(positions, device: device), tensor(segments, device: device), Row(sources), Row(targets), Row(places), width);
    }

    public PairLogProbs Sums(PolicyModel model)
    {
        var states = model.Decoder.HiddenOfSegments(Ids, Seen(), Positions, Sources);
        var (logProbs, _) = TokenLogProbs.FromHidden(states, model.Decoder.Head, Targets);
        var count = Ids.shape[0];
        long[] shape = [2 * count, Width];
        var all = Masked.Place(logProbs, Places, shape);
        var mask = zeros(2 * count * Width, dtype: ScalarType.Bool, device: logProbs.device).index_fill(0, Places, true).view(shape);
        return PairLogProbs.FromTokens(
            all.narrow(0, 0, count), mask.narrow(0, 0, count), all.narrow(0, count, count), mask.narrow(0, count, count));
    }

    /// <summary>[B, S, S] bool: earlier tokens of the prompt and of a token's own response, and the token itself.</summary>
    private Tensor Seen()
    {
        using var scope = NewDisposeScope();
        var (query, key) = (Segments.unsqueeze(2), Segments.unsqueeze(1));
        var related = key.eq(0).logical_or(key.eq(query));
        var order = ones(Ids.shape[1], Ids.shape[1], dtype: ScalarType.Bool, device: Ids.device).tril();
        return related.logical_and(order).MoveToOuterDisposeScope();
    }
}
