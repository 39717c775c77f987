package dev.croft.desired.internal;

import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Access;
import dev.croft.desired.AppSpec.As;
import dev.croft.desired.AppSpec.Attach;
import dev.croft.desired.AppSpec.Backup;
import dev.croft.desired.AppSpec.Build;
import dev.croft.desired.AppSpec.Delivery;
import dev.croft.desired.AppSpec.Health;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.desired.AppSpec.Job;
import dev.croft.desired.AppSpec.Limits;
import dev.croft.desired.AppSpec.Mysql;
import dev.croft.desired.AppSpec.Postgresql;
import dev.croft.desired.AppSpec.Redis;
import dev.croft.desired.AppSpec.Run;
import dev.croft.desired.AppSpec.Source;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.desired.AppSpec.Volume;
import dev.croft.desired.AppSpec.Web;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.Backups;
import dev.croft.desired.HostState.BoxUser;
import dev.croft.desired.HostState.Firewall;
import dev.croft.desired.HostState.Gc;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.RestoreTest;
import dev.croft.desired.HostState.Retention;
import dev.croft.desired.HostState.S3Target;
import dev.croft.desired.HostState.Schedule;
import dev.croft.desired.HostState.ServiceLimits;
import dev.croft.desired.HostState.Services;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Ssh;
import dev.croft.desired.HostState.Target;
import dev.croft.desired.IsolationLevel;
import dev.croft.desired.RenderedState;
import dev.croft.desired.Worded;
import dev.croft.desired.internal.FieldReader.FieldRefused;
import dev.croft.kernel.AppName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * state.json, version 1, as text. Canonical: members sorted by name, two blanks of indent, one newline at the end; a member that has
 * nothing to say (null, or an empty list or object) is left out, but for {@code apps} and {@code run}.
 */
final class StateJson {

    private static final int DEPTH_MAX = 16;

    private static final int TEXT_MOST = 4 * 1024 * 1024;

    private static final Set<String> STATE = Set.of("version", "host", "apps", "services", "backups", "secrets");
    private static final Set<String> HOST =
            Set.of("name", "stateVersion", "timezone", "firewall", "ssh", "users", "gc", "build", "acme", "machine");
    /** As the console drafts them: with what state.json has beside the host. */
    private static final Set<String> SETTINGS = Stream.concat(
                    HOST.stream(), Stream.of("services", "backups", "secrets"))
            .collect(Collectors.toUnmodifiableSet());

    private static final Set<String> FIREWALL = Set.of("tcp", "udp");
    private static final Set<String> SSH = Set.of("passwordAuthentication");
    private static final Set<String> USER = Set.of("admin", "keys");
    private static final Set<String> GC = Set.of("automatic", "keepGenerations", "minFree");
    private static final Set<String> BUILDS = Set.of("memoryMax", "cpuWeight", "ioWeight");
    private static final Set<String> MACHINE =
            Set.of("persistentJournal", "timeSync", "ipv6", "zramSwap", "kernelModules");
    private static final Set<String> ACME = Set.of("email", "server", "caCertificate", "dns");
    private static final Set<String> ACME_DNS = Set.of("provider", "settings");
    private static final Set<String> SERVICES = Set.of("postgresql", "mysql", "mail", "monitoring");
    private static final Set<String> POSTGRESQL = Set.of("major", "settings", "limits");
    private static final Set<String> MYSQL = Set.of("version", "settings", "limits");
    private static final Set<String> MAIL = Set.of("relay", "server");
    private static final Set<String> RELAY = Set.of("host", "port", "security", "user");
    private static final Set<String> MAIL_SERVER =
            Set.of("hostname", "domains", "mailboxes", "aliases", "messageMax", "dkimSelector", "tls", "backup");
    private static final Set<String> MONITORING = Set.of("address", "openFirewall", "exporters", "otlp");
    private static final Set<String> EXPORTERS =
            Stream.of(HostState.Exporter.values()).map(Worded::word).collect(Collectors.toUnmodifiableSet());
    private static final Set<String> OTLP = Set.of("endpoint", "metrics", "logs", "header");
    private static final Set<String> MAILBOX = Set.of("quota");
    private static final Set<String> SERVICE_LIMITS = Set.of("memoryMax", "cpuQuota");
    private static final Set<String> BACKUPS = Set.of("targets", "schedule", "retention", "restoreTest");
    private static final Map<String, Set<String>> TARGETS = Map.of(
            "local", Set.of("type", "path"),
            "sftp", Set.of("type", "host", "port", "user", "path", "hostKey"),
            "s3", Set.of("type", "endpoint", "bucket", "prefix", "region"));
    private static final Set<String> RETENTION = Set.of("daily", "weekly", "monthly");
    private static final Set<String> APP = Set.of(
            "source", "build", "isolation", "run", "domains", "web", "attach", "jobs", "limits", "health", "backup");
    /** Members that an entry has when it is read back; whoever sends it in again need not take them out. */
    private static final Set<String> READ_BACK = Set.of("name", "host", "pending", "observed");

