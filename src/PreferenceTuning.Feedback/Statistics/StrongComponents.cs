namespace PreferenceTuning.Feedback.Statistics;

/// <summary>
/// Groups of items that beat each other directly or over others. Strengths have a finite maximum of the likelihood only when there is
/// one group (Ford 1957, American Mathematical Monthly 64(8)).
/// </summary>
public static class StrongComponents
{
    /// <summary>The strongly connected components of "beats", each ascending, ordered by smallest member.</summary>
    /// <param name="itemCount">Number of items.</param>
    /// <param name="beats">Pairs (winner, loser); a tie is given in both directions.</param>
    public static IReadOnlyList<IReadOnlyList<int>> Find(int itemCount, IEnumerable<(int Winner, int Loser)> beats)
    {
        var edges = beats.Distinct().ToArray();
        var (forward, backward) = (Neighbours(itemCount, edges), Neighbours(itemCount, [.. edges.Select(e => (e.Loser, e.Winner))]));

        // Kosaraju: the second pass walks the reversed graph in descending order of finishing time.
        var finished = Walk(itemCount, [.. Enumerable.Range(0, itemCount)], forward).SelectMany(tree => tree).Reverse().ToArray();
        return [.. Walk(itemCount, finished, backward).Select(tree => (IReadOnlyList<int>)[.. tree.Order()]).OrderBy(tree => tree[0])];
    }

    private static int[][] Neighbours(int itemCount, (int From, int To)[] edges)
    {
        var lists = new List<int>[itemCount];
        foreach (var (from, to) in edges)
        {
            Check.Index(from, itemCount, nameof(edges), 0);
            Check.Index(to, itemCount, nameof(edges), 0);
            (lists[from] ??= []).Add(to);
        }

        return [.. lists.Select(list => list?.ToArray() ?? [])];
    }

    /// <summary>Depth-first trees from the given roots; each tree in finishing order. Iterative: chains of items may be long.</summary>
    private static List<List<int>> Walk(int itemCount, int[] roots, int[][] neighbours)
    {
        var (seen, next, trees) = (new bool[itemCount], new int[itemCount], new List<List<int>>());
        foreach (var root in roots.Where(root => !seen[root]))
        {
            var (tree, stack) = (new List<int>(), new Stack<int>([root]));
            seen[root] = true;
            while (stack.TryPeek(out var node))
            {
                if (next[node] == neighbours[node].Length)
                {
                    tree.Add(stack.Pop());
                }
                else if (neighbours[node][next[node]++] is var neighbour && !seen[neighbour])
                {
                    seen[neighbour] = true;
                    stack.Push(neighbour);
                }
            }

            trees.Add(tree);
        }

        return trees;
    }
}
