package dev.croft.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class PhraseTest {

    @Test
    void saysItInEnglishWithWhatIsInIt() {
        Phrase port = Phrase.of("{0} {1} → {2}", Phrase.of("port"), 8080, Phrase.inContext("setting", "none"));

        assertThat(port.english()).isEqualTo("port 8080 → none");
        assertThat(Phrase.of("{0, plural, one {# file} other {# files}} of {1}", 1200, "ada")
                        .english())
                .isEqualTo("1,200 files of ada");
    }

    @Test
    void whatIsDataMayHaveBracesInIt() {
        assertThat(Phrase.data("{0} isn't '{'").english()).isEqualTo("{0} isn't '{'");
        assertThat(Phrase.of("the app's {0}", "{1}").english()).isEqualTo("the app's {1}");
    }

    @Test
    void aListIsOneAfterTheOther() {
        assertThat(Phrase.list(List.of("one"))).isEqualTo("one");
        assertThat(Phrase.list(List.of("one", Phrase.of("port"), "three")))
                .isInstanceOfSatisfying(
                        Phrase.class, list -> assertThat(list.english()).isEqualTo("one, port, three"));
    }

    @Test
    void refusesWhatItCouldNotSay() {
        assertThatThrownBy(() -> Phrase.of("{0} and {1}", "one")).hasMessageContaining("is given 1 values");
        assertThatThrownBy(() -> Phrase.of("nothing", "one")).hasMessageContaining("is given 1 values");
        assertThatThrownBy(() -> Phrase.of("{0} of {2}", "one", "two")).hasMessageContaining("Has places [0, 2]");
        assertThatThrownBy(() -> Phrase.of("{0}", 1.5)).hasMessageContaining("no class java.lang.Double");
        assertThatThrownBy(() -> Phrase.of("{0", "one")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Phrase.of("{name}", "one")).hasMessageContaining("Values have numbers, not names");
    }
}
