package dev.croft.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Tokens;
import dev.croft.support.Console;
import dev.croft.support.Http;
import dev.croft.support.MutableClock;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallLimitTest {

    private final MutableClock clock = new MutableClock(Instant.now(Clock.systemUTC()));

    @Test
    void onePersonLeavesRoomForTheOthers(@TempDir Path data) {
        try (Console console = Console.start(data, clock, "--croft.api.calls=5", "--croft.api.calls-per=10s")) {
            Http first = Http.anonymous(console.port()).with(token(console, "one"));
            Http second = Http.anonymous(console.port()).with(token(console, "another"));
            for (int call = 0; call < 5; call++) {
                assertThat((call % 2 == 0 ? first : second).get("/api/v1/hosts").status())
                        .isEqualTo(200);
            }

            Http.Answer refused = first.get("/api/v1/hosts");
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.code()).isEqualTo("TOO_MANY_ATTEMPTS");
            assertThat(Integer.parseInt(refused.header("Retry-After").orElseThrow()))
                    .isBetween(1, 3);
            assertThat(second.get("/api/v1/hosts").status())
                    .as("another token of the same person")
                    .isEqualTo(429);
            assertThat(Http.anonymous(console.port()).get("/api/v1/status").status())
                    .as("somebody else")
                    .isEqualTo(200);

            clock.advance(Duration.ofSeconds(2));
            assertThat(first.get("/api/v1/hosts").status()).isEqualTo(200);
            assertThat(first.get("/api/v1/hosts").status()).isEqualTo(429);
        }
    }

    private static String token(Console console, String name) {
        return console.asAnna(() -> console.get(Tokens.class).create(name, Role.VIEWER, Scope.EVERYWHERE, null))
                .secret()
                .reveal();
    }
}