    private static final Set<String> SETTINGS_READ_BACK = Set.of("draft", "inForce", "notes");

    private static final Set<String> SOURCE = Set.of("type", "url", "ref", "rev", "narHash");
    private static final Set<String> BUILD = Set.of("builder");
    private static final Set<String> RUN = Set.of("command", "port", "env", "secrets", "hooks");
    private static final Set<String> SECRET = Set.of("as", "sops");
    private static final Set<String> SERVICE_SECRET = Set.of("sops");
    private static final Set<String> SOPS = Set.of("file", "key");
    private static final Set<String> HOOKS = Set.of("migrate");
    private static final Set<String> WEB = Set.of("tls", "maxBody", "redirects", "redirectToHttps");
    private static final Set<String> ATTACH = Set.of("postgresql", "mysql", "redis", "mail", "storage");
    private static final Set<String> ATTACHED_POSTGRESQL = Set.of("database", "access", "extensions");
    private static final Set<String> ATTACHED_MYSQL = Set.of("database", "access");
    private static final Set<String> REDIS = Set.of("memoryMax", "persistent");
    private static final Set<String> ATTACHED_MAIL = Set.of("from", "perHour");
    private static final Set<String> VOLUME = Set.of("quota");
    private static final Set<String> JOB = Set.of("onCalendar", "command", "persistent", "timeoutSeconds");
    private static final Set<String> LIMITS = Set.of("memoryMax", "cpuQuota", "tasksMax");
    private static final Set<String> BACKUP = Set.of("enabled", "exclude");
    private static final Set<String> HEALTH = Set.of("path", "timeoutSeconds");

