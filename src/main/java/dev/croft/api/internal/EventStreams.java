package dev.croft.api.internal;

import dev.croft.access.Sight;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Opens streams that last no longer than the token or the session that asked for them. */
@Component
class EventStreams {

    private final Sight sight;

    EventStreams(Sight sight) {
        this.sight = sight;
    }

    EventStream open(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        BooleanSupplier present = sight.presence();
        return new EventStream(() -> isOpen(session) && present.getAsBoolean());
    }

    private static boolean isOpen(@Nullable HttpSession session) {
        try {
            return session == null || session.getCreationTime() > 0;
        } catch (IllegalStateException ended) {
            return false;
        }
    }
}
