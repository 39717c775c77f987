package dev.croft.access;

import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Somebody called a use case that changes or reveals something, or signed in; published on the caller's own thread, when it is known
 * what came of it.
 *
 * @param who sign-in name; what was typed when a sign-in failed
 * @param session key of the browser, {@code token:} and the number of an API token, or empty
 * @param address of the other end; empty when it is not known
 * @param verb interface and method of the use case, such as {@code Secrets.set}
 * @param object what the arguments name beside box and app, in words; never a secret
 * @param outcome {@code done}, {@code refused}, or the code of the problem
 * @param result of the use case; null: it has none, or failed
 */
public record Acted(
        Instant at,
        String who,
        String session,
        String address,
        String verb,
        @Nullable HostName host,
        @Nullable AppName app,
        @Nullable OperationId operation,
        String object,
        String outcome,
        @Nullable Object result) {

    public static final String DONE = "done";
    public static final String REFUSED = "refused";
}
