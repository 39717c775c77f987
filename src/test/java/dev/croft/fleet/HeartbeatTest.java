package dev.croft.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.desired.DesiredStates;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the console knows of a box that nobody is asking about. */
class HeartbeatTest {

    private static final AppName BLOG = new AppName("blog");

    @TempDir
    private Path data;

    private final FakeBox box = Console.newBox();
    private Console console;
    private HostName attic;

    @BeforeEach
    void start() {
        console = Console.start(data, "--croft.fleet.heartbeat=20ms");
        attic = console.enrol(box);
    }

    @AfterEach
    void stop() {
        console.close();
    }

    @Test
    void noticesThatABoxIsGoneAndThatItIsBack() {
        HostStatus before = status();
        assertThat(before.reachable()).isTrue();
        assertThat(before.description()).isEqualTo("Sandbox host (not NixOS)");

        box.cutLink();
        HostStatus gone = Await.until(this::status, status -> !status.reachable());
        assertThat(gone.problem().code()).isEqualTo(ProblemCode.HOST_UNREACHABLE);
        assertThat(gone.seenAt()).as("when it was last seen is still known").isNotNull();
        assertThat(gone.description()).isEqualTo("Sandbox host (not NixOS)");

        box.mendLink();
        HostStatus back = Await.until(this::status, HostStatus::reachable);
        assertThat(back.problem()).isNull();
        assertThat(back.seenAt()).isAfterOrEqualTo(gone.seenAt());
    }

    /** Somebody may have worked on it by hand. */
    @Test
    void readsTheStateAgainWhenABoxIsBack() {
        box.cutLink();
        Await.until(this::status, status -> !status.reachable());
        box.changeByHand("""
                {"version":1,"host":{"name":"attic","stateVersion":"26.05"},"apps":{"blog":{
                 "source":{"type":"git","url":"https://git.example/blog.git","rev":"%s","narHash":"%s"},
                 "build":{"builder":"static"},"run":{"port":8080}}}}
                """.formatted(FakeBox.REV_2, FakeBox.NAR_HASH));

        box.mendLink();

        Await.until(
                () -> console.asAnna(() -> console.get(DesiredStates.class).inForce(attic)),
                state -> state.isPresent() && state.get().apps().containsKey(BLOG));
    }

    private HostStatus status() {
        return console.asAnna(() -> console.get(Hosts.class).status(attic));
    }
}
