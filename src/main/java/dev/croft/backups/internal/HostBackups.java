package dev.croft.backups.internal;

import dev.croft.access.Accounts;
import dev.croft.access.CurrentOperator;
import dev.croft.backups.Backups;
import dev.croft.backups.RecoveryKit;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.SftpTarget;
import dev.croft.desired.HostState.Target;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.hostlink.HostCommand.BackupsReport;
import dev.croft.hostlink.HostCommand.DiscardRestore;
import dev.croft.hostlink.HostCommand.ListBackups;
import dev.croft.hostlink.HostCommand.ReadBackups;
import dev.croft.hostlink.HostCommand.ReadComparison;
import dev.croft.hostlink.HostCommand.RestoreComparison;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.hostlink.HostLink;
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
import dev.croft.vault.Secret.Presence;
import dev.croft.vault.Secrets;
import dev.croft.vault.Vault;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/** Backups, which the box makes; their passwords, which the vault keeps. */
@Service
class HostBackups implements Backups {

    private static final Logger log = LoggerFactory.getLogger(HostBackups.class);

    private static final String PASSWORD = "RESTIC_PASSWORD";
    private static final String SSH_KEY = "SSH_KEY";
    private static final Pattern SNAPSHOT = Pattern.compile("[0-9a-f]{64}");

    private final Hosts hosts;
    private final HostLink link;
    private final DesiredStates desired;
    private final Secrets secrets;
    private final Vault vault;
    private final Operations operations;
    private final Accounts accounts;
    private final CurrentOperator current;
    private final Clock clock;

    HostBackups(
            Hosts hosts,
            HostLink link,
            DesiredStates desired,
            Secrets secrets,
            Vault vault,
            Operations operations,
            Accounts accounts,
            CurrentOperator current,
            Clock clock) {
        this.hosts = hosts;
        this.link = link;
        this.desired = desired;
        this.secrets = secrets;
        this.vault = vault;
        this.operations = operations;
        this.accounts = accounts;
        this.current = current;
        this.clock = clock;
    }

    @Override
    public BackupsReport report(HostName host) {
        return link.call(hosts.get(host).endpoint(), new ReadBackups());
    }

    @Override
    public List<Backup> list(HostName host, String target, @Nullable AppName app) {
        return link.call(hosts.get(host).endpoint(), new ListBackups(target, app));
    }

    // ---- a new target

    @Override
    public Added add(HostName host, String name, Target target, Map<String, SecretBytes> credentials) {
        hosts.get(host);
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
        Map<String, SecretBytes> wanted = new LinkedHashMap<>(required(target, credentials));
        SecretOwner owner = owner(name);
        String publicKey = null;
        if (target instanceof SftpTarget && !wanted.containsKey(SSH_KEY)) {
            SshKeyPair made = SshKeyPair.fresh("croft-backup-" + host);
            wanted.put(SSH_KEY, made.privateKey());
            publicKey = made.publicLine();
        }
        if (!isKnown(host, owner)) {
            wanted.put(PASSWORD, RepositoryPassword.fresh());
        }
        Problem unplaced = null;
        for (Map.Entry<String, SecretBytes> each : wanted.entrySet()) {
            Problem problem = secrets.set(host, owner, each.getKey(), each.getValue(), false)
                    .problem();
            unplaced = problem == null ? unplaced : problem;
        }
        // The secrets first: a draft that somebody applies at once finds them there.
        desired.putSettings(host, after, desired.digest(before));
        log.info("{} drafted the backup target {} of {}", current.get().name(), name, host);
        return new Added(publicKey, unplaced);
    }

    /** Whether there is a password already, here or on the box alone: another one would not open the repository. */
    private boolean isKnown(HostName host, SecretOwner owner) {
        return secrets.list(host).stream()
                .anyMatch(each -> each.owner().equals(owner)
                        && each.name().equals(PASSWORD)
                        && (each.isKept() || each.box() != Presence.MISSING));
    }

