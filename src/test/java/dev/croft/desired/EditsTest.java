package dev.croft.desired;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.desired.AppSpec.Health;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.desired.AppSpec.Limits;
import dev.croft.desired.AppSpec.Run;
import dev.croft.desired.AppSpec.Source;
import dev.croft.desired.HostState.Backups;
import dev.croft.desired.HostState.BoxUser;
import dev.croft.desired.HostState.Build;
import dev.croft.desired.HostState.Firewall;
import dev.croft.desired.HostState.Gc;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.Machine;
import dev.croft.desired.HostState.RestoreTest;
import dev.croft.desired.HostState.Retention;
import dev.croft.desired.HostState.S3Target;
import dev.croft.desired.HostState.Schedule;
import dev.croft.desired.HostState.Services;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Ssh;
import dev.croft.kernel.AppName;
import dev.croft.kernel.Phrase;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Differences of two states, as a person reads them. */
@Tag("stores")
class EditsTest {

    private static final AppName BLOG = new AppName("blog");
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQgxvZOPueZVBEK2hj8E7eEvgPkmQvPsCUZ235eEhlW";
    /** As {@code ssh-keygen -lf} prints it. */
    private static final String FINGERPRINT = "SHA256:GO3g46vI2cCOWng8b1nO3kKaMYJJ+HyDkucqV1Tfepo";

    private static final HostSettings BOX = HostSettings.of("attic", "26.05", "UTC");

    private final DesiredStates desired = Console.shared().get(DesiredStates.class);

    @Test
    void aBoxInWords() {
        HostSettings after = new HostSettings(
                "attic",
                "26.05",
                "Europe/Paris",
                new Firewall(List.of(8080), List.of(53)),
                new Ssh(true),
                new TreeMap<>(Map.of(
                        "ada", new BoxUser(true, List.of(KEY + " ada@laptop")), "eve", new BoxUser(false, List.of()))),
                new Gc(false, 20, "5G"),
                new Build("50%", 30, 40),
                null,
                null,
                Services.NONE,
                Backups.NONE);

        assertThat(words(BOX, after))
                .containsExactly(
                        "timezone: time zone UTC → Europe/Paris",
                        "firewall.tcp: port 8080 is opened in the firewall",
                        "firewall.udp: UDP port 53 is opened in the firewall",
                        "ssh.passwordAuthentication: signing in over SSH with a password is allowed",
                        "users.ada: user ada is added as an administrator, with key " + FINGERPRINT + " (ada@laptop)",
                        "users.eve: user eve is added, without a key",
                        "gc.automatic: automatic garbage collection is turned off",
                        "gc.keepGenerations: generations to keep 10 → 20",
                        "gc.minFree: disk space to keep free 2G → 5G",
                        "build.memoryMax: memory of builds 75% → 50%",
                        "build.cpuWeight: CPU weight of builds 20 → 30",
                        "build.ioWeight: disk weight of builds 20 → 40");
        assertThat(words(after, BOX))
                .contains(
                        "firewall.tcp: port 8080 is closed in the firewall",
                        "ssh.passwordAuthentication: signing in over SSH with a password is no longer allowed",
                        "users.ada: user ada is removed",
                        "gc.automatic: automatic garbage collection is turned on",
                        "gc.minFree: disk space to keep free 5G → 2G");
    }

    @Test
    void whatTheMachineOffersInWords() {
        HostSettings after = BOX.withMachine(new Machine(true, true, false, true, List.of("wireguard", "kvm-amd")));

        assertThat(words(BOX, after))
                .containsExactly(
                        "machine.persistentJournal: the journal on the disk is turned on",
                        "machine.timeSync: systemd-timesyncd is turned on",
                        "machine.ipv6: IPv6 is turned off",
                        "machine.zramSwap: swapping into compressed memory is turned on",
                        "machine.kernelModules: the kernel module kvm-amd is loaded",
                        "machine.kernelModules: the kernel module wireguard is loaded");
        assertThat(words(after, BOX))
                .contains(
                        "machine.ipv6: IPv6 is left to the box's own configuration",
                        "machine.kernelModules: the kernel module wireguard is no longer asked for");
    }

