package dev.croft.backups.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Sight;
import dev.croft.backups.Backups;
import dev.croft.backups.RecoveryKit;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Target;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.hostlink.HostCommand.BackupsReport;
import dev.croft.hostlink.HostCommand.BoxSecrets;
import dev.croft.hostlink.HostCommand.DiscardRestore;
import dev.croft.hostlink.HostCommand.DropMailCopy;
import dev.croft.hostlink.HostCommand.DropReplaced;
import dev.croft.hostlink.HostCommand.ListBackups;
import dev.croft.hostlink.HostCommand.ListSecrets;
import dev.croft.hostlink.HostCommand.MailComparison;
import dev.croft.hostlink.HostCommand.ReadBackups;
import dev.croft.hostlink.HostCommand.ReadComparison;
import dev.croft.hostlink.HostCommand.ReadMailComparison;
import dev.croft.hostlink.HostCommand.ReadSshKeys;
import dev.croft.hostlink.HostCommand.RestoreComparison;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.hostlink.HostCommand.ServerKey;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.SshKeys;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.operations.Operations.KeptBackup;
import dev.croft.vault.Secret;
import dev.croft.vault.Secrets;
import dev.croft.vault.Vault;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/** Backups, which the box makes; their passwords, which the vault keeps. */
@Service
class HostBackups implements Backups {

    private static final Logger log = LoggerFactory.getLogger(HostBackups.class);

    private static final String SSH_KEY = "SSH_KEY";
    private static final Pattern SNAPSHOT = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern SERVER = Pattern.compile("[A-Za-z0-9:][A-Za-z0-9.:_-]{0,252}");
    private static final Pattern ON_THE_BOX = Pattern.compile("[0-9a-z]{26}");

    private final Hosts hosts;
    private final HostLink link;
    private final SshKeys keys;
    private final DesiredStates desired;
    private final Secrets secrets;
    private final Vault vault;
    private final Operations operations;
    private final CurrentOperator current;
    private final Clock clock;
    private final Sight sight;

    HostBackups(
            Hosts hosts,
            HostLink link,
            SshKeys keys,
            DesiredStates desired,
            Secrets secrets,
            Vault vault,
            Operations operations,
            CurrentOperator current,
            Clock clock,
            Sight sight) {
        this.sight = sight;
        this.hosts = hosts;
        this.link = link;
        this.keys = keys;
        this.desired = desired;
        this.secrets = secrets;
        this.vault = vault;
        this.operations = operations;
        this.current = current;
        this.clock = clock;
    }

    @Override
    public BackupsReport report(HostName host) {
        BackupsReport all = link.call(hosts.get(host).endpoint(), new ReadBackups());
        Predicate<Scope> mine = sight.may(Role.VIEWER);
        return new BackupsReport(
                all.time(),
                all.targets(),
                all.restores().stream()
                        .filter(copy -> mine.test(Scope.of(host, copy.app())))
                        .toList(),
                all.replaced().stream()
                        .filter(data -> mine.test(Scope.of(host, data.app())))
                        .toList(),
                mine.test(Scope.of(host)) ? all.mail() : List.of());
    }

    @Override
    public List<Backup> list(HostName host, String target, @Nullable AppName app) {
        Predicate<Scope> mine = sight.may(Role.VIEWER);
        return link.call(hosts.get(host).endpoint(), new ListBackups(target, app)).stream()
                .filter(backup -> mine.test(Scope.of(host, backup.app())))
                .toList();
    }

    // ---- a new target

    @Override
    public Added add(HostName host, String name, Target target, Map<String, SecretBytes> credentials) {
        Host box = hosts.get(host);
        HostSettings before = desired.draft(host).host();
        if (before.backups().targets().containsKey(name)) {
            throw Problem.of(
                            ProblemCode.CONFLICT,
                            "The target was not added.",
                            "There is a target of this name already.",
                            "Choose another name, or take that one out first.")
                    .toException();
        }
        SortedMap<String, Target> targets = new TreeMap<>(before.backups().targets());
        targets.put(name, target);
        HostSettings after =
                before.withBackups(before.backups().withTargets(targets)).validated();
        Map<String, SecretBytes> wanted = required("The target was not added.", target, credentials);
        if (!hasPassword(box, owner(name))) {
            wanted.put(Target.PASSWORD, RepositoryPassword.fresh());
        }
        // The secrets first: a draft that somebody applies at once finds them there.
        Added added = place(host, name, target, wanted);
        desired.putSettings(host, after, desired.digest(before));
        log.info("{} drafted the backup target {} of {}", current.get().name(), name, host);
        return added;
    }

