package dev.croft.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.apps.Apps;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A box that has another address or another key is the same box, when its owner says so. */
class MovedHostTest {

    private static final String NEW_KEY = "SHA256:" + "B".repeat(43);

    @TempDir
    private Path data;

    private final FakeBox box = Console.newBox();
    private Console console;
    private HostName attic;

    @BeforeEach
    void start() {
        console = Console.start(data, "--croft.fleet.heartbeat=20ms");
        attic = console.enrol(box);
        Await.until(this::status, HostStatus::reachable);
    }

    @AfterEach
    void stop() {
        console.close();
    }

    @Test
    void aKeyThatChangedIsNotTrustedBeforeSomebodyApprovesIt() {
        box.reinstall(NEW_KEY);
        HostStatus gone = Await.until(this::status, status -> !status.reachable());
        assertThat(gone.problem().code()).isEqualTo(ProblemCode.HOST_KEY_CHANGED);

        HostEndpoint before = endpoint();
        move(new HostEndpoint(before.address(), before.port(), before.user(), NEW_KEY));

        assertThat(endpoint().fingerprint()).isEqualTo(NEW_KEY);
        assertThat(status().reachable()).isTrue();
        // Not only in the answer: the beats that follow go there, too.
        int asked = box.received().size();
        Await.until(() -> box.received().size(), now -> now > asked + 2);
        assertThat(status().reachable()).isTrue();
    }

    @Test
    void whereNothingAnswersWithThatKeyTheOldPlaceStays() {
        HostEndpoint before = endpoint();
        HostEndpoint wrong = new HostEndpoint(before.address(), before.port(), before.user(), NEW_KEY);

        assertThat(refused(wrong)).isEqualTo(ProblemCode.HOST_KEY_CHANGED);

        assertThat(endpoint()).isEqualTo(before);
        assertThat(status().reachable()).isTrue();
    }

    @Test
    void whatIsAskedOfItGoesToItsNewAddress() {
        HostEndpoint there = Console.place(box);

        move(there);

        assertThat(endpoint()).isEqualTo(there);
        assertThat(console.asAnna(() -> console.get(Apps.class).list(attic))).isEmpty();
    }

    @Test
    void anotherBoxIsNotTakenForIt() {
        FakeBox other = Console.newBox();
        HostName cellar = console.enrol(other);
        HostEndpoint itsPlace =
                console.asAnna(() -> console.get(Hosts.class).get(cellar)).endpoint();

        assertThat(refused(itsPlace)).isEqualTo(ProblemCode.CONFLICT);
    }

    private Host move(HostEndpoint there) {
        return console.asAnna(() -> console.get(Hosts.class).move(attic, there));
    }

    private ProblemCode refused(HostEndpoint there) {
        return catchThrowableOfType(ProblemException.class, () -> move(there))
                .problem()
                .code();
    }

    private HostEndpoint endpoint() {
        return console.asAnna(() -> console.get(Hosts.class).get(attic)).endpoint();
    }

    private HostStatus status() {
        return console.asAnna(() -> console.get(Hosts.class).status(attic));
    }
}