    /** The comment of a key is what its owner says; only the fingerprint tells one key from another. */
    @Test
    void aKeyInThePlaceOfAnotherIsSeenByItsFingerprint() {
        String other = KEY.replace("EhlW", "EhlX");

        List<String> words = words(
                user(new BoxUser(false, List.of(KEY + " ada"))), user(new BoxUser(true, List.of(other + " ada"))));

        assertThat(words.get(0)).isEqualTo("users.ada.admin: user ada becomes an administrator");
        assertThat(words.get(1))
                .startsWith("users.ada.keys: user ada: key SHA256:")
                .endsWith(" (ada) added")
                .doesNotContain(FINGERPRINT);
        assertThat(words.get(2)).isEqualTo("users.ada.keys: user ada: key " + FINGERPRINT + " (ada) removed");
    }

    @Test
    void aDefaultThatIsWrittenDownIsSaidToChangeNothing() {
        HostSettings written = new HostSettings(
                "attic",
                "26.05",
                "UTC",
                null,
                null,
                new TreeMap<>(),
                new Gc(true, 10, null),
                null,
                null,
                null,
                Services.NONE,
                Backups.NONE);

        assertThat(words(BOX, written))
                .containsExactly(
                        "gc.automatic: automatic garbage collection stays on, which is now written down",
                        "gc.keepGenerations: generations to keep stays 10, which is now written down");
        assertThat(words(written, BOX))
                .contains("gc.keepGenerations: generations to keep stays 10, which is now left to the default");
        HostSettings asBefore = new HostSettings(
                "attic",
                "26.05",
                "UTC",
                null,
                new Ssh(false),
                new TreeMap<>(),
                null,
                null,
                null,
                null,
                Services.NONE,
                Backups.NONE);
        assertThat(words(BOX, asBefore))
                .containsExactly(": the same in another order or spelling; nothing changes in what it means");
    }

    @Test
    void backupsInWords() {
        HostSettings before = BOX.withBackups(new Backups(
                new TreeMap<>(Map.of("cellar", new LocalTarget("/mnt/cellar"), "old", new LocalTarget("/mnt/old"))),
                null,
                null,
                null));
        HostSettings after = BOX.withBackups(new Backups(
                new TreeMap<>(Map.of(
                        "cellar", new LocalTarget("/mnt/other"),
                        "depot", new SftpTarget("depot.example", 2222, "attic", "backups/attic", KEY + " depot"),
                        "cloud", new S3Target("https://s3.example", "attic-backups", "box/1", "eu-1"))),
                Schedule.HOURLY,
                new Retention(14, 4, null),
                RestoreTest.NEVER));

        assertThat(words(before, after))
                .containsExactly(
                        "backups.targets.cellar: backups to cellar: /mnt/cellar on the box → /mnt/other on the box",
                        "backups.targets.cloud: backups go to cloud: bucket attic-backups at https://s3.example, box/1,"
                                + " region eu-1",
                        "backups.targets.depot: backups go to depot: attic@depot.example port 2222, backups/attic, host key "
                                + FINGERPRINT + " (depot)",
                        "backups.targets.old: backups no longer go to old; what is there stays",
                        "backups.schedule: backups are made daily → hourly",
                        "backups.retention.daily: days of backups to keep 7 → 14",
                        "backups.retention.weekly: weeks of backups to keep stays 4, which is now written down",
                        "backups.restoreTest: restore test weekly → never");

        AppSpec app = app("1".repeat(40), List.of(), 8080, Map.of(), null, null);
        AppSpec off = app.withBackup(new AppSpec.Backup(false, List.of("/cache", "*.tmp")));
        assertThat(words(app, off))
                .containsExactly(
                        "backup.enabled: the app is no longer backed up; the backups that there are stay for their time",
                        "backup.exclude: backups leave out \"/cache\"",
                        "backup.exclude: backups leave out \"*.tmp\"");
        assertThat(words(off, app.withBackup(new AppSpec.Backup(true, List.of("*.tmp")))))
                .containsExactly(
                        "backup.enabled: the app is backed up again",
                        "backup.exclude: backups no longer leave out \"/cache\"");
    }

