package dev.croft.access;

import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.io.Serializable;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * For what a role is held: all boxes and the console itself, one box with all its apps, or one app of a box.
 *
 * @param host null: everywhere
 * @param app null: the whole box
 */
public record Scope(@Nullable HostName host, @Nullable AppName app) implements Comparable<Scope>, Serializable {

    public static final Scope EVERYWHERE = new Scope(null, null);

    private static final Comparator<Scope> WIDEST_FIRST = Comparator.comparing(
                    Scope::host, Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(Scope::app, Comparator.nullsFirst(Comparator.naturalOrder()));

    public Scope {
        if (host == null && app != null) {
            throw new IllegalArgumentException("An app belongs to a box.");
        }
    }

    public static Scope of(HostName host) {
        return new Scope(host, null);
    }

    /** @param app null: the whole box */
    public static Scope of(HostName host, @Nullable AppName app) {
        return new Scope(host, app);
    }

    /** What {@link #toString} writes; INVALID_INPUT for anything else. */
    public static Scope parse(String text) {
        if ("everywhere".equals(text)) {
            return EVERYWHERE;
        }
        String[] parts = text.split("/", -1);
        if (parts.length > 2) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The scope was not accepted.",
                            "scope: it is \"everywhere\", a box such as \"attic\", or an app of a box such as \"attic/blog\".",
                            "Correct it and try again.")
                    .toException();
        }
        return of(new HostName(parts[0]), parts.length == 2 ? new AppName(parts[1]) : null);
    }

    /** Whether that other scope is this one or lies in it. */
    public boolean covers(Scope other) {
        return (host == null || host.equals(other.host)) && (app == null || app.equals(other.app));
    }

    @Override
    public int compareTo(Scope other) {
        return WIDEST_FIRST.compare(this, other);
    }

    /** {@code everywhere}, {@code attic} or {@code attic/blog}. */
    @Override
    public String toString() {
        return host == null ? "everywhere" : app == null ? host.value() : host.value() + "/" + app.value();
    }
}
