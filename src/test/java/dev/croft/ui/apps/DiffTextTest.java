package dev.croft.ui.apps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.ui.apps.DiffText.Kind;
import dev.croft.ui.apps.DiffText.Line;
import java.util.List;
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
}