    @Test
    void anAppInWords() {
        AppSpec before = app("1".repeat(40), List.of(), 8080, Map.of("OLD", "x", "SAME", "1"), null, null);
        AppSpec after = AppSpec.of(
                        new Source("git", "https://git.example/blog.git", "v2", "2".repeat(40), FakeBox.NAR_HASH),
                        new AppSpec.Build("node"),
                        new Run(List.of("node", "my server.js"), 9090, Map.of("DEBUG", "1", "SAME", "2")))
                .withDomains(List.of("blog.example"))
                .withLimits(new Limits("1G", null, 100))
                .withHealth(new Health("/healthz", 10));

        assertThat(words(before, after))
                .containsExactly(
                        "source.ref: branch or tag main → v2",
                        "source.rev: source 1111111 → 2222222",
                        "build.builder: builder static → node",
                        "run.command: start command the builder's → node \"my server.js\"",
                        "run.port: port 8080 → 9090",
                        "run.env.DEBUG: environment: DEBUG added: \"1\"",
                        "run.env.OLD: environment: OLD removed",
                        "run.env.SAME: environment: SAME changed: \"1\" → \"2\"",
                        "domains: domain blog.example added",
                        "limits.memoryMax: memory limit 512M → 1G",
                        "limits.tasksMax: limit of processes 256 → 100",
                        "health: health check at /healthz within 10 s");
        assertThat(words(after, before))
                .contains(
                        "domains: domain blog.example removed",
                        "health: no health check any more: a listening port, or a running process, is enough");
    }

    @Test
    void appsComeAndGoAndMayFollowABranch() {
        AppSpec app = app("1".repeat(40), List.of(), 8080, Map.of(), null, null);
        AppSpec moving = Console.site("v2");

        assertThat(desired.edits(state(BOX, Map.of()), state(BOX, Map.of(BLOG, app))))
                .singleElement()
                .satisfies(edit -> {
                    assertThat(edit.app()).isEqualTo(BLOG);
                    assertThat(edit.field()).isEmpty();
                    assertThat(edit.words())
                            .isEqualTo(
                                    "new app from https://git.example/blog.git (main) at 1111111, built as static, port 8080");
                });
        AppSpec withAll = app("1".repeat(40), List.of(), 8080, Map.of("COLOUR", "green"), null, null)
                .withDomains(List.of("blog.example"));
        assertThat(desired.edits(state(BOX, Map.of()), state(BOX, Map.of(BLOG, withAll))))
                .extracting(Edit::words)
                .containsExactly(
                        "new app from https://git.example/blog.git (main) at 1111111, built as static, port 8080",
                        "environment: COLOUR added: \"green\"",
                        "domain blog.example added");
        assertThat(desired.edits(state(BOX, Map.of(BLOG, app)), state(BOX, Map.of())))
                .containsExactly(new Edit(BLOG, "", Phrase.of("the app is removed; its data stays")));
        assertThat(words(app, moving)).contains("source.rev: source 1111111 → what v2 points to when it is applied");
    }

    /** The environment is no place for secrets. Still, a page that people look at over each other's shoulders should not show them. */
    @Test
    void whatLooksSecretIsNotShown() {
        Map<String, String> before =
                Map.of("TOKEN_URL", "first-value", "DB", "postgres://u:first-value@db/x", "PLAIN", "seen");
        Map<String, String> after =
                Map.of("TOKEN_URL", "second-value", "DB", "none", "PLAIN", "\u202eseen\n", "api_key", "third-value");

        List<String> words = words(
                app("1".repeat(40), List.of(), 8080, before, null, null),
                app("1".repeat(40), List.of(), 8080, after, null, null));

        assertThat(words)
                .containsExactly(
                        "run.env.DB: environment: DB changed (value not shown)",
                        "run.env.PLAIN: environment: PLAIN changed: \"seen\" → \"\\u202eseen\\n\"",
                        "run.env.TOKEN_URL: environment: TOKEN_URL changed (value not shown)",
                        "run.env.api_key: environment: api_key added (value not shown)");
    }

    private List<String> words(HostSettings before, HostSettings after) {
        return words(desired.edits(state(before, Map.of()), state(after, Map.of())));
    }

