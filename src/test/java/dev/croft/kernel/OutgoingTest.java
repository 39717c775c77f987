package dev.croft.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutgoingTest {

    private final Outgoing outgoing =
            new Outgoing(List.of("attic.example", "*.home.example", "192.0.2.7", "2001:db8::7", "ID.Example.org", " "));

    @ParameterizedTest
    @CsvSource({
        "attic.example,        true",
        "ATTIC.example,        true",
        "attic.example.,       true",
        "cellar.attic.example, false",
        "xattic.example,       false",
        "attic.example.evil,   false",
        "id.home.example,      true",
        "a.b.home.example,     true",
        "home.example,         false",
        ".home.example,        false",
        "evilhome.example,     false",
        "192.0.2.7,            true",
        "192.0.2.70,           false",
        "[2001:db8::7],        true",
        "id.example.org,       true",
        "'',                   false",
    })
    void onlyWhatIsNamedIsConnectedTo(String host, boolean allowed) {
        assertThat(outgoing.allows(host)).isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource({"attic.example", "169.254.169.254"})
    void withoutPlacesItMayGoAnywhere(String host) {
        assertThat(new Outgoing(List.of("", " ")).allows(host)).isTrue();
    }
}
