package dev.croft.apps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.desired.DesiredStates;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.NixArchive;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.support.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The apps that come with Croft. */
class QuickStartTest {

    private final Console console = Console.shared();
    private HostName attic;

    @BeforeEach
    void meetABox() {
        attic = console.enrol(Console.newBox());
    }

    /** A state names these files by their hash, and is deployed again as it was: see nix/catalogue/README.md. */
    @Test
    void theFilesOfEachEntryAreThoseThatItNames() throws IOException {
        for (QuickStart.Entry entry : console.asAnna(() -> quickStart().entries())) {
            AppSpec.Source source =
                    drafted(draft(entry.id(), List.of(), Tls.NONE)).source();

            NixArchive.Hash hash = NixArchive.of(Path.of("nix/catalogue", entry.id()));

            assertThat(source.narHash()).as(entry.id()).isEqualTo(hash.sri());
            assertThat(source.rev()).as(entry.id()).isEqualTo(hash.hex().substring(0, 40));
        }
    }

    @Test
    void takesTheNextFreeNameAndPort() {
        assertThat(draft("welcome", List.of(), Tls.NONE)).isEqualTo(new AppName("welcome"));
        assertThat(draft("welcome", List.of(), Tls.NONE)).isEqualTo(new AppName("welcome-2"));

        assertThat(drafted(new AppName("welcome")).run().port()).isEqualTo(8088);
        assertThat(drafted(new AppName("welcome-2")).run().port()).isEqualTo(8089);
    }

    @Test
    void answersAtTheDomainThatWasChosen() {
        AppSpec spec = drafted(draft("welcome", List.of("attic.example"), Tls.INTERNAL));

        assertThat(spec.domains()).containsExactly("attic.example");
        assertThat(spec.web().tls()).isEqualTo(Tls.INTERNAL);
    }

    @Test
    void whatIsNotListedIsNotFound() {
        ProblemException refused =
                catchThrowableOfType(ProblemException.class, () -> draft("../modules", List.of(), Tls.NONE));

        assertThat(refused.problem().code()).isEqualTo(ProblemCode.NOT_FOUND);
    }

    private AppName draft(String entry, List<String> domains, Tls tls) {
        return console.asAnna(() -> quickStart().draft(attic, entry, domains, tls));
    }

    private AppSpec drafted(AppName name) {
        return console.asAnna(() -> console.get(DesiredStates.class).draft(attic))
                .apps()
                .get(name);
    }

    private QuickStart quickStart() {
        return console.get(QuickStart.class);
    }
}