    @Test
    void servicesSecretsInWords() {
        HostSettings sealed = mail(
                new HostState.Mail(new HostState.MailRelay("smtp.example.net", null, null, "attic@example.net"), null));
        HostSettings kept = sealed.withSecret("mail", "RELAY_PASSWORD", new InGit("secrets/box.yaml", "relay"));

        assertThat(words(sealed, kept))
                .containsExactly(
                        "secrets.mail.RELAY_PASSWORD: the secret RELAY_PASSWORD of mail is taken from relay in secrets/box.yaml in git");
        assertThat(words(kept, kept.withSecret("mail", "RELAY_PASSWORD", new InGit("relay.txt", null))))
                .containsExactly(
                        "secrets.mail.RELAY_PASSWORD: the secret RELAY_PASSWORD of mail is taken from relay.txt in git");
        assertThat(words(kept, sealed))
                .containsExactly(
                        "secrets.mail.RELAY_PASSWORD: the secret RELAY_PASSWORD of mail is the one that is sealed on the box");
    }

    @Test
    void aSecretInGitGoesWithItsService() {
        HostSettings whole = mail(new HostState.Mail(
                        new HostState.MailRelay("smtp.example.net", null, null, "attic@example.net"), null))
                .withBackups(HostState.Backups.NONE.withTargets(
                        new TreeMap<>(Map.of("cellar", new HostState.LocalTarget("/srv/cellar")))))
                .withSecret("mail", "RELAY_PASSWORD", new InGit("secrets/box.yaml", "relay"))
                .withSecret("backup-cellar", "RESTIC_PASSWORD", new InGit("secrets/box.yaml", "restic"));

        assertThat(whole.withBackups(HostState.Backups.NONE).secrets()).containsOnlyKeys("mail");
        assertThat(whole.withServices(whole.services().withMail(null)).secrets())
                .containsOnlyKeys("backup-cellar");
        assertThat(whole.withTimezone("UTC").secrets()).isEqualTo(whole.secrets());
        assertThat(whole.validated()).isEqualTo(whole);
        assertThat(whole.serviceSecrets().keySet()).containsExactly("backup-cellar", "mail");
    }

    @Test
    void monitoringInWords() {
        HostSettings none = BOX;
        HostSettings on = monitored(new HostState.Monitoring(
                "10.100.0.1", true, new TreeMap<>(Map.of(HostState.Exporter.NODE, 9100)), null));

        assertThat(words(none, on))
                .containsExactly(
                        "services.monitoring.exporters.node: monitoring: the exporter node listens at port 9100",
                        "services.monitoring.address: monitoring: exporters listen at 10.100.0.1, no longer at 127.0.0.1",
                        "services.monitoring.openFirewall: monitoring: the firewall lets others reach the exporters");
        assertThat(words(on, none))
                .contains("services.monitoring.exporters.node: monitoring: the exporter node is switched off");
        HostState.Otlp otlp = new HostState.Otlp("https://otel.example", null, null, "Authorization");
        HostSettings sends = monitored(new HostState.Monitoring(null, null, new TreeMap<>(), otlp));
        assertThat(words(none, sends))
                .containsExactly(
                        "services.monitoring.otlp: monitoring: metrics and logs go to https://otel.example by OpenTelemetry",
                        "services.monitoring.otlp.header: monitoring: the header Authorization is sent along, with its secret");
        assertThat(words(
                        sends,
                        monitored(new HostState.Monitoring(
                                null,
                                null,
                                new TreeMap<>(),
                                new HostState.Otlp("https://b.example", null, false, null)))))
                .containsExactly(
                        "services.monitoring.otlp.endpoint: OpenTelemetry server https://otel.example → https://b.example",
                        "services.monitoring.otlp: monitoring: metrics go to https://b.example by OpenTelemetry",
                        "services.monitoring.otlp.header: monitoring: no header is sent along any more");
        assertThat(sends.serviceSecrets()).containsEntry("monitoring", new TreeSet<>(Set.of("OTLP_HEADER")));
    }

    private static HostSettings monitored(HostState.Monitoring monitoring) {
        return BOX.withServices(BOX.services().withMonitoring(monitoring));
    }

