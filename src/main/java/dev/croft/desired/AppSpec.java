package dev.croft.desired;

import dev.croft.kernel.AppName;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An app as state.json has it (docs/state.md). Built through {@link #validated()} or refused with INVALID_INPUT naming the field.
 * A git source may carry {@code ref} without {@code rev} and {@code narHash} while it is a draft; a revision has all three.
 *
 * @param web how its domains are served; null: as the defaults say
 * @param attach what it uses of the box
 * @param jobs commands that run by the clock, by name
 * @param backup whether and what of it is backed up; null: all of it, once the box has a target
 */
public record AppSpec(
        Source source,
        Build build,
        String isolation,
        Run run,
        List<String> domains,
        @Nullable Web web,
        Attach attach,
        SortedMap<String, Job> jobs,
        @Nullable Limits limits,
        @Nullable Health health,
        @Nullable Backup backup) {

    public AppSpec {
        domains = List.copyOf(domains);
        jobs = Collections.unmodifiableSortedMap(new TreeMap<>(jobs));
        // What says nothing is left out of the file, so it has to be equal to nothing.
        web = new Web(null, null, new TreeMap<>(), null).equals(web) ? null : web;
        limits = new Limits(null, null, null).equals(limits) ? null : limits;
        backup = new Backup(null, List.of()).equals(backup) ? null : backup;
    }

    /** An app with these parts and nothing else. */
    public static AppSpec of(Source source, Build build, Run run) {
        return new AppSpec(
                source, build, "service", run, List.of(), null, Attach.NOTHING, new TreeMap<>(), null, null, null);
    }

    /**
     * @param type git, or catalogue for an app that comes with Croft
     * @param url address of the repository; of an app that comes with Croft {@code croft:} and its name
     */
    public record Source(
            String type,
            String url,
            @Nullable String ref,
            @Nullable String rev,
            @Nullable String narHash) {

        public static final String GIT = "git";
        public static final String CATALOGUE = "catalogue";

        public boolean isPinned() {
            return rev != null && narHash != null;
        }
    }

    /** @param builder flake, static, python or node */
    public record Build(String builder) {}

    /**
     * @param command argument vector; empty: the builder's own start command
     * @param port TCP port on which the app listens, 1 to 65535; null for an app without one
     * @param secrets which secrets the app is given, how and from where, by name
     * @param migrate argument vector that runs before a new version starts; empty: none
     */
    public record Run(
            List<String> command,
            @Nullable Integer port,
            Map<String, String> env,
            SortedMap<String, Delivery> secrets,
            List<String> migrate) {

        public Run {
            command = List.copyOf(command);
            env = Collections.unmodifiableMap(new TreeMap<>(env));
            secrets = Collections.unmodifiableSortedMap(new TreeMap<>(secrets));
            migrate = List.copyOf(migrate);
        }

        public Run(List<String> command, @Nullable Integer port, Map<String, String> env) {
            this(command, port, env, new TreeMap<>(), List.of());
        }

        public Run withSecrets(SortedMap<String, Delivery> others) {
            return new Run(command, port, env, others, migrate);
        }

        public Run withMigrate(List<String> other) {
            return new Run(command, port, env, secrets, other);
        }
    }

    /**
     * How a secret reaches the process, and from where.
     *
     * @param inGit null: it is sealed on the box
     */
    public record Delivery(As as, @Nullable InGit inGit) {

        public static final Delivery FILE = new Delivery(As.FILE, null);
        public static final Delivery ENV = new Delivery(As.ENV, null);
        public static final Delivery ENV_FILE = new Delivery(As.ENV_FILE, null);
    }

    public enum As implements Worded {
        /** As the file {@code $CREDENTIALS_DIRECTORY/NAME}. */
        FILE("file"),
        /** As the variable NAME. */
        ENV("env"),
        /** Lines {@code KEY=VALUE}, each a variable. */
        ENV_FILE("envFile");

        private final String word;

        As(String word) {
            this.word = word;
        }

        @Override
        public String word() {
            return word;
        }
    }

    /**
     * Where in the box's flake sops has encrypted a secret.
     *
     * @param file its path in the flake, such as secrets/shop.yaml
     * @param key which value of a YAML or JSON file; null: the whole file
     */
    public record InGit(String file, @Nullable String key) {}

    /**
     * @param tls null: none
     * @param maxBody largest request body such as 50M; null: 10M
     * @param redirects names that lead to one of the app's domains
     * @param redirectToHttps null: yes, when there is TLS
     */
    public record Web(
            @Nullable Tls tls,
            @Nullable String maxBody,
            SortedMap<String, String> redirects,
            @Nullable Boolean redirectToHttps) {

        /** What the box applies where nothing is set; nix/modules/options.nix declares the same value. */
        public static final String MAX_BODY = "10M";

        public Web {
            redirects = Collections.unmodifiableSortedMap(new TreeMap<>(redirects));
        }
    }

    /** Where the certificate of an app's domains comes from. */
    public enum Tls implements Worded {
        NONE("none"),
        ACME("acme"),
        INTERNAL("internal"),
        SELF_SIGNED("self-signed"),
        UPLOADED("uploaded");

        private final String word;

        Tls(String word) {
            this.word = word;
        }

        @Override
        public String word() {
            return word;
        }
    }

    /** @param storage volumes below the app's state directory, by name */
    public record Attach(
            @Nullable Postgresql postgresql,
            @Nullable Mysql mysql,
            @Nullable Redis redis,
            @Nullable Mail mail,
            SortedMap<String, Volume> storage) {

        public static final Attach NOTHING = new Attach(null, null, null, null, new TreeMap<>());

        public Attach {
            storage = Collections.unmodifiableSortedMap(new TreeMap<>(storage));
        }

        public Attach withPostgresql(@Nullable Postgresql other) {
            return new Attach(other, mysql, redis, mail, storage);
        }

        public Attach withMysql(@Nullable Mysql other) {
            return new Attach(postgresql, other, redis, mail, storage);
        }

        public Attach withRedis(@Nullable Redis other) {
            return new Attach(postgresql, mysql, other, mail, storage);
        }

        public Attach withMail(@Nullable Mail other) {
            return new Attach(postgresql, mysql, redis, other, storage);
        }

        public Attach withStorage(SortedMap<String, Volume> others) {
            return new Attach(postgresql, mysql, redis, mail, others);
        }
    }

    /** How an app signs in to its database. */
    public enum Access implements Worded {
        /** Over the server's socket, where the kernel says who it is. */
        SOCKET("socket"),
        /** Over TCP on the loopback, with a password that the box makes and gives to the app alone. */
        PASSWORD("password");

        private final String word;

        Access(String word) {
            this.word = word;
        }

        @Override
        public String word() {
            return word;
        }
    }

    /**
     * @param database null: named after the app
     * @param access null: over the socket
     */
    public record Postgresql(
            @Nullable String database, @Nullable Access access, List<String> extensions) {

        public Postgresql {
            extensions = List.copyOf(extensions);
        }

        public Postgresql(@Nullable String database, List<String> extensions) {
            this(database, null, extensions);
        }

        public boolean byPassword() {
            return access == Access.PASSWORD;
        }

        public Postgresql withAccess(@Nullable Access other) {
            return new Postgresql(database, other, extensions);
        }

        public String databaseOf(AppName app) {
            return ownOrNamedAfter(app, database);
        }
    }

    /**
     * @param database null: named after the app
     * @param access null: over the socket
     */
    public record Mysql(@Nullable String database, @Nullable Access access) {

        public Mysql(@Nullable String database) {
            this(database, null);
        }

        public boolean byPassword() {
            return access == Access.PASSWORD;
        }

        public Mysql withAccess(@Nullable Access other) {
            return new Mysql(database, other);
        }

        public String databaseOf(AppName app) {
            return ownOrNamedAfter(app, database);
        }
    }

    /** An app's name may have dashes, which would have to be quoted in every statement. */
    private static String ownOrNamedAfter(AppName app, @Nullable String database) {
        return database == null ? app.value().replace('-', '_') : database;
    }

    /**
     * @param memoryMax systemd size such as 64M
     * @param persistent whether the data outlives a restart; null: yes
     */
    public record Redis(
            @Nullable String memoryMax, @Nullable Boolean persistent) {

        /** What the box applies where nothing is set; nix/modules/options.nix declares the same values. */
        public static final Redis DEFAULTS = new Redis("64M", true);
    }

    /**
     * @param from as whom it may send: addresses, or {@code @domain} for any of a domain
     * @param perHour messages in an hour; null: 100
     */
    public record Mail(List<String> from, @Nullable Integer perHour) {

        /** What the box applies where nothing is set; nix/modules/options.nix declares the same value. */
        public static final int PER_HOUR = 100;

        public Mail {
            from = List.copyOf(from);
        }

        /** What the app is told as MAIL_FROM; empty when it may only send as anybody of a domain. */
        public Optional<String> address() {
            return from.stream().filter(each -> !each.startsWith("@")).findFirst();
        }

        public int perHourOrDefault() {
            return perHour == null ? PER_HOUR : perHour;
        }
    }

    /** @param quota systemd size such as 10G; null: none */
    public record Volume(@Nullable String quota) {}

    /**
     * @param onCalendar systemd calendar expression
     * @param command argument vector
     * @param persistent whether a run that was missed while the box was down is made up for; null: yes
     * @param timeoutSeconds 1 to 604800; null: 3600
     */
    public record Job(
            String onCalendar,
            List<String> command,
            @Nullable Boolean persistent,
            @Nullable Integer timeoutSeconds) {

        public Job {
            command = List.copyOf(command);
        }

        /** This job, with the default for each part that is not set; nix/modules/options.nix declares the same values. */
        public Job orDefaults() {
            return new Job(
                    onCalendar,
                    command,
                    persistent == null ? Boolean.TRUE : persistent,
                    timeoutSeconds == null ? Integer.valueOf(3600) : timeoutSeconds);
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

    /**
     * @param enabled null: yes
     * @param exclude what of the app's directory is left out: names or patterns with {@code *} and {@code ?}, from its top where they
     *     begin with a slash
     */
    public record Backup(@Nullable Boolean enabled, List<String> exclude) {

        public Backup {
            exclude = List.copyOf(exclude);
        }
    }

    /** Whether it is backed up, once the box has a target. */
    public boolean isBackedUp() {
        return backup == null || !Boolean.FALSE.equals(backup.enabled());
    }

    /** This entry when it is within every bound; else an INVALID_INPUT problem that names the field. */
    public AppSpec validated() {
        AppSpecRules.check(this);
        return this;
    }

    /** The same app from another revision. */
    public AppSpec withSource(Source other) {
        return new AppSpec(other, build, isolation, run, domains, web, attach, jobs, limits, health, backup);
    }

    public AppSpec withRun(Run other) {
        return new AppSpec(source, build, isolation, other, domains, web, attach, jobs, limits, health, backup);
    }

    public AppSpec withDomains(List<String> others) {
        return new AppSpec(source, build, isolation, run, others, web, attach, jobs, limits, health, backup);
    }

    public AppSpec withWeb(@Nullable Web other) {
        return new AppSpec(source, build, isolation, run, domains, other, attach, jobs, limits, health, backup);
    }

    /** At these domains, with certificates from there; without a domain as it was, at its port. */
    public AppSpec answering(List<String> others, Tls tls) {
        if (others.isEmpty()) {
            return withDomains(others).withWeb(null);
        }
        Web before = web == null ? new Web(null, null, new TreeMap<>(), null) : web;
        return withDomains(others)
                .withWeb(new Web(tls, before.maxBody(), before.redirects(), before.redirectToHttps()));
    }

    public AppSpec withAttach(Attach other) {
        return new AppSpec(source, build, isolation, run, domains, web, other, jobs, limits, health, backup);
    }

    public AppSpec withJobs(SortedMap<String, Job> others) {
        return new AppSpec(source, build, isolation, run, domains, web, attach, others, limits, health, backup);
    }

    public AppSpec withIsolation(String other) {
        return new AppSpec(source, build, other, run, domains, web, attach, jobs, limits, health, backup);
    }

    public AppSpec withLimits(@Nullable Limits other) {
        return new AppSpec(source, build, isolation, run, domains, web, attach, jobs, other, health, backup);
    }

    public AppSpec withHealth(@Nullable Health other) {
        return new AppSpec(source, build, isolation, run, domains, web, attach, jobs, limits, other, backup);
    }

    public AppSpec withBackup(@Nullable Backup other) {
        return new AppSpec(source, build, isolation, run, domains, web, attach, jobs, limits, health, other);
    }
}
