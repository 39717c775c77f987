package dev.croft.access.internal;

import dev.croft.access.Providers.Becomes;
import dev.croft.access.Providers.Settings;
import dev.croft.access.Providers.Test;
import dev.croft.access.Providers.TestState;
import dev.croft.access.SignInPaths;
import dev.croft.kernel.Problem;
import dev.croft.kernel.SecretText;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Sign-ins that are only tried. In memory: settings that nobody saved are nothing to keep. */
@Component
class SignInTests {

    /** No id of a provider begins so. */
    private static final String PREFIX = "~";

    private static final int BYTES = 18;
    private static final int MOST = 100;
    private static final Duration LIFE = Duration.ofMinutes(10);

    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Run> runs = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Run> eldest) {
            return size() > MOST;
        }
    };

    /** @param by who tries it: nobody else sees what came of it */
    record Run(Test test, Settings settings, Optional<SecretText> clientSecret, String by, Instant until) {

        Run with(TestState state, Map<String, Object> claims, @Nullable Becomes becomes, @Nullable Problem problem) {
            return new Run(
                    new Test(test.id(), test.path(), state, claims, becomes, problem),
                    settings,
                    clientSecret,
                    by,
                    until);
        }
    }

    SignInTests(Clock clock) {
        this.clock = clock;
    }

    Run start(Settings settings, Optional<SecretText> secret, String by) {
        byte[] bits = new byte[BYTES];
        random.nextBytes(bits);
        String id = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
        Run run = new Run(
                new Test(id, SignInPaths.PROVIDER + id, TestState.WAITING, Map.of(), null, null),
                settings,
                secret,
                by,
                clock.instant().plus(LIFE));
        synchronized (runs) {
            runs.put(id, run);
        }
        return run;
    }

    static boolean isTest(@Nullable String id) {
        return id != null && id.startsWith(PREFIX);
    }

    Optional<Run> find(String id) {
        synchronized (runs) {
            return Optional.ofNullable(runs.get(id)).filter(run -> run.until().isAfter(clock.instant()));
        }
    }

    void done(String id, Map<String, Object> claims) {
        finish(
                id,
                run -> run.with(
                        TestState.DONE,
                        claims,
                        ClaimRules.becomes(run.settings().rules(), claims),
                        null));
    }

    void failed(String id, Problem problem) {
        finish(id, run -> run.with(TestState.FAILED, Map.of(), null, problem));
    }

    private void finish(String id, java.util.function.UnaryOperator<Run> how) {
        synchronized (runs) {
            runs.computeIfPresent(id, (same, run) -> how.apply(run));
        }
    }
}