    @Override
    public Added giveKeys(HostName host, String name, Map<String, SecretBytes> credentials) {
        hosts.get(host);
        String what = "The target keeps the keys that it has.";
        Target target = desired.draft(host).host().backups().targets().get(name);
        if (target == null) {
            throw Problem.of(
                            ProblemCode.NOT_FOUND,
                            what,
                            host + " has no backup target of this name.",
                            "Choose one of the Backups page.")
                    .toException();
        }
        require(!target.credentials().isEmpty(), what, "name: a target of type " + target.type() + " has no keys.");
        Added given = place(host, name, target, required(what, target, credentials));
        log.info("{} gave the backup target {} of {} other keys", current.get().name(), name, host);
        return given;
    }

    /** Puts secrets into the vault and on the box; makes the SSH key that is wanted and not given. */
    private Added place(HostName host, String name, Target target, Map<String, SecretBytes> given) {
        Map<String, SecretBytes> wanted = new LinkedHashMap<>(given);
        String publicKey = null;
        if (target instanceof SftpTarget && !wanted.containsKey(SSH_KEY)) {
            SshKeys.Pair made = keys.fresh("croft-backup-" + host);
            wanted.put(SSH_KEY, made.privateKey());
            publicKey = made.publicLine();
        }
        Problem unplaced = null;
        for (Map.Entry<String, SecretBytes> each : wanted.entrySet()) {
            Problem problem = secrets.set(host, owner(name), each.getKey(), each.getValue(), false)
                    .problem();
            unplaced = problem == null ? unplaced : problem;
        }
        return new Added(publicKey, unplaced);
    }

    /**
     * Whether there is a password already, here or on the box alone: another one would not open the repository. Not guessed when the
     * box does not answer.
     */
    private boolean hasPassword(Host host, SecretOwner owner) {
        BoxSecrets there = link.call(host.endpoint(), new ListSecrets());
        return there.secrets().stream()
                        .anyMatch(each ->
                                each.owner().equals(owner) && each.name().equals(Target.PASSWORD))
                || there.inGit().stream()
                        .anyMatch(each ->
                                each.owner().equals(owner) && each.name().equals(Target.PASSWORD))
                || kept(host.name(), owner).contains(Target.PASSWORD);
    }

    /** Names of the secrets whose values this console has. */
    private List<String> kept(HostName host, SecretOwner owner) {
        return secrets.list(host).stream()
                .filter(each -> each.owner().equals(owner) && each.isKept())
                .map(Secret::name)
                .toList();
    }

    private static Map<String, SecretBytes> required(String what, Target target, Map<String, SecretBytes> given) {
        Map<String, SecretBytes> wanted = new LinkedHashMap<>();
        for (String name : target.credentials()) {
            SecretBytes value = given.get(name);
            boolean canBeMade = name.equals(SSH_KEY);
            require(
                    canBeMade || (value != null && value.size() > 0),
                    what,
                    name + ": a target of type " + target.type() + " cannot be used without it.");
            if (value != null && value.size() > 0) {
                wanted.put(name, value);
            }
        }
        given.keySet()
                .forEach(name -> require(
                        target.credentials().contains(name),
                        what,
                        "credentials: a target of type " + target.type() + " has "
                                + (target.credentials().isEmpty()
                                        ? "none."
                                        : String.join(", ", target.credentials()) + " alone.")));
        return wanted;
    }

    private static SecretOwner owner(String target) {
        return SecretOwner.ofService(Target.service(target));
    }

    @Override
    public List<ServerKey> serverKeys(HostName name, String server, @Nullable Integer port) {
        Host host = hosts.get(name);
        require(
                SERVER.matcher(server).matches(),
                "The server was not asked.",
                "server: it is a host name or an address.");
        return link.call(host.endpoint(), new ReadSshKeys(server, port));
    }

    // ---- work

    @Override
    public Operation backUp(HostName host, @Nullable String target) {
        return operations.backUp(host, target);
    }

    @Override
    public Operation test(HostName host, String target) {
        return operations.testRestore(host, target);
    }

    @Override
    public Operation restoreCopy(HostName host, KeptBackup backup) {
        return operations.restoreCopy(host, backup);
    }

    @Override
    public Operation restore(HostName host, KeptBackup backup) {
        hosts.get(host);
        return operations.restore(host, backup);
    }

    @Override
    public Operation undoRestore(HostName host, @Nullable AppName app, String snapshot) {
        hosts.get(host);
        return operations.undoRestore(host, app, snapshot);
    }

