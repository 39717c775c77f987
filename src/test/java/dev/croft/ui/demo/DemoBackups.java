package dev.croft.ui.demo;

import dev.croft.access.StepUp;
import dev.croft.backups.Backups;
import dev.croft.backups.RecoveryKit;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Target;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.hostlink.HostCommand.BackupItem;
import dev.croft.hostlink.HostCommand.BackupTarget;
import dev.croft.hostlink.HostCommand.BackupsReport;
import dev.croft.hostlink.HostCommand.ComparedFiles;
import dev.croft.hostlink.HostCommand.ComparedKey;
import dev.croft.hostlink.HostCommand.ComparedMailbox;
import dev.croft.hostlink.HostCommand.DifferentFile;
import dev.croft.hostlink.HostCommand.FailedBackup;
import dev.croft.hostlink.HostCommand.MailComparison;
import dev.croft.hostlink.HostCommand.MailCopy;
import dev.croft.hostlink.HostCommand.ReplacedData;
import dev.croft.hostlink.HostCommand.RestoreComparison;
import dev.croft.hostlink.HostCommand.RestoreTest;
import dev.croft.hostlink.HostCommand.RestoredCopy;
import dev.croft.hostlink.HostCommand.ServerKey;
import dev.croft.hostlink.HostCommand.TestedBackup;
import dev.croft.hostlink.HostCommand.TestedMail;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretBytes;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.operations.Operations.KeptBackup;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A box with two places for backups: one that is well, one that is away. */
public class DemoBackups implements Backups {

    public static final String SERVER_KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQgxvZOPueZVBEK2hj8E7eEvgPkmQvPsCUZ235eEhlW";

    public static final String PASSWORD = "QR7K-<b>&-9XYZ";

    private final DemoWorld world;
    private final DesiredStates desired;
    private final Operations operations;
    private final Hosts hosts;
    private final StepUp stepUp;
    private final List<RestoredCopy> copies = new ArrayList<>();
    private final List<ReplacedData> replaced = new ArrayList<>();
    private final List<MailCopy> mail = new ArrayList<>();
    private final List<String> asked = new ArrayList<>();

    DemoBackups(DemoWorld world, DesiredStates desired, Operations operations, Hosts hosts, StepUp stepUp) {
        this.world = world;
        this.desired = desired;
        this.operations = operations;
        this.hosts = hosts;
        this.stepUp = stepUp;
    }

