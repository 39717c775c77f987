package dev.croft.backups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.croft.access.Role;
import dev.croft.backups.RecoveryKit.Place;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState.LocalTarget;
import dev.croft.desired.HostState.S3Target;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Target;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.hostlink.HostCommand.BackupTarget;
import dev.croft.hostlink.HostCommand.MailCopy;
import dev.croft.hostlink.HostCommand.PutSecret;
import dev.croft.hostlink.HostCommand.ReplacedData;
import dev.croft.hostlink.HostCommand.RestoreMode;
import dev.croft.hostlink.HostCommand.RestoredCopy;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretBytes;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.operations.Operations.KeptBackup;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.vault.Secrets;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.security.access.AccessDeniedException;

/** Backups, as people ask for them. */
class BackupsTest {

    private static final AppName SHOP = new AppName("shop");
    private static final String SNAPSHOT = "a".repeat(64);
    private static final KeptBackup KEPT = KeptBackup.of("cellar", SNAPSHOT, SHOP);
    private static final String HOST_KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQgxvZOPueZVBEK2hj8E7eEvgPkmQvPsCUZ235eEhlW depot";
    private static final Target LOCAL = new LocalTarget("/mnt/cellar");
    private static final Target SFTP = new SftpTarget("depot.example", null, "attic", "backups/attic", HOST_KEY);
    private static final Target S3 = new S3Target("https://s3.example", "attic-backups", null, null);

    private final FakeBox box = Console.newBox();
    private final Console console = Console.shared();
    private HostName attic;

    @BeforeEach
    void aBoxWithAnApp() {
        attic = console.enrol(box);
        console.asAnna(() -> {
            desired().putApp(attic, SHOP, Console.site("v1"));
            return end(operations().apply(attic, Operations.Apply.ALL));
        });
    }

    @AfterEach
    void nothingStaysHeld() {
        box.release();
    }

    private void aTarget() {
        box.backups()
                .target(new BackupTarget(
                        "cellar", "local", true, null, null, null, null, null, null, null, null, List.of()));
        console.asAnna(() -> {
            backups().add(attic, "cellar", LOCAL, Map.of());
            return end(operations().apply(attic, Operations.Apply.ALL));
        });
    }

    // ---- a new target

    @Test
    void aNewTargetHasAPasswordOfItsOwnThatNobodyTyped() {
        Backups.Added added = console.asAnna(() -> backups().add(attic, "cellar", LOCAL, Map.of()));

        assertThat(added).isEqualTo(new Backups.Added(null, null));
        assertThat(secret("cellar", "RESTIC_PASSWORD")).matches("([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}");
        assertThat(targets()).containsExactly(Map.entry("cellar", LOCAL));
        assertThat(sent("cellar")).containsExactly("RESTIC_PASSWORD");
        console.asAnna(() -> backups().add(attic, "other", new LocalTarget("/mnt/other"), Map.of()));
        assertThat(secret("other", "RESTIC_PASSWORD")).isNotEqualTo(secret("cellar", "RESTIC_PASSWORD"));
    }

    /** What is there can be read with the old password only. */
    @Test
    void aTargetThatComesBackKeepsItsPassword() {
        console.asAnna(() -> backups().add(attic, "cellar", LOCAL, Map.of()));
        String before = secret("cellar", "RESTIC_PASSWORD");
        console.asAnna(() -> {
            desired().discardSettings(attic);
            return backups().add(attic, "cellar", LOCAL, Map.of());
        });

        assertThat(secret("cellar", "RESTIC_PASSWORD")).isEqualTo(before);
    }

    /** The box may have a password that this console does not know of: a new one would take its place later. */
    @Test
    void noPasswordIsMadeForABoxThatCannotBeAsked() {
        box.cutLink();

        assertThat(refusal(() -> backups().add(attic, "cellar", LOCAL, Map.of()))
                        .code())
                .isEqualTo(ProblemCode.HOST_UNREACHABLE);

        box.mendLink();
        assertThat(targets()).isEmpty();
        assertThat(console.asAnna(() -> console.get(Secrets.class).list(attic))).isEmpty();
    }

