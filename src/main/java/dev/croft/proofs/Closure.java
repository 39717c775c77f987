package dev.croft.proofs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Everything that something needs to run, and nothing else: a graph of store paths.
 *
 * @param identity 64 hexadecimal digits: the same for the same contents
 * @param roots positions of the parts that need all the others
 * @param bytes of all parts
 * @param parts by path
 */
public record Closure(String identity, List<Integer> roots, long bytes, List<Part> parts) {

    private static final int MOST_WAYS = 5;

    public Closure {
        roots = List.copyOf(roots);
        parts = List.copyOf(parts);
    }

    /**
     * @param path without /nix/store/
     * @param version empty where the name has none
     * @param bytes of the NAR
     * @param closureBytes with all that it needs
     * @param sha256 of the NAR, 64 hexadecimal digits; null where the box does not know it
     * @param fetched whether it came, signed, from a binary cache; otherwise this box made it
     * @param references positions of the parts that it needs
     */
    public record Part(
            String path,
            String name,
            String version,
            long bytes,
            long closureBytes,
            @Nullable String sha256,
            boolean fetched,
            List<Integer> references) {}

    /** Chains of parts from a root down to this one, the shortest first, no two by the same last step; at most five. */
    public List<List<Part>> waysTo(int position) {
        int[] before = shortest();
        List<List<Part>> ways = new ArrayList<>();
        if (roots.contains(position)) {
            ways.add(List.of(parts.get(position)));
        }
        IntStream.range(0, parts.size())
                .filter(other ->
                        other != position && parts.get(other).references().contains(position))
                .mapToObj(other -> chain(before, other))
                // One that leads through the part itself says nothing of how it came in.
                .filter(chain -> !chain.contains(position))
                .sorted(Comparator.comparingInt(List::size))
                .limit(MOST_WAYS - ways.size())
                .forEach(chain -> {
                    chain.add(position);
                    ways.add(chain.stream().map(parts::get).toList());
                });
        return ways;
    }

    /** For each part the one before it on a shortest way from a root; -1 before a root. */
    private int[] shortest() {
        int[] before = new int[parts.size()];
        Arrays.fill(before, -2);
        ArrayDeque<Integer> rest = new ArrayDeque<>();
        for (int root : roots) {
            before[root] = -1;
            rest.add(root);
        }
        while (!rest.isEmpty()) {
            int here = rest.remove();
            for (int next : parts.get(here).references()) {
                if (before[next] == -2) {
                    before[next] = here;
                    rest.add(next);
                }
            }
        }
        return before;
    }

    private static List<Integer> chain(int[] before, int last) {
        var chain = new ArrayList<Integer>();
        for (int at = last; at >= 0; at = before[at]) {
            chain.addFirst(at);
        }
        return chain;
    }
}
