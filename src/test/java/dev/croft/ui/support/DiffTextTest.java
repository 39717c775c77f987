package dev.croft.ui.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.ui.support.DiffText.Kind;
import dev.croft.ui.support.DiffText.Line;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DiffTextTest {

    @Test
    void keepsWhatIsTheSameAndNamesTheRest() {
        assertThat(DiffText.compare(List.of("a", "b", "c"), List.of("a", "x", "c", "d")))
                .containsExactly(
                        new Line(Kind.SAME, "a"),
                        new Line(Kind.REMOVED, "b"),
                        new Line(Kind.ADDED, "x"),
                        new Line(Kind.SAME, "c"),
                        new Line(Kind.ADDED, "d"));
    }

    @Test
    void takesEverythingAsNewWhenThereWasNothing() {
        assertThat(DiffText.compare(List.of(), List.of("a"))).containsExactly(new Line(Kind.ADDED, "a"));
    }

    @Test
    void showsTextsThatDifferAllOverAsTwo() {
        List<String> before =
                IntStream.range(0, 3_000).mapToObj(i -> "old " + i).toList();
        List<String> after = IntStream.range(0, 3_000).mapToObj(i -> "new " + i).toList();

        List<Line> lines = DiffText.compare(before, after);

        assertThat(lines).hasSize(6_000);
        assertThat(lines.getFirst()).isEqualTo(new Line(Kind.REMOVED, "old 0"));
        assertThat(lines.getLast()).isEqualTo(new Line(Kind.ADDED, "new 2999"));
    }
}