    /** The places as the box has them, without a change that waits. */
    public void furnish() {
        asked.clear();
        copies.clear();
        replaced.clear();
        mail.clear();
        world.settings(
                settings -> withTargets(
                        settings,
                        Map.of(
                                "cellar",
                                new LocalTarget("/mnt/cellar/attic"),
                                "depot",
                                new SftpTarget(
                                        "depot.example",
                                        null,
                                        "attic",
                                        "backups/attic",
                                        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQgxvZOPueZVBEK2hj8E7eEvgPkmQvPsCUZ235eEhlW depot"))));
    }

    private static HostSettings withTargets(HostSettings settings, Map<String, Target> targets) {
        return settings.withBackups(settings.backups().withTargets(new TreeMap<>(targets)));
    }

    public void copy(AppName app) {
        copies.add(new RestoredCopy(
                app, id(1), world.now().minus(Duration.ofHours(9)), "/var/lib/croft/restores/" + app + "/" + id(1)));
    }

    public void replaced(AppName app) {
        replaced.add(new ReplacedData(app, "0".repeat(26), world.now().minus(Duration.ofHours(1)), 52_428_800, 120));
    }

    public void mail(boolean isReplaced) {
        String copy = (isReplaced ? "b" : "a").repeat(26);
        mail.add(new MailCopy(
                copy,
                id(1),
                world.now().minus(Duration.ofHours(9)),
                "/var/lib/croft/restores/.mail/" + copy,
                List.of("ada@attic.example", "bob@attic.example"),
                isReplaced));
    }

    /** What was asked for, oldest first. */
    public List<String> asked() {
        return List.copyOf(asked);
    }

    private static String id(int number) {
        return String.valueOf(number).repeat(64).substring(0, 64);
    }

    @Override
    public BackupsReport report(HostName host) {
        Instant now = world.now();
        List<BackupTarget> all = new ArrayList<>();
        for (String name :
                desired.inForce(host).orElseThrow().host().backups().targets().keySet()) {
            all.add(
                    name.equals("cellar")
                            ? new BackupTarget(
                                    name,
                                    "local",
                                    true,
                                    null,
                                    now.minus(Duration.ofHours(9)),
                                    "SUCCEEDED",
                                    now.minus(Duration.ofHours(9)),
                                    now.plus(Duration.ofHours(15)),
                                    734_003_200L,
                                    14,
                                    new RestoreTest(
                                            now.minus(Duration.ofDays(3)),
                                            true,
                                            List.of(tested("blog", null), tested("bookmarks", "It has a database.")),
                                            new TestedMail(id(9), now, 2_000_000, 2, 40, 1, null)),
                                    List.of())
                            : new BackupTarget(
                                    name,
                                    "sftp",
                                    false,
                                    Problem.of(
                                            ProblemCode.BACKUP_UNREACHABLE,
                                            "depot was not reached.",
                                            "ssh: connect to host depot.example port 22: No route to host",
                                            "Look whether it is on."),
                                    now.minus(Duration.ofHours(9)),
                                    "BACKUP_UNREACHABLE",
                                    now.minus(Duration.ofDays(12)),
                                    now.plus(Duration.ofHours(15)),
                                    734_003_200L,
                                    9,
                                    null,
                                    List.of(new FailedBackup(
                                            "app",
                                            new AppName("blog"),
                                            Problem.of(
                                                    ProblemCode.DUMP_FAILED,
                                                    "The data of blog was not copied.",
                                                    "The disk is full.",
                                                    "Make room.")))));
        }
        return new BackupsReport(now, all, List.copyOf(copies), List.copyOf(replaced), List.copyOf(mail));
    }

    private TestedBackup tested(String app, @Nullable String why) {
        return new TestedBackup(new AppName(app), id(1), world.now(), 1_000_000, why == null, why, null, null);
    }

    @Override
    public List<Backup> list(HostName host, String target, @Nullable AppName app) {
        Instant now = world.now();
        List<Backup> all = new ArrayList<>();
        for (int day = 0; day < 4; day++) {
            Instant time = now.minus(Duration.ofHours(9 + 24L * day));
            all.add(new Backup(id(day + 1), time, new AppName("blog"), 52_428_800, 12));
            all.add(new Backup(id(day + 5), time, new AppName("bookmarks"), 681_574_400, 12));
            all.add(new Backup("c" + id(day + 1).substring(1), time, BackupItem.MAIL, null, 2_000_000, 12));
            all.add(new Backup("b" + id(day + 1).substring(1), time, null, 40_960, 12));
        }
        return all.stream()
                .filter(each -> app == null || app.equals(each.app()))
                .toList();
    }

    @Override
    public Added add(HostName host, String name, Target target, Map<String, SecretBytes> credentials) {
        HostSettings before = desired.draft(host).host();
        var targets = new TreeMap<>(before.backups().targets());
        targets.put(name, target);
        desired.putSettings(
                host, before.withBackups(before.backups().withTargets(targets)).validated());
        return new Added(
                target instanceof SftpTarget && credentials.isEmpty() ? "ssh-ed25519 AAAA croft-backup-attic" : null,
                null);
    }

    @Override
    public Added giveKeys(HostName host, String name, Map<String, SecretBytes> credentials) {
        asked.add("keys for " + name + " " + credentials.keySet());
        return new Added(credentials.isEmpty() ? "ssh-ed25519 BBBB croft-backup-attic" : null, null);
    }

    @Override
    public Operation backUp(HostName host, @Nullable String target) {
        asked.add("back up to " + target);
        return operations.backUp(host, target);
    }

    @Override
    public Operation test(HostName host, String target) {
        asked.add("test " + target);
        return operations.testRestore(host, target);
    }

    @Override
    public Operation restoreCopy(HostName host, KeptBackup backup) {
        asked.add("copy " + backup.owner());
        return operations.restoreCopy(host, backup);
    }

    @Override
    public Operation restore(HostName host, KeptBackup backup) {
        stepUp.require();
        asked.add("restore " + backup.owner() + (backup.mailboxes().isEmpty() ? "" : " " + backup.mailboxes()));
        return operations.restore(host, backup);
    }

    @Override
    public Operation undoRestore(HostName host, @Nullable AppName app, String snapshot) {
        stepUp.require();
        asked.add("undo " + KeptBackup.owner(app));
        return operations.undoRestore(host, app, snapshot);
    }

    @Override
    public void dropReplaced(HostName host, @Nullable AppName app, String snapshot, String confirm) {
        stepUp.require();
        asked.add("drop " + KeptBackup.owner(app) + " as " + confirm);
        replaced.removeIf(each -> each.app().equals(app));
        mail.removeIf(each -> app == null && each.id().equals(snapshot));
    }

    @Override
    public List<ServerKey> serverKeys(HostName host, String server, @Nullable Integer port) {
        if (server.equals("nobody.example")) {
            throw Problem.of(
                            ProblemCode.BACKUP_UNREACHABLE,
                            "nobody.example cannot be reached.",
                            "Connection refused.",
                            "Look whether it is on.")
                    .toException();
        }
        asked.add("keys of " + server + (port == null ? "" : ":" + port));
        return List.of(
                new ServerKey("ssh-ed25519", SERVER_KEY, "SHA256:one"),
                new ServerKey("ssh-rsa", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7", "SHA256:other"));
    }

    @Override
    public RestoreComparison compared(HostName host, AppName app, String snapshot) {
        return new RestoreComparison(
                app,
                snapshot,
                world.now(),
                "/var/lib/croft/restores/" + app,
                new ComparedFiles(
                        120,
                        1,
                        1,
                        0,
                        52_428_800,
                        52_420_000,
                        List.of(
                                new DifferentFile("posts.sqlite", "changed"),
                                new DifferentFile("new.jpg", "onlyLive"))),
                List.of());
    }

    @Override
    public MailComparison comparedMail(HostName host, String copy) {
        return new MailComparison(
                copy,
                id(1),
                world.now(),
                "/var/lib/croft/restores/.mail/" + copy,
                List.of(new ComparedMailbox("ada@attic.example", 12, 10, 3, 1, 0)),
                List.of(new ComparedKey("attic.example.croft.key", true)));
    }

    @Override
    public void discard(HostName host, @Nullable AppName app, String snapshot) {
        stepUp.require();
        asked.add("discard " + KeptBackup.owner(app));
        copies.removeIf(each -> each.app().equals(app));
        mail.removeIf(each -> app == null && each.id().equals(snapshot));
    }

    @Override
    public RecoveryKit kit(HostName host, boolean newRecoveryKey) {
        stepUp.require();
        List<RecoveryKit.Place> places = new ArrayList<>();
        desired.inForce(host)
                .orElseThrow()
                .host()
                .backups()
                .targets()
                .forEach((name, target) -> places.add(new RecoveryKit.Place(
                        name,
                        target,
                        true,
                        new TreeMap<>(
                                Map.of("RESTIC_PASSWORD", SecretBytes.of(PASSWORD.getBytes(StandardCharsets.UTF_8)))),
                        new TreeMap<>(),
                        target.credentials())));
        return new RecoveryKit(hosts.get(host), "26.05", world.now(), "anna", null, null, places);
    }
}
