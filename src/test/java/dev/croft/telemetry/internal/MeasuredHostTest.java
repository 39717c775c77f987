package dev.croft.telemetry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCall;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class MeasuredHostTest {

    private static final HostName NAME = new HostName("attic");
    private static final Host BOX = new Host(NAME, new HostEndpoint("192.0.2.1", 22, "croft-host", ""), Instant.EPOCH);

    private final AtomicInteger tries = new AtomicInteger();
    private final Semaphore tried = new Semaphore(0);
    private final DataSize memory = DataSize.ofMegabytes(1);
    private final MeasuredHost measured = new MeasuredHost(
            NAME,
            () -> Optional.of(BOX),
            refusingAtOnce(),
            new TelemetryProperties(
                    Duration.ofSeconds(1), memory, DataSize.ofBytes(0), Duration.ofHours(1), Duration.ofHours(1)),
            Clock.systemUTC(),
            Room.of(memory),
            new History(Path.of("kept", "nowhere"), DataSize.ofBytes(0)));

    @AfterEach
    void end() {
        measured.end();
    }

    /** As the link does while it pauses: the call has ended before anybody waits for it. */
    @Test
    void aBoxThatRefusesAtOnceIsNotAskedWithoutAPause() throws Exception {
        Thread.ofVirtual().start(measured);
        assertThat(tried.tryAcquire(10, TimeUnit.SECONDS)).isTrue();

        assertThat(tried.tryAcquire(300, TimeUnit.MILLISECONDS))
                .as("a second try within the pause of an hour")
                .isFalse();
        measured.lookAgain();
        assertThat(tried.tryAcquire(10, TimeUnit.SECONDS))
                .as("a try when the box is back")
                .isTrue();
        assertThat(tries).hasValue(2);
    }

    private HostLink refusingAtOnce() {
        return (HostLink) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {HostLink.class}, (link, method, arguments) -> {
                    tries.incrementAndGet();
                    tried.release();
                    return new Refused();
                });
    }

    private record Refused() implements HostCall<Object> {

        @Override
        public CompletableFuture<Object> result() {
            return CompletableFuture.failedFuture(
                    new ProblemException(Problem.of(ProblemCode.HOST_UNREACHABLE, "", "", "")));
        }

        @Override
        public void close() {}
    }
}