    @Override
    public void dropReplaced(HostName name, @Nullable AppName app, String snapshot, String confirm) {
        Host host = hosts.get(name);
        requireOnTheBox("Nothing was deleted.", snapshot);
        require(
                confirm.equals(app == null ? MAIL : app.value()),
                "Nothing was deleted.",
                "confirm: " + (app == null ? "it is not " + MAIL : "it is not the name of the app, " + app) + ".");
        log.info(
                "{} deletes {}, which {} had before a restore, on {}",
                current.get().name(),
                snapshot,
                KeptBackup.owner(app),
                name);
        HostCommand<?> deletion = app == null ? new DropMailCopy(snapshot) : new DropReplaced(app, snapshot);
        link.call(host.endpoint(), deletion);
    }

    @Override
    public RestoreComparison compared(HostName name, AppName app, String snapshot) {
        Host host = hosts.get(name);
        requireSnapshot("Nothing was compared.", snapshot);
        return link.call(host.endpoint(), new ReadComparison(app, snapshot));
    }

    @Override
    public MailComparison comparedMail(HostName name, String copy) {
        Host host = hosts.get(name);
        requireOnTheBox("Nothing was compared.", copy);
        return link.call(host.endpoint(), new ReadMailComparison(copy));
    }

    @Override
    public void discard(HostName name, @Nullable AppName app, String snapshot) {
        Host host = hosts.get(name);
        String what = "The copy was not deleted.";
        if (app == null) {
            requireOnTheBox(what, snapshot);
        } else {
            requireSnapshot(what, snapshot);
        }
        log.info(
                "{} deletes the restored copy {} of {} on {}",
                current.get().name(),
                snapshot,
                KeptBackup.owner(app),
                name);
        HostCommand<?> deletion = app == null ? new DropMailCopy(snapshot) : new DiscardRestore(app, snapshot);
        link.call(host.endpoint(), deletion);
    }

    private static void requireOnTheBox(String what, String snapshot) {
        require(
                ON_THE_BOX.matcher(snapshot).matches(),
                what,
                "snapshot: it is the name of a copy on the box, 26 characters.");
    }

    private static void requireSnapshot(String what, String snapshot) {
        require(
                SNAPSHOT.matcher(snapshot).matches(),
                what,
                "snapshot: it is the id of a backup, 64 hexadecimal digits.");
    }

    // ---- when the box is gone

    @Override
    public RecoveryKit kit(HostName name, boolean newRecoveryKey) {
        Host host = hosts.get(name);
        HostState draft = desired.draft(name);
        SortedMap<String, Target> inForce = desired.inForce(name)
                .map(state -> state.host().backups().targets())
                .orElse(new TreeMap<>());
        // What was taken out in a draft is where the backups are until that is applied.
        SortedMap<String, Target> all = new TreeMap<>(draft.host().backups().targets());
        all.putAll(inForce);
        List<RecoveryKit.Place> places = new ArrayList<>();
        all.forEach((target, place) -> places.add(place(
                name,
                target,
                place,
                inForce.containsKey(target),
                draft.host().secrets().getOrDefault(Target.service(target), new TreeMap<>()))));
        SecretText recoveryKey = newRecoveryKey ? vault.newRecoveryKey() : null;
        return new RecoveryKit(
                host,
                draft.host().stateVersion(),
                clock.instant(),
                current.get().name(),
                recoveryKey,
                vault.status().recoveryMadeAt(),
                places);
    }

    private RecoveryKit.Place place(
            HostName host, String name, Target target, boolean inForce, SortedMap<String, InGit> inGit) {
        SecretOwner owner = owner(name);
        SortedMap<String, SecretBytes> values = new TreeMap<>();
        List<String> missing = new ArrayList<>();
        List<String> names = new ArrayList<>(target.credentials());
        names.addFirst(Target.PASSWORD);
        List<String> kept = kept(host, owner);
        for (String secret : names) {
            if (inGit.containsKey(secret)) {
                continue;
            }
            if (kept.contains(secret)) {
                values.put(secret, secrets.reveal(host, owner, secret));
            } else {
                missing.add(secret);
            }
        }
        return new RecoveryKit.Place(name, target, inForce, values, inGit, missing);
    }

    private static void require(boolean holds, String what, String why) {
        if (!holds) {
            throw invalid(what, why);
        }
    }

    private static ProblemException invalid(String what, String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, what, why, "Correct it and try again.")
                .toException();
    }
}