    private final JsonMapper json = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEPTH_MAX)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // As Python and most others write escapes; one form for all who write this file.
            .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
            .build();

    private final ObjectWriter canonical = json.writer()
            .with(new DefaultPrettyPrinter()
                    .withSeparators(Separators.createDefaultInstance()
                            .withObjectNameValueSpacing(Separators.Spacing.AFTER)
                            .withObjectEmptySeparator("")
                            .withArrayEmptySeparator(""))
                    .withObjectIndenter(new DefaultIndenter("  ", "\n"))
                    .withArrayIndenter(new DefaultIndenter("  ", "\n")));

    RenderedState render(HostState state) {
        SortedMap<String, Object> apps = new TreeMap<>();
        state.apps().forEach((name, spec) -> apps.put(name.value(), entry(spec)));
        SortedMap<String, Object> all = new TreeMap<>();
        all.put("version", state.version());
        all.put("host", hostEntry(state.host()));
        all.put("apps", apps);
        SortedMap<String, Object> services = entry(state.host().services());
        if (!services.isEmpty()) {
            all.put("services", services);
        }
        SortedMap<String, Object> backups = entry(state.host().backups());
        if (!backups.isEmpty()) {
            all.put("backups", backups);
        }
        SortedMap<String, Object> secrets = secrets(state.host());
        if (!secrets.isEmpty()) {
            all.put("secrets", secrets);
        }
        String text = canonical.writeValueAsString(all) + "\n";
        return new RenderedState(text, digest(text));
    }

    String renderApp(AppSpec spec) {
        return canonical.writeValueAsString(entry(spec)) + "\n";
    }

    String renderSettings(HostSettings settings) {
        return canonical.writeValueAsString(entry(settings)) + "\n";
    }

    SortedMap<String, Object> entry(HostSettings settings) {
        SortedMap<String, Object> entry = hostEntry(settings);
        SortedMap<String, Object> services = entry(settings.services());
        if (!services.isEmpty()) {
            entry.put("services", services);
        }
        SortedMap<String, Object> backups = entry(settings.backups());
        if (!backups.isEmpty()) {
            entry.put("backups", backups);
        }
        SortedMap<String, Object> secrets = secrets(settings);
        if (!secrets.isEmpty()) {
            entry.put("secrets", secrets);
        }
        return entry;
    }

    private static SortedMap<String, Object> secrets(HostSettings settings) {
        return eachOf(settings.secrets(), named -> eachOf(named, place -> members("sops", entry(place))));
    }

    private static SortedMap<String, Object> entry(InGit place) {
        return members("file", place.file(), "key", place.key());
    }

    private static SortedMap<String, Object> hostEntry(HostSettings settings) {
        Firewall firewall = settings.firewall();
        Ssh ssh = settings.ssh();
        Gc gc = settings.gc();
        HostState.Build build = settings.build();
        HostState.Acme acme = settings.acme();
        SortedMap<String, Object> users = new TreeMap<>();
        // Whole: an entry without members would be taken for none.
        settings.users()
                .forEach((name, user) -> users.put(
                        name, new TreeMap<String, Object>(Map.of("admin", user.admin(), "keys", user.keys()))));
        return members(
                "name",
                settings.name(),
                "stateVersion",
                settings.stateVersion(),
                "timezone",
                settings.timezone(),
                "firewall",
                firewall == null ? null : members("tcp", firewall.tcp(), "udp", firewall.udp()),
                "ssh",
                ssh == null ? null : members("passwordAuthentication", ssh.passwordAuthentication()),
                "users",
                users,
                "gc",
                gc == null
                        ? null
                        : members(
                                "automatic", gc.automatic(),
                                "keepGenerations", gc.keepGenerations(),
                                "minFree", gc.minFree()),
                "build",
                build == null
                        ? null
                        : members(
                                "memoryMax", build.memoryMax(),
                                "cpuWeight", build.cpuWeight(),
                                "ioWeight", build.ioWeight()),
                "acme",
                entry(acme),
                "machine",
                entry(settings.machine()));
    }

    private static @Nullable SortedMap<String, Object> entry(HostState.@Nullable Machine machine) {
        return machine == null
                ? null
                : members(
                        "persistentJournal", machine.persistentJournal(),
                        "timeSync", machine.timeSync(),
                        "ipv6", machine.ipv6(),
                        "zramSwap", machine.zramSwap(),
                        "kernelModules", machine.kernelModules());
    }

    private static @Nullable SortedMap<String, Object> entry(HostState.@Nullable Acme acme) {
        HostState.AcmeDns dns = acme == null ? null : acme.dns();
        return acme == null
                ? null
                : members(
                        "email", acme.email(),
                        "server", acme.server(),
                        "caCertificate", acme.caCertificate(),
                        "dns", dns == null ? null : members("provider", dns.provider(), "settings", dns.settings()));
    }

    private static SortedMap<String, Object> entry(Services services) {
        SortedMap<String, Object> entry = new TreeMap<>();
        HostState.Postgresql postgresql = services.postgresql();
        if (postgresql != null) {
            entry.put(
                    "postgresql",
                    members(
                            "major", postgresql.major(),
                            "settings", postgresql.settings(),
                            "limits", entry(postgresql.limits())));
        }
        HostState.Mysql mysql = services.mysql();
        if (mysql != null) {
            entry.put(
                    "mysql",
                    members(
                            "version", mysql.version(),
                            "settings", mysql.settings(),
                            "limits", entry(mysql.limits())));
        }
        HostState.Mail mail = services.mail();
        if (mail != null) {
            entry.put("mail", members("relay", entry(mail.relay()), "server", entry(mail.server())));
        }
        HostState.Monitoring monitoring = services.monitoring();
        if (monitoring != null) {
            HostState.Otlp otlp = monitoring.otlp();
            SortedMap<String, Object> exporters = new TreeMap<>();
            monitoring.exporters().forEach((exporter, port) -> exporters.put(exporter.word(), port));
            entry.put(
                    "monitoring",
                    members(
                            "address",
                            monitoring.address(),
                            "openFirewall",
                            monitoring.openFirewall(),
                            "exporters",
                            exporters,
                            "otlp",
                            otlp == null
                                    ? null
                                    : members(
                                            "endpoint", otlp.endpoint(),
                                            "metrics", otlp.metrics(),
                                            "logs", otlp.logs(),
                                            "header", otlp.header())));
        }
        return entry;
    }

    private static @Nullable SortedMap<String, Object> entry(HostState.@Nullable MailRelay relay) {
        HostState.Security security = relay == null ? null : relay.security();
        return relay == null
                ? null
                : members(
                        "host", relay.host(),
                        "port", relay.port(),
                        "security", security == null ? null : security.word(),
                        "user", relay.user());
    }

    private static @Nullable SortedMap<String, Object> entry(HostState.@Nullable MailServer server) {
        Tls tls = server == null ? null : server.tls();
        return server == null
                ? null
                : members(
                        "hostname", server.hostname(),
                        "domains", server.domains(),
                        "mailboxes", eachOf(server.mailboxes(), mailbox -> members("quota", mailbox.quota())),
                        "aliases", server.aliases(),
                        "messageMax", server.messageMax(),
                        "dkimSelector", server.dkimSelector(),
                        "tls", tls == null ? null : tls.word(),
                        "backup", server.backup());
    }

    private static @Nullable SortedMap<String, Object> entry(@Nullable ServiceLimits limits) {
        return limits == null ? null : members("memoryMax", limits.memoryMax(), "cpuQuota", limits.cpuQuota());
    }

    private static SortedMap<String, Object> entry(Backups backups) {
        Retention retention = backups.retention();
        return members(
                "targets",
                eachOf(backups.targets(), StateJson::entry),
                "schedule",
                word(backups.schedule()),
                "retention",
                retention == null
                        ? null
                        : members(
                                "daily", retention.daily(),
                                "weekly", retention.weekly(),
                                "monthly", retention.monthly()),
                "restoreTest",
                word(backups.restoreTest()));
    }

    private static SortedMap<String, Object> entry(Target target) {
        SortedMap<String, Object> entry = switch (target) {
            case LocalTarget local -> members("path", local.path());
            case SftpTarget sftp ->
                members(
                        "host", sftp.host(),
                        "port", sftp.port(),
                        "user", sftp.user(),
                        "path", sftp.path(),
                        "hostKey", sftp.hostKey());
            case S3Target s3 ->
                members(
                        "endpoint", s3.endpoint(),
                        "bucket", s3.bucket(),
                        "prefix", s3.prefix(),
                        "region", s3.region());
        };
        entry.put("type", target.type());
        return entry;
    }

    private static @Nullable String word(@Nullable Worded choice) {
        return choice == null ? null : choice.word();
    }

    SortedMap<String, Object> entry(AppSpec spec) {
        Source source = spec.source();
        Backup backup = spec.backup();
        Limits limits = spec.limits();
        Health health = spec.health();
        SortedMap<String, Object> entry = members(
                "source",
                members(
                        "type", source.type(),
                        "url", source.url(),
                        "ref", source.ref(),
                        "rev", source.rev(),
                        "narHash", source.narHash()),
                "build",
                members("builder", spec.build().builder()),
                "isolation",
                spec.isolation(),
                "domains",
                spec.domains(),
                "web",
                entry(spec.web()),
                "attach",
                entry(spec.attach()),
                "jobs",
                eachOf(spec.jobs(), StateJson::entry),
                "limits",
                limits == null
                        ? null
                        : members(
                                "memoryMax", limits.memoryMax(),
                                "cpuQuota", limits.cpuQuota(),
                                "tasksMax", limits.tasksMax()),
                "health",
                health == null ? null : members("path", health.path(), "timeoutSeconds", health.timeoutSeconds()),
                "backup",
                backup == null ? null : members("enabled", backup.enabled(), "exclude", backup.exclude()));
        entry.put(
                "run",
                members(
                        "command", spec.run().command(),
                        "port", spec.run().port(),
                        "env", new TreeMap<>(spec.run().env()),
                        "secrets", eachOf(spec.run().secrets(), StateJson::entry),
                        "hooks", members("migrate", spec.run().migrate())));
        return entry;
    }

    private static SortedMap<String, Object> entry(Delivery delivery) {
        InGit place = delivery.inGit();
        return members("as", delivery.as().word(), "sops", place == null ? null : entry(place));
    }

    private static @Nullable SortedMap<String, Object> entry(@Nullable Web web) {
        return web == null
                ? null
                : members(
                        "tls", word(web.tls()),
                        "maxBody", web.maxBody(),
                        "redirects", web.redirects(),
                        "redirectToHttps", web.redirectToHttps());
    }

    /** What is attached is there even when nothing more is said of it. */
    private static SortedMap<String, Object> entry(Attach attach) {
        SortedMap<String, Object> entry =
                members("storage", eachOf(attach.storage(), volume -> members("quota", volume.quota())));
        Postgresql postgresql = attach.postgresql();
        if (postgresql != null) {
            entry.put(
                    "postgresql",
                    members(
                            "database", postgresql.database(),
                            "access", word(postgresql.access()),
                            "extensions", postgresql.extensions()));
        }
        Mysql mysql = attach.mysql();
        if (mysql != null) {
            entry.put("mysql", members("database", mysql.database(), "access", word(mysql.access())));
        }
        Redis redis = attach.redis();
        if (redis != null) {
            entry.put("redis", members("memoryMax", redis.memoryMax(), "persistent", redis.persistent()));
        }
        AppSpec.Mail mail = attach.mail();
        if (mail != null) {
            entry.put("mail", members("from", mail.from(), "perHour", mail.perHour()));
        }
        return entry;
    }

    private static SortedMap<String, Object> entry(Job job) {
        return members(
                "onCalendar", job.onCalendar(),
                "command", job.command(),
                "persistent", job.persistent(),
                "timeoutSeconds", job.timeoutSeconds());
    }

    private static <T> SortedMap<String, Object> eachOf(SortedMap<String, T> all, Function<T, Object> entry) {
        SortedMap<String, Object> entries = new TreeMap<>();
        all.forEach((name, value) -> entries.put(name, entry.apply(value)));
        return entries;
    }

    HostState parse(String text) {
        try {
            JsonNode root = tree(text);
            int version = version(root);
            if (version != HostState.VERSION) {
                throw Problem.of(
                                ProblemCode.STATE_VERSION,
                                "The box's state was not read.",
                                "Its state.json has version " + version + "; this console reads version "
                                        + HostState.VERSION + ".",
                                "Update the console, or the croft input of the box's flake, so that both match.")
                        .toException();
            }
            FieldReader state = new FieldReader("", root, STATE, true);
            FieldReader host = state.object("host", HOST);
            SortedMap<AppName, AppSpec> apps = new TreeMap<>();
            state.each("apps", (name, node) -> apps.put(appName(name), pinnedApp("apps." + name, node)));
            Services services = services(state.optionalObject("services", SERVICES));
            Backups backups = backups(state.optionalObject("backups", BACKUPS));
            HostState read = new HostState(
                    version,
                    settingsInForce(host)
                            .withServices(services)
                            .withBackups(backups)
                            .withSecrets(secrets(state))
                            .validated(),
                    apps);
            HostRules.check(read);
            return read;
        } catch (FieldRefused e) {
            throw refused(e.getMessage(), e);
        } catch (ProblemException e) {
            throw e.problem().code() == ProblemCode.INVALID_INPUT
                    ? refused(e.problem().why(), e)
                    : e;
        }
    }

    AppSpec parseApp(String entry) {
        try {
            JsonNode node = tree(entry);
            if (node instanceof ObjectNode object) {
                object.remove(READ_BACK);
            }
            return app("", node, false);
        } catch (FieldRefused e) {
            throw new ProblemException(
                    Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The app's entry was not accepted.",
                            e.getMessage(),
                            "Correct it and try again."),
                    e);
        }
    }

    HostSettings parseSettings(String settings) {
        try {
            JsonNode node = tree(settings);
            if (node instanceof ObjectNode object) {
                object.remove(SETTINGS_READ_BACK);
            }
            FieldReader host = new FieldReader("", node, SETTINGS, false);
            return settings(host, orEmpty(host.optionalText("name")), orEmpty(host.optionalText("stateVersion")))
                    .withServices(services(host.optionalObject("services", SERVICES)))
                    .withBackups(backups(host.optionalObject("backups", BACKUPS)))
                    .withSecrets(secrets(host));
        } catch (FieldRefused e) {
            throw new ProblemException(
                    Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The box's settings were not accepted.",
                            e.getMessage(),
                            "Correct it and try again."),
                    e);
        }
    }

    private static SortedMap<String, SortedMap<String, InGit>> secrets(FieldReader all) {
        return all.objectsByNames("secrets", SERVICE_SECRET, secret -> inGit(secret.object("sops", SOPS)));
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static HostSettings settingsInForce(FieldReader host) {
        try {
            return settings(host, host.text("name"), host.text("stateVersion")).validated();
        } catch (ProblemException e) {
            throw new FieldRefused("host." + e.problem().why(), e);
        }
    }

    private static HostSettings settings(FieldReader host, String name, String stateVersion) {
        String timezone = host.optionalText("timezone");
        FieldReader firewall = host.optionalObject("firewall", FIREWALL);
        FieldReader ssh = host.optionalObject("ssh", SSH);
        FieldReader gc = host.optionalObject("gc", GC);
        FieldReader build = host.optionalObject("build", BUILDS);
        FieldReader acme = host.optionalObject("acme", ACME);
        FieldReader machine = host.optionalObject("machine", MACHINE);
        Boolean password = ssh == null ? null : ssh.optionalBoolean("passwordAuthentication");
        return new HostSettings(
                name,
                stateVersion,
                timezone == null ? "UTC" : timezone,
                firewall == null ? null : new Firewall(firewall.integers("tcp"), firewall.integers("udp")),
                password == null ? null : new Ssh(password),
                host.objectsByName("users", USER, StateJson::user),
                gc == null
                        ? null
                        : new Gc(
                                gc.optionalBoolean("automatic"),
                                gc.optionalInteger("keepGenerations"),
                                gc.optionalText("minFree")),
                build == null
                        ? null
                        : new HostState.Build(
                                build.optionalText("memoryMax"),
                                build.optionalInteger("cpuWeight"),
                                build.optionalInteger("ioWeight")),
                acme == null ? null : acme(acme),
                machine == null
                        ? null
                        : new HostState.Machine(
                                machine.optionalBoolean("persistentJournal"),
                                machine.optionalBoolean("timeSync"),
                                machine.optionalBoolean("ipv6"),
                                machine.optionalBoolean("zramSwap"),
                                machine.textsOrNone("kernelModules")),
                Services.NONE,
                Backups.NONE);
    }

    private static HostState.Acme acme(FieldReader acme) {
        FieldReader dns = acme.optionalObject("dns", ACME_DNS);
        return new HostState.Acme(
                acme.text("email"),
                acme.optionalText("server"),
                acme.optionalText("caCertificate"),
                dns == null
                        ? null
                        : new HostState.AcmeDns(dns.text("provider"), new TreeMap<>(dns.textsByName("settings"))));
    }

    private static Services services(@Nullable FieldReader services) {
        if (services == null) {
            return Services.NONE;
        }
        FieldReader postgresql = services.optionalObject("postgresql", POSTGRESQL);
        FieldReader mysql = services.optionalObject("mysql", MYSQL);
        return new Services(
                postgresql == null
                        ? null
                        : new HostState.Postgresql(
                                postgresql.integer("major"),
                                postgresql.scalarsByName("settings"),
                                serviceLimits(postgresql.optionalObject("limits", SERVICE_LIMITS))),
                mysql == null
                        ? null
                        : new HostState.Mysql(
                                mysql.optionalText("version"),
                                mysql.scalarsByName("settings"),
                                serviceLimits(mysql.optionalObject("limits", SERVICE_LIMITS))),
                mail(services.optionalObject("mail", MAIL)),
                monitoring(services.optionalObject("monitoring", MONITORING)));
    }

    private static HostState.@Nullable Monitoring monitoring(@Nullable FieldReader monitoring) {
        if (monitoring == null) {
            return null;
        }
        FieldReader ports = monitoring.optionalObject("exporters", EXPORTERS);
        FieldReader otlp = monitoring.optionalObject("otlp", OTLP);
        var exporters = new TreeMap<HostState.Exporter, Integer>();
        for (HostState.Exporter exporter : HostState.Exporter.values()) {
            Integer port = ports == null ? null : ports.optionalInteger(exporter.word());
            if (port != null) {
                exporters.put(exporter, port);
            }
        }
        return new HostState.Monitoring(
                monitoring.optionalText("address"),
                monitoring.optionalBoolean("openFirewall"),
                exporters,
                otlp == null
                        ? null
                        : new HostState.Otlp(
                                otlp.text("endpoint"),
                                otlp.optionalBoolean("metrics"),
                                otlp.optionalBoolean("logs"),
                                otlp.optionalText("header")));
    }

    private static HostState.@Nullable Mail mail(@Nullable FieldReader mail) {
        if (mail == null) {
            return null;
        }
        FieldReader relay = mail.optionalObject("relay", RELAY);
        FieldReader server = mail.optionalObject("server", MAIL_SERVER);
        return new HostState.Mail(
                relay == null
                        ? null
                        : new HostState.MailRelay(
                                relay.text("host"),
                                relay.optionalInteger("port"),
                                relay.optionalChoice("security", HostState.Security.class),
                                relay.optionalText("user")),
                server == null
                        ? null
                        : new HostState.MailServer(
                                server.text("hostname"),
                                server.texts("domains"),
                                server.objectsByName(
                                        "mailboxes",
                                        MAILBOX,
                                        mailbox -> new HostState.Mailbox(mailbox.optionalText("quota"))),
                                server.textListsByName("aliases"),
                                server.optionalText("messageMax"),
                                server.optionalText("dkimSelector"),
                                server.optionalChoice("tls", Tls.class),
                                server.optionalBoolean("backup")));
    }

    private static @Nullable ServiceLimits serviceLimits(@Nullable FieldReader limits) {
        return limits == null
                ? null
                : new ServiceLimits(limits.optionalText("memoryMax"), limits.optionalText("cpuQuota"));
    }

    private static Backups backups(@Nullable FieldReader backups) {
        if (backups == null) {
            return Backups.NONE;
        }
        FieldReader retention = backups.optionalObject("retention", RETENTION);
        return new Backups(
                backups.objectsByName("targets", TARGETS, "type", StateJson::target),
                backups.optionalChoice("schedule", Schedule.class),
                retention == null
                        ? null
                        : new Retention(
                                retention.optionalInteger("daily"),
                                retention.optionalInteger("weekly"),
                                retention.optionalInteger("monthly")),
                backups.optionalChoice("restoreTest", RestoreTest.class));
    }

    private static Target target(FieldReader target) {
        return switch (target.text("type")) {
            case "sftp" ->
                new SftpTarget(
                        target.text("host"),
                        target.optionalInteger("port"),
                        target.text("user"),
                        target.text("path"),
                        target.text("hostKey"));
            case "s3" ->
                new S3Target(
                        target.text("endpoint"),
                        target.text("bucket"),
                        target.optionalText("prefix"),
                        target.optionalText("region"));
            default -> new LocalTarget(target.text("path"));
        };
    }

    private static BoxUser user(FieldReader user) {
        return new BoxUser(Boolean.TRUE.equals(user.optionalBoolean("admin")), user.texts("keys"));
    }

    /** In a state that is in force nothing is left open. */
    private AppSpec pinnedApp(String path, JsonNode node) {
        AppSpec spec = app(path, node, true);
        if (!spec.source().isPinned()) {
            throw new FieldRefused(path + ".source.rev", "the field is missing.");
        }
        return spec;
    }

    private AppSpec app(String path, JsonNode node, boolean strict) {
        FieldReader app = new FieldReader(path, node, APP, strict);
        FieldReader source = app.object("source", SOURCE);
        FieldReader run = app.optionalObject("run", RUN);
        FieldReader limits = app.optionalObject("limits", LIMITS);
        FieldReader health = app.optionalObject("health", HEALTH);
        FieldReader backup = app.optionalObject("backup", BACKUP);
        String isolation = app.optionalText("isolation");
        AppSpec spec = new AppSpec(
                new Source(
                        source.text("type"),
                        source.text("url"),
                        source.optionalText("ref"),
                        source.optionalText("rev"),
                        source.optionalText("narHash")),
                new Build(app.object("build", BUILD).text("builder")),
                isolation == null ? IsolationLevel.DEFAULT : isolation,
                run == null ? new Run(List.of(), null, Map.of()) : run(run),
                app.texts("domains"),
                web(app.optionalObject("web", WEB)),
                attach(app.optionalObject("attach", ATTACH)),
                app.objectsByName("jobs", JOB, StateJson::job),
                limits == null ? null : limits(limits),
                health == null ? null : health(health),
                backup == null ? null : new Backup(backup.optionalBoolean("enabled"), backup.texts("exclude")));
        try {
            return spec.validated();
        } catch (ProblemException e) {
            throw path.isEmpty() ? e : new FieldRefused(path + "." + e.problem().why(), e);
        }
    }

    private static Run run(FieldReader run) {
        FieldReader hooks = run.optionalObject("hooks", HOOKS);
        return new Run(
                run.textsOrNone("command"),
                run.optionalInteger("port"),
                run.textsByName("env"),
                run.objectsByName("secrets", SECRET, StateJson::delivery),
                hooks == null ? List.of() : hooks.textsOrNone("migrate"));
    }

    private static Delivery delivery(FieldReader secret) {
        As as = secret.optionalChoice("as", As.class);
        FieldReader place = secret.optionalObject("sops", SOPS);
        return new Delivery(as == null ? As.FILE : as, place == null ? null : inGit(place));
    }

    private static InGit inGit(FieldReader place) {
        return new InGit(place.text("file"), place.optionalText("key"));
    }

    private static @Nullable Web web(@Nullable FieldReader web) {
        return web == null
                ? null
                : new Web(
                        web.optionalChoice("tls", Tls.class),
                        web.optionalText("maxBody"),
                        new TreeMap<>(web.textsByName("redirects")),
                        web.optionalBoolean("redirectToHttps"));
    }

    private static Attach attach(@Nullable FieldReader attach) {
        if (attach == null) {
            return Attach.NOTHING;
        }
        FieldReader postgresql = attach.optionalObject("postgresql", ATTACHED_POSTGRESQL);
        FieldReader mysql = attach.optionalObject("mysql", ATTACHED_MYSQL);
        FieldReader redis = attach.optionalObject("redis", REDIS);
        FieldReader mail = attach.optionalObject("mail", ATTACHED_MAIL);
        return new Attach(
                postgresql == null
                        ? null
                        : new Postgresql(
                                postgresql.optionalText("database"),
                                postgresql.optionalChoice("access", Access.class),
                                postgresql.texts("extensions")),
                mysql == null
                        ? null
                        : new Mysql(mysql.optionalText("database"), mysql.optionalChoice("access", Access.class)),
                redis == null ? null : new Redis(redis.optionalText("memoryMax"), redis.optionalBoolean("persistent")),
                mail == null ? null : new AppSpec.Mail(mail.texts("from"), mail.optionalInteger("perHour")),
                attach.objectsByName("storage", VOLUME, volume -> new Volume(volume.optionalText("quota"))));
    }

    private static Job job(FieldReader job) {
        return new Job(
                job.text("onCalendar"),
                job.texts("command"),
                job.optionalBoolean("persistent"),
                job.optionalInteger("timeoutSeconds"));
    }

    private static Limits limits(FieldReader limits) {
        return new Limits(
                limits.optionalText("memoryMax"), limits.optionalText("cpuQuota"), limits.optionalInteger("tasksMax"));
    }

    private static Health health(FieldReader health) {
        String path = health.optionalText("path");
        Integer timeout = health.optionalInteger("timeoutSeconds");
        return new Health(path == null ? "/" : path, timeout == null ? 30 : timeout);
    }

    private static AppName appName(String name) {
        try {
            return new AppName(name);
        } catch (ProblemException e) {
            throw new FieldRefused(
                    "apps." + FieldReader.shortened(name), e.problem().why());
        }
    }

    private static int version(JsonNode root) {
        if (!root.isObject()) {
            throw new FieldRefused("", "an object is expected.");
        }
        JsonNode version = root.get("version");
        if (version == null || !version.isIntegralNumber() || !version.canConvertToInt()) {
            throw new FieldRefused("version", "a whole number is expected.");
        }
        return version.intValue();
    }

    private JsonNode tree(String text) {
        if (text.length() > TEXT_MOST) {
            throw new FieldRefused("", "it has more than 4 MiB.");
        }
        try {
            return json.readTree(text);
        } catch (JacksonException e) {
            throw new FieldRefused("", "it is not JSON: " + e.getOriginalMessage());
        }
    }

    private static ProblemException refused(@Nullable String why, Throwable cause) {
        return new ProblemException(
                Problem.of(
                        ProblemCode.STATE_REFUSED,
                        "The box's state was not read.",
                        "state.json: " + why,
                        "Correct state.json in the box's flake, commit it and try again."),
                cause);
    }

    /** Name and value in turns; nulls and empty lists and objects are left out. */
    private static SortedMap<String, Object> members(@Nullable Object... namesAndValues) {
        SortedMap<String, Object> members = new TreeMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            Object value = namesAndValues[i + 1];
            boolean empty = value == null
                    || (value instanceof Map<?, ?> map && map.isEmpty())
                    || (value instanceof Collection<?> list && list.isEmpty());
            if (!empty) {
                members.put((String) namesAndValues[i], value);
            }
        }
        return members;
    }

    static String digest(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
