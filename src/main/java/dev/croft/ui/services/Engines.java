package dev.croft.ui.services;

import dev.croft.desired.HostState.Mysql;
import dev.croft.desired.HostState.Postgresql;
import dev.croft.desired.HostState.ServiceLimits;
import dev.croft.desired.HostState.Services;
import dev.croft.desired.ServiceSetting;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.ui.shell.Links;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The two database servers, as the screens name them and as the settings have them. */
public final class Engines {

    /** The version that a new box gets. */
    private static final int NEWEST_USUAL = 17;

    private Engines() {}

    public static String label(Engine engine) {
        return engine == Engine.POSTGRESQL ? "PostgreSQL" : "MariaDB";
    }

    public static String word(Engine engine) {
        return engine.name().toLowerCase(Locale.ROOT);
    }

    static String path(Engine engine) {
        return Links.service(word(engine));
    }

    static String path(Engine engine, String tab) {
        return path(engine) + "/" + tab;
    }

    static Optional<Engine> of(String word) {
        return List.of(Engine.values()).stream()
                .filter(engine -> word(engine).equals(word))
                .findFirst();
    }

    public static boolean has(Services services, Engine engine) {
        return engine == Engine.POSTGRESQL ? services.postgresql() != null : services.mysql() != null;
    }

    /** With the service as it comes, or without it. */
    public static Services with(Services services, Engine engine, boolean wanted) {
        return engine == Engine.POSTGRESQL
                ? services.withPostgresql(wanted ? new Postgresql(NEWEST_USUAL, new TreeMap<>(), null) : null)
                : services.withMysql(wanted ? new Mysql(new TreeMap<>(), null) : null);
    }

    static Services with(
            Services services, Engine engine, SortedMap<String, Object> settings, @Nullable ServiceLimits limits) {
        Postgresql postgresql = services.postgresql();
        return engine == Engine.POSTGRESQL
                ? services.withPostgresql(
                        new Postgresql(postgresql == null ? NEWEST_USUAL : postgresql.major(), settings, limits))
                : services.withMysql(new Mysql(settings, limits));
    }

    static SortedMap<String, Object> settings(Services services, Engine engine) {
        Postgresql postgresql = services.postgresql();
        Mysql mysql = services.mysql();
        if (engine == Engine.POSTGRESQL) {
            return postgresql == null ? new TreeMap<>() : postgresql.settings();
        }
        return mysql == null ? new TreeMap<>() : mysql.settings();
    }

    static @Nullable ServiceLimits limits(Services services, Engine engine) {
        Postgresql postgresql = services.postgresql();
        Mysql mysql = services.mysql();
        if (engine == Engine.POSTGRESQL) {
            return postgresql == null ? null : postgresql.limits();
        }
        return mysql == null ? null : mysql.limits();
    }

    static List<ServiceSetting> list(Engine engine) {
        return engine == Engine.POSTGRESQL ? ServiceSetting.POSTGRESQL : ServiceSetting.MYSQL;
    }
}
