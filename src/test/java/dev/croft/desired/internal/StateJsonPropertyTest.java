package dev.croft.desired.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.As;
import dev.croft.desired.AppSpec.Delivery;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.desired.AppSpec.Tls;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.Acme;
import dev.croft.desired.HostState.Backups;
import dev.croft.desired.HostState.BoxUser;
import dev.croft.desired.HostState.Build;
import dev.croft.desired.HostState.Firewall;
import dev.croft.desired.HostState.Gc;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.RestoreTest;
import dev.croft.desired.HostState.Retention;
import dev.croft.desired.HostState.S3Target;
import dev.croft.desired.HostState.Schedule;
import dev.croft.desired.HostState.Services;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Ssh;
import dev.croft.desired.HostState.Target;
import dev.croft.kernel.AppName;
import dev.croft.support.Gen;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** For whatever wish: it survives the way through the file, and the file does not depend on the order of the wishing. */
class StateJsonPropertyTest {

    private static final String HEX = "0123456789abcdef";

    private final StateJson json = new StateJson();

    /** Fifty that never change and fifty new ones each time. */
    static Stream<Long> seeds() {
        return LongStream.concat(LongStream.range(0, 50), new Random().longs(50))
                .boxed();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void readingUndoesWriting(long seed) {
        HostState state = state(new Gen(seed));

        String text = json.render(state).text();

        assertThat(json.parse(text)).as("seed " + seed).isEqualTo(state);
        assertThat(text).endsWith("}\n").doesNotContain("\r");
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theSameWishGivesTheSameBytes(long seed) {
        HostState state = state(new Gen(seed));
        HostState shuffled = shuffled(state, new Random(seed));

        assertThat(json.render(shuffled)).as("seed " + seed).isEqualTo(json.render(state));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void anEntryThatIsReadBackIsTheSameEntry(long seed) {
        Gen gen = new Gen(seed);
        AppSpec spec = app(gen, 8080, new Services(postgresql(gen), mysql(gen), mail(gen)));

        assertThat(json.parseApp(json.renderApp(spec))).as("seed " + seed).isEqualTo(spec);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void settingsThatAreReadBackAreTheSameSettings(long seed) {
        HostSettings settings = settings(new Gen(seed));

        assertThat(json.parseSettings(json.renderSettings(settings)))
                .as("seed " + seed)
                .isEqualTo(settings);
    }

    /** What one looks at before it is applied must not be silent about anything. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void statesThatDifferHaveEditsAndOthersHaveNone(long seed) {
        HostState one = state(new Gen(seed));
        HostState other = state(new Gen(seed + 1));

        assertThat(Edits.between(one, one)).as("seed " + seed).isEmpty();
        assertThat(Edits.between(one, shuffled(one, new Random(seed))))
                .as("seed " + seed)
                .isEmpty();
        assertThat(Edits.between(one, other).isEmpty()).as("seed " + seed).isEqualTo(one.equals(other));
    }

    private static HostState state(Gen gen) {
        Map<AppName, AppSpec> apps = new HashMap<>();
        HostSettings settings = settings(gen);
        int count = gen.between(0, 5);
        for (int i = 0; i < count; i++) {
            apps.put(new AppName("a" + i + gen.word("abc0-", 0, 20)), app(gen, 2000 + i, settings.services()));
        }
        return new HostState(HostState.VERSION, settings, new TreeMap<>(apps));
    }

    private static HostSettings settings(Gen gen) {
        boolean hasAcme = gen.chance(50);
        Map<String, BoxUser> users = new HashMap<>();
        gen.list(4, () -> "u" + gen.word("abc0-", 0, 20))
                .forEach(name -> users.put(name, new BoxUser(gen.chance(50), gen.list(3, () -> key(gen)))));
        return new HostSettings(
                "attic",
                gen.oneOf(List.of("25.11", "26.05", "19.09")),
                gen.oneOf(List.of("UTC", "Europe/Paris")),
                gen.chance(50) ? new Firewall(ports(gen), ports(gen)) : null,
                gen.chance(50) ? new Ssh(gen.chance(50)) : null,
                new TreeMap<>(users),
                gen.chance(50)
                        ? new Gc(gen.chance(50) ? gen.chance(50) : null, gen.between(2, 1000), orNull(gen, "500M"))
                        : null,
                gen.chance(50)
                        ? new Build(orNull(gen, "10%"), gen.chance(50) ? gen.between(1, 1000) : null, null)
                        : null,
                hasAcme
                        ? new Acme(
                                "ada@attic.example",
                                "letsencrypt-staging",
                                null,
                                gen.chance(50)
                                        ? new HostState.AcmeDns(
                                                "desec", new TreeMap<>(Map.of("A", gen.word("abc", 0, 5))))
                                        : null)
                        : null,
                gen.chance(50) ? machine(gen) : null,
                new Services(
                        gen.chance(50) ? postgresql(gen) : null,
                        gen.chance(50) ? mysql(gen) : null,
                        hasAcme ? mail(gen) : null,
                        gen.chance(50) ? monitoring(gen) : null),
                gen.chance(50) ? backups(gen) : Backups.NONE);
    }

    private static HostState.Machine machine(Gen gen) {
        return new HostState.Machine(
                gen.chance(50) ? gen.chance(50) : null,
                gen.chance(50) ? gen.chance(50) : null,
                gen.chance(50) ? gen.chance(50) : null,
                gen.chance(50) ? gen.chance(50) : null,
                gen.list(3, () -> "m" + gen.word("abc0-_", 0, 20)));
    }

    /** Without PostgreSQL's, which a box may be without. */
    private static HostState.Monitoring monitoring(Gen gen) {
        var exporters = new TreeMap<HostState.Exporter, Integer>();
        if (gen.chance(60)) {
            exporters.put(HostState.Exporter.NODE, gen.between(9100, 9110));
        }
        if (gen.chance(60)) {
            exporters.put(HostState.Exporter.SYSTEMD, gen.between(9550, 9560));
        }
        boolean away = gen.chance(50);
        return new HostState.Monitoring(
                away ? "10.0.0." + gen.between(1, 9) : orNull(gen, "127.0.0.1"),
                gen.chance(50) ? away && gen.chance(50) : null,
                exporters,
                exporters.isEmpty() || gen.chance(50)
                        ? new HostState.Otlp(
                                gen.oneOf(List.of("https://otel.example", "http://10.0.0.5:4318/in")),
                                gen.chance(50) ? true : null,
                                gen.chance(50) ? gen.chance(50) : null,
                                orNull(gen, "Authorization"))
                        : null);
    }

    private static HostState.Mail mail(Gen gen) {
        HostState.MailRelay relay = gen.chance(60)
                ? new HostState.MailRelay(
                        "smtp.example.net",
                        gen.chance(50) ? gen.between(1, 65_535) : null,
                        gen.chance(50) ? gen.oneOf(List.of(HostState.Security.values())) : null,
                        orNull(gen, "attic@example.net"))
                : null;
        TreeMap<String, HostState.Mailbox> mailboxes = new TreeMap<>();
        gen.list(4, () -> "m" + gen.word("abc0_-", 0, 20) + "@attic.example")
                .forEach(address -> mailboxes.put(address, new HostState.Mailbox(orNull(gen, "2G"))));
        TreeMap<String, List<String>> aliases = new TreeMap<>();
        gen.list(4, () -> gen.chance(30) ? "@attic.example" : "a" + gen.word("abc0_-", 0, 20) + "@attic.example")
                .forEach(address -> aliases.put(
                        address,
                        gen.chance(50) ? List.of("x@elsewhere.example") : List.of("b@c.example", "a@c.example")));
        return new HostState.Mail(
                relay,
                relay == null || gen.chance(50)
                        ? new HostState.MailServer(
                                "mail.attic.example",
                                gen.chance(50) ? List.of("attic.example") : List.of("b.attic.example", "attic.example"),
                                mailboxes,
                                aliases,
                                orNull(gen, "50M"),
                                orNull(gen, "croft2026"),
                                gen.chance(50) ? gen.oneOf(List.of(Tls.ACME, Tls.INTERNAL, Tls.UPLOADED)) : null,
                                orNull(gen, gen.chance(50)))
                        : null);
    }

    private static Backups backups(Gen gen) {
        Map<String, Target> targets = new HashMap<>();
        gen.list(3, () -> "t" + gen.word("abc0-", 0, 20)).forEach(name -> targets.put(name, target(gen)));
        return new Backups(
                new TreeMap<>(targets),
                orNull(gen, gen.oneOf(List.of(Schedule.values()))),
                gen.chance(50)
                        ? new Retention(orNull(gen, gen.between(0, 1000)), orNull(gen, gen.between(0, 1000)), null)
                        : null,
                orNull(gen, gen.oneOf(List.of(RestoreTest.values()))));
    }

    private static Target target(Gen gen) {
        String path = gen.word("abcXYZ019_", 1, 20) + "/" + gen.word("abcXYZ019_", 1, 20);
        return switch (gen.between(0, 2)) {
            case 0 -> new LocalTarget("/mnt/" + path);
            case 1 -> new SftpTarget("depot.example", orNull(gen, gen.between(1, 65_535)), "attic", path, key(gen));
            default -> new S3Target("https://s3.example:9000", "attic-backups", orNull(gen, path), orNull(gen, "eu-1"));
        };
    }

    private static HostState.Postgresql postgresql(Gen gen) {
        return new HostState.Postgresql(
                gen.oneOf(List.of(15, 17)),
                gen.chance(50) ? new TreeMap<>(Map.of("max_connections", gen.between(10, 1000))) : new TreeMap<>(),
                gen.chance(50) ? new HostState.ServiceLimits(orNull(gen, "1G"), "200%") : null);
    }

    private static HostState.Mysql mysql(Gen gen) {
        return new HostState.Mysql(
                gen.chance(50) ? gen.oneOf(HostState.Mysql.VERSIONS) : null,
                gen.chance(50) ? new TreeMap<>(Map.of("innodb_buffer_pool_size", "128M")) : new TreeMap<>(),
                null);
    }

    private static List<Integer> ports(Gen gen) {
        return gen.list(6, () -> gen.between(1, 65_535));
    }

    private static String key(Gen gen) {
        return "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + gen.word("abcXYZ019+/", 43, 43)
                + (gen.chance(50) ? " " + gen.word("abc @$`\"'{}\\", 0, 20) : "");
    }

    private static AppSpec app(Gen gen, int port, Services services) {
        String builder = gen.oneOf(List.of("flake", "static", "python", "node"));
        boolean hasPort = "static".equals(builder) || gen.chance(70);
        List<String> command = new ArrayList<>();
        if (gen.chance(50)) {
            command.add(gen.oneOf(List.of("python3", "./serve", "node")));
            command.addAll(gen.list(5, () -> gen.text(6)));
        }
        Map<String, String> env = new LinkedHashMap<>();
        gen.list(5, () -> "V" + gen.word("ABC_19", 0, 10)).forEach(key -> env.put(key, gen.text(8)));
        boolean hasDomains = hasPort && gen.chance(30);
        return new AppSpec(
                new AppSpec.Source(
                        "git",
                        "https://git.example/" + gen.word("abc/-", 1, 20),
                        gen.chance(50) ? "main" : null,
                        gen.word(HEX, 40, 40),
                        "sha256-" + gen.word("abcXYZ019+/", 42, 42) + "A="),
                new AppSpec.Build(builder),
                "service",
                new AppSpec.Run(
                        command,
                        hasPort ? port : null,
                        env,
                        gen.chance(30)
                                ? new TreeMap<>(Map.of(
                                        "TOKEN",
                                        gen.oneOf(List.of(
                                                Delivery.FILE,
                                                Delivery.ENV,
                                                Delivery.ENV_FILE,
                                                new Delivery(As.ENV, new InGit("secrets/a.yaml", "a/b")),
                                                new Delivery(As.FILE, new InGit("secrets/a.key", null))))))
                                : new TreeMap<>(),
                        gen.chance(30) ? List.of("python3", gen.text(6)) : List.of()),
                hasDomains ? List.of("a" + port + ".example", "b" + port + ".example") : List.of(),
                hasDomains && gen.chance(50)
                        ? new AppSpec.Web(
                                gen.chance(50) ? Tls.SELF_SIGNED : null,
                                orNull(gen, "50M"),
                                gen.chance(50)
                                        ? new TreeMap<>(Map.of("www.a" + port + ".example", "a" + port + ".example"))
                                        : new TreeMap<>(),
                                gen.chance(50) ? gen.chance(50) : null)
                        : null,
                new AppSpec.Attach(
                        services.postgresql() != null && gen.chance(50)
                                ? new AppSpec.Postgresql(
                                        orNull(gen, "db_" + port),
                                        access(gen),
                                        gen.chance(50) ? List.of("pg_trgm", "citext") : List.of())
                                : null,
                        services.mysql() != null && gen.chance(50)
                                ? new AppSpec.Mysql(orNull(gen, "db_" + port), access(gen))
                                : null,
                        gen.chance(30)
                                ? new AppSpec.Redis(orNull(gen, "64M"), gen.chance(50) ? gen.chance(50) : null)
                                : null,
                        services.mail() != null && gen.chance(50)
                                ? new AppSpec.Mail(
                                        gen.chance(50)
                                                ? List.of("shop@attic.example")
                                                : List.of("@b.example", "Ada.B+c@attic.example"),
                                        gen.chance(50) ? gen.between(1, 100_000) : null)
                                : null,
                        gen.chance(30)
                                ? new TreeMap<>(Map.of("media", new AppSpec.Volume(orNull(gen, "10G"))))
                                : new TreeMap<>()),
                gen.chance(30)
                        ? new TreeMap<>(Map.of(
                                "nightly",
                                new AppSpec.Job("daily", List.of("python3", gen.text(6)), null, gen.between(1, 600))))
                        : new TreeMap<>(),
                gen.chance(40) ? new AppSpec.Limits(orNull(gen, "512M"), orNull(gen, "50%"), 64) : null,
                hasPort && gen.chance(40) ? new AppSpec.Health("/healthz", gen.between(1, 600)) : null,
                gen.chance(40)
                        ? new AppSpec.Backup(
                                orNull(gen, gen.chance(50)), gen.list(3, () -> "/" + gen.word("abc *?.ä", 1, 20)))
                        : null);
    }

    private static AppSpec.@Nullable Access access(Gen gen) {
        return orNull(gen, gen.chance(50) ? AppSpec.Access.PASSWORD : AppSpec.Access.SOCKET);
    }

    private static <T> @Nullable T orNull(Gen gen, T value) {
        return gen.chance(50) ? value : null;
    }

    private static HostState shuffled(HostState state, Random random) {
        List<AppName> names = new ArrayList<>(state.apps().keySet());
        Collections.shuffle(names, random);
        TreeMap<AppName, AppSpec> apps = new TreeMap<>();
        for (AppName name : names) {
            AppSpec spec = state.apps().get(name);
            List<String> keys = new ArrayList<>(spec.run().env().keySet());
            Collections.shuffle(keys, random);
            Map<String, String> env = new LinkedHashMap<>();
            keys.forEach(key -> env.put(key, spec.run().env().get(key)));
            apps.put(
                    name,
                    spec.withRun(new AppSpec.Run(
                            spec.run().command(),
                            spec.run().port(),
                            env,
                            spec.run().secrets(),
                            spec.run().migrate())));
        }
        return new HostState(state.version(), state.host(), apps);
    }
}
