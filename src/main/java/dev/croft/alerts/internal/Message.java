package dev.croft.alerts.internal;

import dev.croft.alerts.Alert;
import dev.croft.alerts.Alert.Cause;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a channel is given to say: frozen when it is decided, so that each try says the same.
 *
 * @param key the same at each try
 * @param thread the same for all messages of one alert
 * @param transition raised, cleared or test
 */
record Message(
        String key,
        String thread,
        String transition,
        @Nullable Long alert,
        @Nullable String kind,
        @Nullable String host,
        @Nullable String app,
        @Nullable String subject,
        String what,
        @Nullable String why,
        @Nullable String next,
        @Nullable String detail,
        @Nullable Cause cause,
        Instant at,
        @Nullable Instant beganAt) {

    static final String RAISED = "raised";
    static final String CLEARED = "cleared";
    static final String TEST = "test";

    private static final int DETAIL_MOST = 4000;
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'").withZone(ZoneOffset.UTC);

    static Message of(Alert alert, String uid, String channel, String transition, Instant now) {
        boolean raised = transition.equals(RAISED);
        return new Message(
                uid + "-" + channel + "-" + transition,
                uid,
                transition,
                alert.id(),
                alert.kind().wireName(),
                alert.host().value(),
                alert.app() == null ? null : alert.app().value(),
                alert.subject(),
                alert.words().what().english(),
                raised ? alert.words().why().english() : null,
                raised ? alert.words().next().english() : null,
                raised ? alert.detail() : null,
                raised ? alert.cause() : null,
                now.truncatedTo(ChronoUnit.SECONDS),
                alert.beganAt());
    }

    static Message test(String channel, String nonce, Instant now) {
        return new Message(
                nonce + "-" + channel + "-" + TEST,
                nonce,
                TEST,
                null,
                null,
                null,
                null,
                null,
                "This is a test: nothing is wrong.",
                "Somebody pressed Test beside the channel \"" + channel + "\".",
                "Nothing is to be done: messages of this channel arrive here.",
                null,
                null,
                now.truncatedTo(ChronoUnit.SECONDS),
                null);
    }

    boolean isRaised() {
        return transition.equals(RAISED);
    }

    boolean isCleared() {
        return transition.equals(CLEARED);
    }

    /** One line. */
    String title() {
        String about = host == null ? "Croft" : app == null ? host : app + " on " + host;
        return switch (transition) {
            case CLEARED -> "Over: " + about + ": " + what;
            case TEST -> "Croft: a test";
            default -> about + ": " + what;
        };
    }

    /** @param console without a slash at the end; empty: nobody has said where it is */
    String link(String console) {
        return console.isEmpty() ? "" : alert == null ? console + "/" : console + "/alerts/" + alert;
    }

    /** Where the change that is the likely cause can be rolled back. */
    @Nullable
    String rollBackLink(String console) {
        if (cause == null || console.isEmpty()) {
            return null;
        }
        String changed = cause.app() == null ? app : cause.app().value();
        return changed == null ? console + "/host/generations" : console + "/apps/" + changed + "/deployments";
    }

    String text(String console) {
        List<String> lines = new ArrayList<>();
        lines.add(isCleared() ? "This is over: " + what : what);
        if (why != null) {
            lines.add(why);
        }
        if (beganAt != null) {
            lines.add("");
            lines.add("Since " + MINUTE.format(beganAt) + (isCleared() ? ", until " + MINUTE.format(at) : ""));
        }
        if (cause != null) {
            lines.add("");
            lines.add("Likely cause: " + cause.title() + ", by " + cause.by() + ", " + MINUTE.format(cause.at())
                    + ", the last change before it began.");
            cause.edits().forEach(edit -> lines.add("  * " + edit));
            String back = rollBackLink(console);
            if (back != null) {
                lines.add("Roll back: " + back);
            }
        }
        if (next != null) {
            lines.add("");
            lines.add(next);
        }
        if (detail != null && !detail.isBlank()) {
            lines.add("");
            lines.add("Last lines:");
            lines.add(detail.length() > DETAIL_MOST ? detail.substring(detail.length() - DETAIL_MOST) : detail);
        }
        if (!console.isEmpty()) {
            lines.add("");
            lines.add(link(console));
        }
        return String.join("\n", lines);
    }
}
