package dev.croft.services;

import dev.croft.kernel.AppName;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Something that apps start after.
 *
 * @param unit systemd's name of it
 * @param label people's
 * @param since null: not known
 * @param after units of other dependencies that it starts after itself
 * @param apps those of the running system that start after it
 */
public record Dependency(
        String unit,
        String label,
        Kind kind,
        Standing standing,
        @Nullable Instant since,
        List<String> after,
        List<Dependant> apps) {

    public enum Kind {
        SERVER,
        /** Something of one app's that is done before it starts: its database is made, its data is migrated. */
        STEP
    }

    public enum Standing {
        RUNS,
        STARTING,
        STOPPED,
        FAILED,
        /** A step that has ended well. */
        DONE,
        /** In a draft, or in force, but the box does not run it yet. */
        WANTED,
        /** The box did not say. */
        UNKNOWN
    }

    /**
     * @param falls whether it cannot run without, and stops with it
     * @param standing of the app itself
     */
    public record Dependant(AppName app, boolean falls, Standing standing) {}

    public Dependency {
        after = List.copyOf(after);
        apps = List.copyOf(apps);
    }

    /** Whether an app that needs it is without it. */
    public boolean isDown() {
        return standing == Standing.FAILED || (kind == Kind.SERVER && standing == Standing.STOPPED);
    }

    public boolean concerns(AppName app) {
        return apps.stream().anyMatch(each -> each.app().equals(app));
    }

    /** The apps that stop with it. */
    public List<AppName> falling() {
        return named(apps.stream().filter(Dependant::falls));
    }

    /** The apps that go on without it. */
    public List<AppName> without() {
        return named(apps.stream().filter(each -> !each.falls()));
    }

    private static List<AppName> named(Stream<Dependant> some) {
        return some.map(Dependant::app).toList();
    }
}