    @Test
    void anSftpTargetGetsAKeyThatOpenSshReads(@TempDir Path directory) throws Exception {
        Backups.Added added = console.asAnna(() -> backups().add(attic, "depot", SFTP, Map.of()));
        Path key = Files.writeString(
                Files.createFile(
                        directory.resolve("key"),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))),
                secret("depot", "SSH_KEY"));

        Process derived = new ProcessBuilder("ssh-keygen", "-y", "-P", "", "-f", key.toString())
                .redirectErrorStream(true)
                .start();

        assertThat(new String(derived.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip())
                .isEqualTo(added.publicKey());
        assertThat(added.publicKey()).startsWith("ssh-ed25519 ").endsWith(" croft-backup-" + attic);
    }

    @Test
    void anS3TargetNeedsItsKeys() {
        Map<String, SecretBytes> half = Map.of("AWS_ACCESS_KEY_ID", bytes("id"));
        assertThat(refusal(() -> backups().add(attic, "cloud", S3, half)).why()).startsWith("AWS_SECRET_ACCESS_KEY: ");
        assertThat(refusal(() -> backups().add(attic, "cellar", LOCAL, half)).why())
                .startsWith("credentials: ");
        assertThat(targets()).isEmpty();

        console.asAnna(() -> backups()
                .add(
                        attic,
                        "cloud",
                        S3,
                        Map.of("AWS_ACCESS_KEY_ID", bytes("id"), "AWS_SECRET_ACCESS_KEY", bytes("k"))));

        assertThat(sent("cloud"))
                .containsExactlyInAnyOrder("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "RESTIC_PASSWORD");
    }

    @Test
    void whatIsNoTargetLeavesNothingBehind() {
        assertThat(refusal(() -> backups().add(attic, "cellar", new LocalTarget("/etc"), Map.of()))
                        .why())
                .startsWith("backups.targets.cellar.path: ");
        assertThat(refusal(() -> backups().add(attic, "Cellar", LOCAL, Map.of()))
                        .why())
                .startsWith("backups.targets.Cellar: ");
        console.asAnna(() -> backups().add(attic, "cellar", LOCAL, Map.of()));
        assertThat(refusal(() -> backups().add(attic, "cellar", LOCAL, Map.of()))
                        .code())
                .isEqualTo(ProblemCode.CONFLICT);
        assertThat(sent("cellar")).containsExactly("RESTIC_PASSWORD");
    }

    // ---- backing up

    @Test
    void aBackupIsAnOperationWithItsPhases() {
        aTarget();

        Operation operation = console.asAnna(() -> end(backups().backUp(attic, "cellar")));

        assertThat(operation.kind()).isEqualTo(Operation.Kind.BACKUP);
        assertThat(operation.title()).isEqualTo("Back up to cellar");
        assertThat(operation.phases())
                .extracting(Operation.PhaseTime::phase)
                .containsExactly("snapshot", "copy", "verify");
        assertThat(box.received())
                .filteredOn(HostCommand.RunBackup.class::isInstance)
                .singleElement()
                .satisfies(sent ->
                        assertThat(((HostCommand.RunBackup) sent).target()).isEqualTo("cellar"));
    }

    @Test
    void aChangeDoesNotWaitForABackup() {
        aTarget();
        box.holdBackups();
        Operation backup = console.asAnna(() -> backups().backUp(attic, null));
        await(backup.id(), OperationState.RUNNING);

        console.asAnna(() -> end(operations().deploy(attic, SHOP, "v2")));
        Operation second = console.asAnna(() -> backups().test(attic, "cellar"));

        assertThat(console.asAnna(() -> operations().get(backup.id())).state()).isEqualTo(OperationState.RUNNING);
        assertThat(second.problem().code()).isEqualTo(ProblemCode.HOST_BUSY);
        assertThat(console.asAnna(() -> operations().current(attic)).map(Operation::id))
                .contains(backup.id());
        box.release();
        await(backup.id(), OperationState.SUCCEEDED);
        await(second.id(), OperationState.SUCCEEDED);
    }

    @Test
    void aTargetThatIsNotInForceIsNotAskedFor() {
        console.asAnna(() -> backups().add(attic, "cellar", LOCAL, Map.of()));

        assertThat(refusal(() -> backups().backUp(attic, "cellar")).code()).isEqualTo(ProblemCode.NOT_FOUND);
        assertThat(refusal(() -> backups().test(attic, "cellar")).code()).isEqualTo(ProblemCode.NOT_FOUND);
        assertThat(refusal(() -> backups().restoreCopy(attic, KEPT)).code()).isEqualTo(ProblemCode.NOT_FOUND);
    }

    @Test
    void tellsWhatATargetHas() {
        aTarget();
        Backup backup = new Backup(SNAPSHOT, Instant.parse("2026-05-04T12:00:00Z"), SHOP, 4096, 3);
        Backup ofTheBox = new Backup("b".repeat(64), Instant.parse("2026-05-04T12:00:01Z"), null, 100, 3);
        box.backups().keeps("cellar", backup);
        box.backups().keeps("cellar", ofTheBox);

        assertThat(console.asAnna(() -> backups().list(attic, "cellar", SHOP))).containsExactly(backup);
        assertThat(console.asAnna(() -> backups().list(attic, "cellar", null))).containsExactly(ofTheBox, backup);
    }

    // ---- putting back

    @Test
    void aRestorePutsABackupInThePlaceOrBeside() {
        aTarget();

        Operation operation = console.asAnna(() -> end(backups().restore(attic, KEPT)));

        assertThat(operation.kind()).isEqualTo(Operation.Kind.RESTORE);
        assertThat(operation.app()).isEqualTo(SHOP);
        assertThat(restores()).containsExactly(RestoreMode.SWAP);
        console.asAnna(() -> end(backups().restoreCopy(attic, KEPT)));
        assertThat(restores()).containsExactly(RestoreMode.SWAP, RestoreMode.SIDE);
        assertThat(refusal(() -> backups().restoreCopy(attic, KeptBackup.of("cellar", "abc", SHOP)))
                        .why())
                .startsWith("snapshot: ");
    }

    @Test
    void aRestoreIsUndone() {
        String snapshot = "01jd0000000000000000000001";

        assertThat(refusal(() -> backups().undoRestore(attic, SHOP, SNAPSHOT)).why())
                .startsWith("snapshot: ");
        Operation operation = console.asAnna(() -> end(backups().undoRestore(attic, SHOP, snapshot)));

        assertThat(operation.kind()).isEqualTo(Operation.Kind.RESTORE);
        assertThat(operation.app()).isEqualTo(SHOP);
        assertThat(box.received())
                .filteredOn(HostCommand.UndoRestore.class::isInstance)
                .singleElement()
                .satisfies(sent ->
                        assertThat(((HostCommand.UndoRestore) sent).snapshot()).isEqualTo(snapshot));
    }

    @Test
    void whatARestoreReplacedIsDroppedByTheAppsName() {
        String snapshot = "01jd0000000000000000000001";
        box.backups().replaced(new ReplacedData(SHOP, snapshot, Instant.parse("2026-05-04T12:00:00Z"), 4096, 2));

        assertThat(refusal(() -> drop(snapshot, "shopp")).why()).startsWith("confirm: ");
        assertThat(console.asAnna(() -> backups().report(attic)).replaced()).hasSize(1);
        console.asAnna(() -> drop(snapshot, "shop"));

        assertThat(console.asAnna(() -> backups().report(attic)).replaced()).isEmpty();
    }

    private @Nullable Void drop(String snapshot, String typed) {
        backups().dropReplaced(attic, SHOP, snapshot, typed);
        return null;
    }

    // ---- mail

    private static final String MAIL_COPY = "01jd0000000000000000000001";

    @Test
    void mailComesBackAsAWholeOrByItsMailboxes() {
        aTarget();
        KeptBackup all = KeptBackup.ofMail("cellar", SNAPSHOT, List.of());
        KeptBackup one = KeptBackup.ofMail("cellar", SNAPSHOT, List.of("ada@attic.example"));

        Operation swap = console.asAnna(() -> end(backups().restore(attic, one)));
        Operation side = console.asAnna(() -> end(backups().restoreCopy(attic, all)));

        assertThat(swap.title()).isEqualTo("Restore the mail");
        assertThat(side.kind()).isEqualTo(Operation.Kind.RESTORE_COPY);
        assertThat(sentOf(HostCommand.RestoreMail.class))
                .extracting(
                        HostCommand.RestoreMail::target,
                        HostCommand.RestoreMail::snapshot,
                        HostCommand.RestoreMail::mode,
                        HostCommand.RestoreMail::mailboxes)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                                "cellar", SNAPSHOT, RestoreMode.SWAP, List.of("ada@attic.example")),
                        org.assertj.core.groups.Tuple.tuple("cellar", SNAPSHOT, RestoreMode.SIDE, List.of()));
        assertThat(restores()).isEmpty();
    }

    @Test
    void whatIsNoMailboxIsNotAskedFor() {
        aTarget();

        for (String typed : List.of("Ada@attic.example", "../ada@attic.example", "ada", "@attic.example")) {
            assertThat(refusal(() ->
                                    backups().restoreCopy(attic, KeptBackup.ofMail("cellar", SNAPSHOT, List.of(typed))))
                            .why())
                    .as(typed)
                    .startsWith("mailboxes: ");
        }
        assertThat(refusal(() -> backups()
                                .restoreCopy(
                                        attic, new KeptBackup("cellar", SNAPSHOT, SHOP, List.of("ada@attic.example"))))
                        .why())
                .startsWith("mailboxes: an app has none");
    }

    @Test
    void aRestoreOfMailIsUndoneOrItsRestDeleted() {
        box.backups().mail(mailCopy(true));

        assertThat(refusal(() -> backups().undoRestore(attic, null, SNAPSHOT)).why())
                .startsWith("snapshot: ");
        Operation undone = console.asAnna(() -> end(backups().undoRestore(attic, null, MAIL_COPY)));
        assertThat(undone.title()).isEqualTo("Undo the restore of the mail");
        assertThat(sentOf(HostCommand.UndoMailRestore.class))
                .extracting(HostCommand.UndoMailRestore::copy)
                .containsExactly(MAIL_COPY);

        assertThat(refusal(() -> dropMail("shop")).why()).startsWith("confirm: it is not mail");
        assertThat(console.asAnna(() -> backups().report(attic)).mail()).hasSize(1);
        console.asAnna(() -> dropMail("mail"));
        assertThat(console.asAnna(() -> backups().report(attic)).mail()).isEmpty();
    }

    private @Nullable Void dropMail(String typed) {
        backups().dropReplaced(attic, null, MAIL_COPY, typed);
        return null;
    }

    @Test
    void aCopyOfMailIsComparedAndDiscarded() {
        box.backups().mail(mailCopy(false));

        assertThat(console.asAnna(() -> backups().comparedMail(attic, MAIL_COPY))
                        .snapshot())
                .isEqualTo(SNAPSHOT);
        assertThat(refusal(() -> backups().comparedMail(attic, "../" + MAIL_COPY.substring(3)))
                        .why())
                .startsWith("snapshot: ");
        console.asAnna(() -> {
            backups().discard(attic, null, MAIL_COPY);
            return null;
        });
        assertThat(console.asAnna(() -> backups().report(attic)).mail()).isEmpty();
    }

    private static MailCopy mailCopy(boolean replaced) {
        return new MailCopy(
                MAIL_COPY,
                SNAPSHOT,
                Instant.parse("2026-05-04T12:00:00Z"),
                "/var/lib/croft/restores/.mail",
                List.of(),
                replaced);
    }

    private <T extends HostCommand<?>> List<T> sentOf(Class<T> type) {
        return box.received().stream().filter(type::isInstance).map(type::cast).toList();
    }

    // ---- keys

    @Test
    void aTargetGetsOtherKeysAndNothingElseChanges() {
        console.asAnna(() -> backups()
                .add(
                        attic,
                        "cloud",
                        S3,
                        Map.of("AWS_ACCESS_KEY_ID", bytes("id"), "AWS_SECRET_ACCESS_KEY", bytes("k"))));
        console.asAnna(() -> backups().add(attic, "cellar", LOCAL, Map.of()));
        console.asAnna(() -> backups().add(attic, "depot", SFTP, Map.of()));
        String password = secret("cloud", "RESTIC_PASSWORD");
        Map<String, Target> before = targets();

        console.asAnna(() -> backups()
                .giveKeys(
                        attic,
                        "cloud",
                        Map.of("AWS_ACCESS_KEY_ID", bytes("id"), "AWS_SECRET_ACCESS_KEY", bytes("other"))));
        String made = console.asAnna(() -> backups().giveKeys(attic, "depot", Map.of()))
                .publicKey();

        assertThat(secret("cloud", "AWS_SECRET_ACCESS_KEY")).isEqualTo("other");
        assertThat(secret("cloud", "RESTIC_PASSWORD")).isEqualTo(password);
        assertThat(made).startsWith("ssh-ed25519 ");
        assertThat(targets()).isEqualTo(before);
        assertThat(refusal(() -> backups().giveKeys(attic, "cloud", Map.of("AWS_ACCESS_KEY_ID", bytes("id"))))
                        .why())
                .startsWith("AWS_SECRET_ACCESS_KEY: ");
        assertThat(refusal(() -> backups().giveKeys(attic, "cellar", Map.of())).why())
                .startsWith("name: ");
        assertThat(refusal(() -> backups().giveKeys(attic, "nowhere", Map.of())).code())
                .isEqualTo(ProblemCode.NOT_FOUND);
    }

    @Test
    void theKeysOfAServerAreAskedForByTheBox() {
        assertThat(console.asAnna(() -> backups().serverKeys(attic, "depot.example", 2222)))
                .extracting(HostCommand.ServerKey::fingerprint)
                .containsExactly("SHA256:depot.example");
        assertThat(refusal(() -> backups().serverKeys(attic, "-oProxyCommand=id", null))
                        .why())
                .startsWith("server: ");
    }

    @Test
    void aCopyIsComparedAndDiscarded() {
        box.backups().copy(new RestoredCopy(SHOP, SNAPSHOT, null, "/var/lib/croft/restores/shop/a"));

        assertThat(console.asAnna(() -> backups().compared(attic, SHOP, SNAPSHOT))
                        .files()
                        .changed())
                .isEqualTo(1);
        console.asAnna(() -> {
            backups().discard(attic, SHOP, SNAPSHOT);
            return null;
        });

        assertThat(console.asAnna(() -> backups().report(attic)).restores()).isEmpty();
        assertThat(refusal(() -> backups().compared(attic, SHOP, SNAPSHOT)).code())
                .isEqualTo(ProblemCode.NOT_FOUND);
    }

    // ---- when the box is gone

    @Test
    void theKitHasWhatOpensEachPlace() {
        aTarget();
        console.asAnna(() -> backups().add(attic, "depot", SFTP, Map.of()));

        RecoveryKit kit = console.asAnna(() -> backups().kit(attic, false));

        assertThat(kit.recoveryKey()).isNull();
        assertThat(kit.host().endpoint().fingerprint()).isEqualTo(FakeBox.FINGERPRINT);
        assertThat(kit.places())
                .extracting(Place::name, Place::inForce)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("cellar", true),
                        org.assertj.core.groups.Tuple.tuple("depot", false));
        assertThat(kit.places().getFirst().secrets())
                .isEqualTo(Map.of("RESTIC_PASSWORD", bytes(secret("cellar", "RESTIC_PASSWORD"))));
        assertThat(kit.places().getLast().secrets()).containsOnlyKeys("RESTIC_PASSWORD", "SSH_KEY");
        assertThat(kit.toString()).doesNotContain(secret("cellar", "RESTIC_PASSWORD"));
    }

    /** The board of another console: the password was never here. */
    @Test
    void theKitSaysWhatIsMissing() {
        box.changeByHand(box.state()
                .replace(
                        "\"version\"",
                        "\"backups\":{\"targets\":{\"old\":{\"type\":\"local\",\"path\":\"/mnt/old\"}}},\"version\""));
        console.asAnna(() -> desired().refresh(attic));

        RecoveryKit kit = console.asAnna(() -> backups().kit(attic, false));

        assertThat(kit.places().getFirst().missing()).containsExactly("RESTIC_PASSWORD");
    }

    // ---- who may

    @Test
    void eachVerbHasItsRole() {
        aTarget();
        box.backups().copy(new RestoredCopy(SHOP, SNAPSHOT, null, "/p"));
        Map<Role, List<Callable<?>>> verbs = Map.of(
                Role.VIEWER,
                List.of(() -> backups().report(attic), () -> backups().list(attic, "cellar", null)),
                Role.OPERATOR,
                List.of(
                        () -> backups().backUp(attic, null),
                        () -> backups().test(attic, "cellar"),
                        () -> backups().restoreCopy(attic, KEPT),
                        () -> backups().compared(attic, SHOP, SNAPSHOT)),
                Role.ADMIN,
                List.of(
                        () -> backups().add(attic, "depot", SFTP, Map.of()),
                        () -> backups().restore(attic, KEPT),
                        () -> operations().restore(attic, KEPT),
                        () -> backups().kit(attic, false),
                        () -> {
                            backups().discard(attic, SHOP, SNAPSHOT);
                            return null;
                        }));
        for (Role least : Role.values()) {
            for (Callable<?> verb : verbs.get(least)) {
                for (Role less : Role.values()) {
                    if (less.compareTo(least) < 0) {
                        assertThatThrownBy(() -> console.as(less, () -> called(verb)))
                                .isInstanceOf(AccessDeniedException.class);
                    }
                }
                console.as(least, () -> called(verb));
            }
        }
    }

    // ---- helpers

    private List<RestoreMode> restores() {
        return box.received().stream()
                .filter(HostCommand.RestoreBackup.class::isInstance)
                .map(sent -> ((HostCommand.RestoreBackup) sent).mode())
                .toList();
    }

    private List<String> sent(String target) {
        return box.received().stream()
                .filter(PutSecret.class::isInstance)
                .map(PutSecret.class::cast)
                .filter(put -> put.owner().equals(owner(target)))
                .map(PutSecret::name)
                .toList();
    }

    private Map<String, Target> targets() {
        return console.asAnna(() -> desired().draft(attic)).host().backups().targets();
    }

    private String secret(String target, String name) {
        return new String(
                console.asAnna(() -> console.get(Secrets.class).reveal(attic, owner(target), name))
                        .reveal(),
                StandardCharsets.UTF_8);
    }

    private static SecretOwner owner(String target) {
        return SecretOwner.ofService(Target.service(target));
    }

    private static SecretBytes bytes(String text) {
        return SecretBytes.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private Problem refusal(Callable<?> useCase) {
        ProblemException refused =
                catchThrowableOfType(ProblemException.class, () -> console.asAnna(() -> called(useCase)));
        assertThat(refused).as("nothing was refused").isNotNull();
        return refused.problem();
    }

    private static Object called(Callable<?> useCase) {
        try {
            return String.valueOf(useCase.call());
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private Operation end(Operation started) {
        return await(started.id(), OperationState.SUCCEEDED);
    }

    private Operation await(OperationId id, OperationState wanted) {
        Operation found = Await.until(
                () -> console.asAnna(() -> operations().get(id)),
                now -> now.state() == wanted || now.state().isFinal());
        assertThat(found.state()).as("%s", found.problem()).isEqualTo(wanted);
        return found;
    }

    private Backups backups() {
        return console.get(Backups.class);
    }

    private DesiredStates desired() {
        return console.get(DesiredStates.class);
    }

    private Operations operations() {
        return console.get(Operations.class);
    }
}
