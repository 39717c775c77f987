package dev.croft.ui.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.ui.apps.DiffText.Kind;
import dev.croft.ui.apps.DiffText.Line;
import java.util.ArrayList;
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
    void takesALongStateInWhichLittleChanged() {
        var before = IntStream.range(0, 50_000).mapToObj(Integer::toString).toList();
        var after = new ArrayList<>(before);
        after.set(25_000, "changed");

        assertThat(DiffText.compare(before, after).stream().filter(line -> line.kind() != Kind.SAME))
                .containsExactly(new Line(Kind.REMOVED, "25000"), new Line(Kind.ADDED, "changed"));
    }
}