    private static Map<String, SecretBytes> required(Target target, Map<String, SecretBytes> given) {
        Map<String, SecretBytes> wanted = new LinkedHashMap<>();
        for (String name : target.credentials()) {
            SecretBytes value = given.get(name);
            boolean canBeMade = name.equals(SSH_KEY);
            require(
                    canBeMade || (value != null && value.size() > 0),
                    "The target was not added.",
                    name + ": a target of type " + target.type() + " cannot be used without it.");
            if (value != null && value.size() > 0) {
                wanted.put(name, value);
            }
        }
        given.keySet()
                .forEach(name -> require(
                        target.credentials().contains(name),
                        "The target was not added.",
                        "credentials: a target of type " + target.type() + " has "
                                + (target.credentials().isEmpty()
                                        ? "none."
                                        : String.join(", ", target.credentials()) + " alone.")));
        return wanted;
    }

    private static SecretOwner owner(String target) {
        return SecretOwner.ofService(Target.service(target));
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
    public Operation restore(HostName host, KeptBackup backup, SecretText password) {
        hosts.get(host);
        accounts.confirmPassword(password);
        return operations.restore(host, backup);
    }

    @Override
    public RestoreComparison compared(HostName name, AppName app, String snapshot) {
        Host host = hosts.get(name);
        requireSnapshot("Nothing was compared.", snapshot);
        return link.call(host.endpoint(), new ReadComparison(app, snapshot));
    }

    @Override
    public void discard(HostName name, AppName app, String snapshot, SecretText password) {
        Host host = hosts.get(name);
        requireSnapshot("The copy was not deleted.", snapshot);
        accounts.confirmPassword(password);
        log.info("{} deletes the restored copy {} of {} on {}", current.get().name(), snapshot, app, name);
        link.call(host.endpoint(), new DiscardRestore(app, snapshot));
    }

    private static void requireSnapshot(String what, String snapshot) {
        require(
                SNAPSHOT.matcher(snapshot).matches(),
                what,
                "snapshot: it is the id of a backup, 64 hexadecimal digits.");
    }

    // ---- when the box is gone

    @Override
    public RecoveryKit kit(HostName name, SecretText password, boolean newRecoveryKey) {
        Host host = hosts.get(name);
        accounts.confirmPassword(password);
        HostState draft = desired.draft(name);
        SortedMap<String, Target> inForce = desired.inForce(name)
                .map(state -> state.host().backups().targets())
                .orElse(new TreeMap<>());
        // What was taken out in a draft is where the backups are until that is applied.
        SortedMap<String, Target> all = new TreeMap<>(draft.host().backups().targets());
        all.putAll(inForce);
        List<RecoveryKit.Place> places = new ArrayList<>();
        all.forEach((target, place) -> places.add(place(name, target, place, inForce.containsKey(target), password)));
        SecretText recoveryKey = newRecoveryKey ? vault.newRecoveryKey(password) : null;
        return new RecoveryKit(
                host,
                draft.host().stateVersion(),
                clock.instant(),
                current.get().name(),
                recoveryKey,
                vault.status().recoveryMadeAt(),
                places);
    }

    private RecoveryKit.Place place(HostName host, String name, Target target, boolean inForce, SecretText password) {
        SecretOwner owner = owner(name);
        SortedMap<String, SecretBytes> values = new TreeMap<>();
        List<String> missing = new ArrayList<>();
        List<String> names = new ArrayList<>(target.credentials());
        names.addFirst(PASSWORD);
        List<String> kept = secrets.list(host).stream()
                .filter(each -> each.owner().equals(owner) && each.isKept())
                .map(Secret::name)
                .toList();
        for (String secret : names) {
            if (kept.contains(secret)) {
                values.put(secret, secrets.reveal(host, owner, secret, password));
            } else {
                missing.add(secret);
            }
        }
        return new RecoveryKit.Place(name, target, inForce, values, missing);
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