    @Test
    void mailInWords() {
        HostState.MailRelay relay = new HostState.MailRelay("smtp.example.net", null, null, "attic@example.net");
        HostState.MailServer server = new HostState.MailServer("mail.attic.example", List.of("attic.example"))
                .withMailboxes(new TreeMap<>(Map.of("ada@attic.example", new HostState.Mailbox("2G"))))
                .withAliases(new TreeMap<>(Map.of(
                        "@attic.example", List.of("ada@attic.example"),
                        "info@attic.example", List.of("ada@attic.example", "bob@elsewhere.example"))));
        HostSettings whole = mail(new HostState.Mail(relay, server));

        assertThat(words(BOX, whole))
                .containsExactly(
                        "services.mail.relay: mail: the relay is now smtp.example.net:587 (STARTTLS, signing in as attic@example.net)",
                        "services.mail.server: mail: the box receives mail as mail.attic.example",
                        "services.mail.server.domains: mail: domain attic.example is received here",
                        "services.mail.server.mailboxes.ada@attic.example: mail: mailbox ada@attic.example is added, at most 2G",
                        "services.mail.server.aliases.@attic.example: mail: what is for nobody else at attic.example goes to ada@attic.example",
                        "services.mail.server.aliases.info@attic.example: mail: info@attic.example goes to ada@attic.example, bob@elsewhere.example",
                        "services.mail.server.tls: mail: certificate of the server self-signed");
        assertThat(words(whole, BOX))
                .containsExactly(
                        "services.mail.relay: mail: smtp.example.net:587 is no longer the relay",
                        "services.mail.server: mail: the box receives no mail any more; what is in mailboxes stays",
                        "services.mail.server.domains: mail: domain attic.example is no longer received here",
                        "services.mail.server.mailboxes.ada@attic.example: mail: mailbox ada@attic.example is removed; its mail stays",
                        "services.mail.server.aliases.@attic.example: mail: what is for nobody else at attic.example is no longer an alias",
                        "services.mail.server.aliases.info@attic.example: mail: info@attic.example is no longer an alias",
                        "services.mail: mail: the box has no mail any more; apps cannot send");

        HostSettings other = mail(new HostState.Mail(
                new HostState.MailRelay("smtp.other.example", 465, HostState.Security.TLS, null),
                new HostState.MailServer(
                        "mx.attic.example",
                        List.of("attic.example", "cellar.example"),
                        new TreeMap<>(Map.of("ada@attic.example", new HostState.Mailbox(null))),
                        new TreeMap<>(Map.of("info@attic.example", List.of("ada@attic.example"))),
                        "50M",
                        "croft2",
                        AppSpec.Tls.INTERNAL,
                        false)));
        assertThat(words(whole, other))
                .containsExactly(
                        "services.mail.relay: mail: the relay is now smtp.other.example:465 (TLS, without a sign-in), no longer smtp.example.net:587 (STARTTLS, signing in as attic@example.net)",
                        "services.mail.server.hostname: mail: name of the server mail.attic.example → mx.attic.example",
                        "services.mail.server.domains: mail: domain cellar.example is received here",
                        "services.mail.server.mailboxes.ada@attic.example: mail: mailbox ada@attic.example: without a quota",
                        "services.mail.server.aliases.@attic.example: mail: what is for nobody else at attic.example is no longer an alias",
                        "services.mail.server.aliases.info@attic.example: mail: info@attic.example goes to ada@attic.example",
                        "services.mail.server.messageMax: mail: largest message 25M → 50M",
                        "services.mail.server.dkimSelector: mail: name of the signature's key croft → croft2",
                        "services.mail.server.backup: mail: it is no longer backed up; the backups that there are stay for their time",
                        "services.mail.server.tls: mail: certificate of the server self-signed → internal");
        assertThat(words(other, whole))
                .contains(
                        "services.mail.server.domains: mail: domain cellar.example is no longer received here",
                        "services.mail.server.messageMax: mail: largest message 50M → 25M",
                        "services.mail.server.backup: mail: it is backed up");
        assertThat(words(whole, mail(new HostState.Mail(null, server))))
                .containsExactly(
                        "services.mail.relay: mail: smtp.example.net:587 is no longer the relay; mail goes straight to the"
                                + " receivers' servers");
        assertThat(words(
                        whole,
                        mail(new HostState.Mail(
                                new HostState.MailRelay("smtp.example.net", 587, null, "attic@example.net"), server))))
                .containsExactly(
                        "services.mail.relay: mail: the relay stays smtp.example.net:587 (STARTTLS, signing in as attic@example.net), written in another way");
        assertThat(words(whole, mail(new HostState.Mail(relay, server.withMailboxes(new TreeMap<>())))))
                .containsExactly(
                        "services.mail.server.mailboxes.ada@attic.example: mail: mailbox ada@attic.example is removed; its mail stays");
    }

