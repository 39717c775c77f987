package dev.croft.ui.services;

import dev.croft.desired.HostState.Mysql;
import dev.croft.desired.HostState.Postgresql;
import dev.croft.desired.HostState.ServiceLimits;
import dev.croft.desired.HostState.Services;
import dev.croft.desired.ServiceSetting;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.EngineState;
import dev.croft.ui.shell.Links;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The two database servers, as the screens name them and as the settings have them. */
public final class Engines {

    /** The version that a new box gets. */
    private static final int NEWEST_USUAL = 17;

    private static final String NEWEST_MARIADB = Mysql.VERSIONS.getLast();
    private static final List<Integer> MAJORS =
            IntStream.rangeClosed(14, 18).boxed().toList();
    /** Of a MariaDB without a version; NixOS's own. */
    private static final String UNVERSIONED = "/var/lib/mysql";

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
                : services.withMysql(wanted ? new Mysql(NEWEST_MARIADB, new TreeMap<>(), null) : null);
    }

    static Services with(
            Services services, Engine engine, SortedMap<String, Object> settings, @Nullable ServiceLimits limits) {
        Postgresql postgresql = services.postgresql();
        Mysql mysql = services.mysql();
        return engine == Engine.POSTGRESQL
                ? services.withPostgresql(
                        new Postgresql(postgresql == null ? NEWEST_USUAL : postgresql.major(), settings, limits))
                : services.withMysql(new Mysql(mysql == null ? NEWEST_MARIADB : mysql.version(), settings, limits));
    }

    /** With a server at the version that it has on the box, and all else as it is; a MariaDB may have none there. */
    public static Services atVersion(Services services, Engine engine, int major, Services inForce) {
        Postgresql postgresql = services.postgresql();
        Mysql mysql = services.mysql();
        if (engine == Engine.POSTGRESQL && postgresql != null) {
            return services.withPostgresql(new Postgresql(major, postgresql.settings(), postgresql.limits()));
        }
        if (engine == Engine.MYSQL && mysql != null && inForce.mysql() != null) {
            return services.withMysql(new Mysql(inForce.mysql().version(), mysql.settings(), mysql.limits()));
        }
        return services;
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

    /** The versions that a server can be brought to; one whose data is in NixOS's own directory also to its own. */
    static List<Integer> upgrades(EngineState now) {
        Integer major = now.major();
        if (major == null) {
            return List.of();
        }
        Stream<Integer> all = now.engine() == Engine.POSTGRESQL
                ? MAJORS.stream()
                : Mysql.VERSIONS.stream().map(Engine.MYSQL::major);
        boolean own = now.engine() == Engine.MYSQL && UNVERSIONED.equals(now.dataDir());
        return all.filter(each -> own ? each >= major : each > major).toList();
    }

    static List<ServiceSetting> list(Engine engine) {
        return engine == Engine.POSTGRESQL ? ServiceSetting.POSTGRESQL : ServiceSetting.MYSQL;
    }
}
