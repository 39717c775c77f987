package dev.croft.desired;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An app as state.json has it (docs/state.md). Built through {@link #validated()} or refused with INVALID_INPUT naming the field.
 * A git source may carry {@code ref} without {@code rev} and {@code narHash} while it is a draft; a revision has all three.
 */
public record AppSpec(
        Source source,
        Build build,
        String isolation,
        Run run,
        List<String> domains,
        @Nullable Limits limits,
        @Nullable Health health) {

    public AppSpec {
        domains = List.copyOf(domains);
    }

    public record Source(
            String type,
            String url,
            @Nullable String ref,
            @Nullable String rev,
            @Nullable String narHash) {

        public boolean isPinned() {
            return rev != null && narHash != null;
        }
    }

    /** @param builder flake, static, python or node */
    public record Build(String builder) {}

    /**
     * @param command argument vector; empty: the builder's own start command
     * @param port TCP port on which the app listens, 1 to 65535; null for an app without one
     */
    public record Run(List<String> command, @Nullable Integer port, Map<String, String> env) {

        public Run {
            command = List.copyOf(command);
            env = Collections.unmodifiableMap(new TreeMap<>(env));
        }
    }

    /**
     * @param memoryMax systemd size such as 512M
     * @param cpuQuota per cent of one core such as 50%
     * @param tasksMax number of tasks
     */
    public record Limits(
            @Nullable String memoryMax,
            @Nullable String cpuQuota,
            @Nullable Integer tasksMax) {

        /** What the box applies where an app says nothing; nix/modules/options.nix declares the same values. */
        public static final Limits DEFAULTS = new Limits("512M", "100%", 256);

        /** These limits, with the default for each that is not set. */
        public Limits orDefaults() {
            return new Limits(
                    memoryMax == null ? DEFAULTS.memoryMax : memoryMax,
                    cpuQuota == null ? DEFAULTS.cpuQuota : cpuQuota,
                    tasksMax == null ? DEFAULTS.tasksMax : tasksMax);
        }
    }

    /**
     * @param path request path, starts with /
     * @param timeoutSeconds how long the app may take to answer with 2xx or 3xx, 1 to 600
     */
    public record Health(String path, int timeoutSeconds) {}

    /** This entry when it is within every bound; else an INVALID_INPUT problem that names the field. */
    public AppSpec validated() {
        AppSpecRules.check(this);
        return this;
    }

    /** The same app from another revision. */
    public AppSpec withSource(Source other) {
        return new AppSpec(other, build, isolation, run, domains, limits, health);
    }
}
