package dev.croft.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.proofs.Closure.Part;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Why something is in a closure. */
class ClosureTest {

    private static Closure graph(List<Integer> roots, List<List<Integer>> references) {
        return new Closure(
                "0".repeat(64),
                roots,
                references.size(),
                IntStream.range(0, references.size())
                        .mapToObj(i -> new Part("p" + i, "p" + i, "", 1, 1, null, false, references.get(i)))
                        .toList());
    }

    private static List<String> told(Closure closure, int position) {
        return closure.waysTo(position).stream()
                .map(way -> String.join(" ", way.stream().map(Part::name).toList()))
                .toList();
    }

    @Test
    void theShortestWayComesFirst() {
        Closure closure =
                graph(List.of(0), List.of(List.of(1, 2), List.of(3), List.of(4), List.of(4), List.<Integer>of()));
        assertThat(told(closure, 4)).containsExactly("p0 p2 p4", "p0 p1 p3 p4");
    }

    @Test
    void aRootIsThereForItself() {
        Closure closure = graph(List.of(0, 1), List.of(List.of(1), List.<Integer>of()));
        assertThat(told(closure, 1)).containsExactly("p1", "p0 p1");
    }

    @Test
    void aCircleIsNoWay() {
        Closure closure = graph(List.of(0), List.of(List.of(1), List.of(2), List.of(1)));
        assertThat(told(closure, 1)).containsExactly("p0 p1");
    }

    @Test
    void moreThanFiveAreNotTold() {
        List<List<Integer>> references = new ArrayList<>(Collections.nCopies(11, List.of(10)));
        references.set(0, IntStream.rangeClosed(1, 9).boxed().toList());
        references.set(10, List.of());
        assertThat(told(graph(List.of(0), references), 10)).hasSize(5);
    }
}