    @Test
    void howAnAppSignsInToItsDatabaseInWords() {
        AppSpec without = app("1".repeat(40), List.of(), 8080, Map.of(), null, null);
        AppSpec bySocket = without.withAttach(AppSpec.Attach.NOTHING
                .withPostgresql(new AppSpec.Postgresql(null, List.of()))
                .withMysql(new AppSpec.Mysql(null)));
        AppSpec byPassword = without.withAttach(AppSpec.Attach.NOTHING
                .withPostgresql(new AppSpec.Postgresql(null, AppSpec.Access.PASSWORD, List.of()))
                .withMysql(new AppSpec.Mysql(null, AppSpec.Access.PASSWORD)));

        assertThat(words(without, bySocket))
                .containsExactly("attach.postgresql: PostgreSQL is attached", "attach.mysql: MariaDB is attached");
        assertThat(words(without, byPassword))
                .containsExactly(
                        "attach.postgresql: PostgreSQL is attached",
                        "attach.postgresql.access: the app signs in to PostgreSQL with a password, over TCP on the loopback",
                        "attach.mysql: MariaDB is attached",
                        "attach.mysql.access: the app signs in to MariaDB with a password, over TCP on the loopback");
        assertThat(words(byPassword, bySocket))
                .containsExactly(
                        "attach.postgresql.access: the app signs in to PostgreSQL over the socket, without a password",
                        "attach.mysql.access: the app signs in to MariaDB over the socket, without a password");
        assertThat(words(byPassword, without))
                .containsExactly(
                        "attach.postgresql: PostgreSQL is detached; its data stays",
                        "attach.mysql: MariaDB is detached; its data stays");
    }

    @Test
    void mailOfAnAppInWords() {
        AppSpec without = app("1".repeat(40), List.of(), 8080, Map.of(), null, null);
        AppSpec with = without.withAttach(
                AppSpec.Attach.NOTHING.withMail(new AppSpec.Mail(List.of("shop@attic.example"), null)));
        AppSpec other = without.withAttach(AppSpec.Attach.NOTHING.withMail(
                new AppSpec.Mail(List.of("shop@attic.example", "@attic.example"), 500)));

        assertThat(words(without, with))
                .containsExactly("attach.mail: the app sends mail as shop@attic.example, at most 100 messages an hour");
        assertThat(words(with, other))
                .containsExactly(
                        "attach.mail.from: the app sends mail as shop@attic.example → shop@attic.example, @attic.example",
                        "attach.mail.perHour: messages of the app in an hour 100 → 500");
        assertThat(words(other, without)).containsExactly("attach.mail: the app sends no mail any more");
    }

    private static HostSettings mail(HostState.Mail mail) {
        return BOX.withServices(Services.NONE.withMail(mail));
    }

    private List<String> words(AppSpec before, AppSpec after) {
        return words(desired.edits(state(BOX, Map.of(BLOG, before)), state(BOX, Map.of(BLOG, after))));
    }

    private static List<String> words(List<Edit> edits) {
        return edits.stream().map(edit -> edit.field() + ": " + edit.words()).toList();
    }

    private static HostState state(HostSettings host, Map<AppName, AppSpec> apps) {
        return new HostState(HostState.VERSION, host, new TreeMap<>(apps));
    }

    private static HostSettings user(BoxUser ada) {
        return new HostSettings(
                "attic",
                "26.05",
                "UTC",
                null,
                null,
                new TreeMap<>(Map.of("ada", ada)),
                null,
                null,
                null,
                null,
                Services.NONE,
                Backups.NONE);
    }

    private static AppSpec app(
            String rev, List<String> command, int port, Map<String, String> env, Limits limits, Health health) {
        return AppSpec.of(
                        new Source("git", "https://git.example/blog.git", "main", rev, FakeBox.NAR_HASH),
                        new AppSpec.Build("static"),
                        new Run(command, port, env))
                .withLimits(limits)
                .withHealth(health);
    }
}
