package dev.croft.services;

import dev.croft.kernel.AppName;
import java.util.List;

/**
 * A service, and who cannot do without it.
 *
 * @param service postgresql, mysql, mail, or the app's own redis
 * @param standing whether it serves
 * @param apps those in force that are attached to it; they fail with it
 */
public record Dependency(String service, String label, Standing standing, List<AppName> apps) {

    public enum Standing {
        RUNS,
        FAILED,
        /** In a draft, or in force, but the box does not run it yet. */
        WANTED,
        /** The box was not asked about it. */
        UNKNOWN
    }

    public Dependency {
        apps = List.copyOf(apps);
    }
}
