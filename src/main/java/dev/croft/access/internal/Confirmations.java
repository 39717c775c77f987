package dev.croft.access.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.access.OperatorPaths;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** Who proved themselves again in which browser, and when: by a password typed once more, a code, or a sign-in. */
@Component
class Confirmations {

    private final CurrentOperator current;
    private final OperatorPaths paths;
    private final AccessProperties properties;
    private final Clock clock;
    private final Map<Place, Instant> confirmed = new ConcurrentHashMap<>();

    private record Place(String name, String session) {}

    Confirmations(CurrentOperator current, OperatorPaths paths, AccessProperties properties, Clock clock) {
        this.current = current;
        this.paths = paths;
        this.properties = properties;
        this.clock = clock;
    }

    /** The signed-in person, here and now. */
    void confirm() {
        confirm(current.get().name(), paths.currentSession());
    }

    void confirm(String name, String session) {
        Instant now = clock.instant();
        confirmed.values().removeIf(when -> isOver(when, now));
        confirmed.put(new Place(name, session), now);
    }

    boolean isConfirmed() {
        Instant when = confirmed.get(new Place(current.get().name(), paths.currentSession()));
        return when != null && !isOver(when, clock.instant());
    }

    private boolean isOver(Instant when, Instant now) {
        return when.plus(properties.passwordAgain()).isBefore(now);
    }
}
