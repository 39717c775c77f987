package dev.croft.ui.support;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;

/** Whatever went wrong, as a problem a person can act on. */
public final class Problems {

    private static final Logger log = LoggerFactory.getLogger(Problems.class);

    private Problems() {}

    public static Problem of(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return switch (cause) {
            case ProblemException known -> known.problem();
            case AccessDeniedException denied ->
                Problem.of(
                        ProblemCode.NOT_ALLOWED,
                        "This was not done.",
                        "Your role does not allow it.",
                        "Ask an administrator of this console, or sign in with another account.");
            case AuthenticationException unknown ->
                Problem.of(
                        ProblemCode.NOT_ALLOWED,
                        "This was not done.",
                        "You are not signed in any more.",
                        "Reload the page and sign in again.");
            default -> unexpected(cause);
        };
    }

    /** A failure nobody foresaw: the person gets a reference, the console's log gets the stack trace under the same reference. */
    private static Problem unexpected(Throwable failure) {
        String reference = UUID.randomUUID().toString().substring(0, 8);
        log.error("Unexpected failure, reference {}", reference, failure);
        return Problem.of(
                        ProblemCode.INTERNAL,
                        "Croft could not finish this.",
                        "Something happened inside the console that it was not prepared for.",
                        "Try once more. If it happens again, report it with the reference " + reference
                                + ", which is also in the console's log.")
                .withDetail("reference " + reference);
    }
}
