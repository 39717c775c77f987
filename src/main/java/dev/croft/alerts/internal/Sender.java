package dev.croft.alerts.internal;

import dev.croft.kernel.SecretText;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One protocol by which messages go out. */
interface Sender {

    /**
     * Returns when the other side has taken it.
     *
     * @param secret null: there is none
     * @param doubtSince when it was first tried, if it is not known whether that try was taken; null: it certainly was not
     */
    void send(Map<String, String> settings, @Nullable SecretText secret, Message message, @Nullable Instant doubtSince)
            throws NotSent;
}
