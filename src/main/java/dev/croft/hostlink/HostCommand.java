package dev.croft.hostlink;

import dev.croft.kernel.AppName;
import dev.croft.kernel.OfApp;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.SecretText;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The closed set of things a box can be asked. A new ability is a new case here, in the box's table of requests and in
 * docs/protocol.md §4. The type parameter is what {@code done} carries.
 */
public sealed interface HostCommand<R> {

    record Author(String name, String email) {}

    record Probe() implements HostCommand<ProbeResult> {}

    /** What is in force, or what a generation was made from. */
    record ReadState(@Nullable Integer generation) implements HostCommand<StateResult> {}

    record Inspect(String url, @Nullable String ref) implements HostCommand<Inspection> {}

    /** @param base commit that the state builds on; STATE_CHANGED when the box has another state by now. Null: whatever it has */
    record Plan(
            OperationId operation, String state, @Nullable String base, Author author, String message)
            implements HostCommand<Acceptance> {}

    /** @param base as in a {@link Plan} */
    record Apply(
            OperationId operation,
            String state,
            @Nullable String base,
            Author author,
            String message,
            @Nullable String expect,
            Confirming confirm,
            List<Restore> restore)
            implements HostCommand<Acceptance> {}

    /** @param data also put back the data of the apps that change */
    record RollBack(
            OperationId operation, @Nullable Integer generation, Author author, boolean data, Confirming confirm)
            implements HostCommand<Acceptance> {}

    record Reconcile(OperationId operation, DriftedThing what, Reconciliation action, Author author, Confirming confirm)
            implements HostCommand<Acceptance> {}

    /** @param digest of the plan that was shown */
    record CollectGarbage(
            OperationId operation,
            String digest,
            List<Integer> deleteGenerations,
            @Nullable Integer keepGenerations,
            Author author)
            implements HostCommand<Acceptance> {}

    record Confirm(OperationId operation) implements HostCommand<OperationReport> {}

    /**
     * Whether a change waits for a confirmation.
     *
     * @param always also where only apps change
     * @param within seconds, 15 to 600
     */
    record Confirming(boolean always, int within) {
        public static final Confirming DEFAULT = new Confirming(false, 60);
    }

    /** Data that is put back before the app starts. */
    record Restore(AppName app, String snapshot) {}

    enum DriftedThing {
        /** Uncommitted edits of the box's flake. */
        FLAKE,
        /** A system that somebody else activated or made the boot default. */
        SYSTEM
    }

    enum Reconciliation {
        ADOPT,
        RETURN
    }

    record ListOperations(@Nullable OperationId operation) implements HostCommand<List<OperationReport>> {}

    /** The newest of those that the box started by itself. */
    record ListAutomatic() implements HostCommand<List<OperationReport>> {}

    record Follow(OperationId operation, @Nullable String after) implements HostCommand<OperationReport> {}

    record Cancel(OperationId operation) implements HostCommand<OperationReport> {}

    record ListGenerations() implements HostCommand<List<Generation>> {}

    /** @param from null: the running system */
    record Compare(@Nullable Integer from, int to) implements HostCommand<Comparison> {}

    /** What is null stays as it is; an empty label takes it away. */
    record Mark(
            int generation,
            @Nullable Boolean pinned,
            @Nullable String label) implements HostCommand<Generation> {}

    record ListSnapshots(@Nullable AppName app) implements HostCommand<List<Snapshot>> {}

    record ReadDisk() implements HostCommand<DiskReport> {}

    record PlanGarbage(
            List<Integer> deleteGenerations, @Nullable Integer keepGenerations) implements HostCommand<GarbagePlan> {}

    /** @param evaluate also evaluate the box's main branch, which takes as long as that takes */
    record FindDrift(boolean evaluate) implements HostCommand<DriftReport> {}

    // ---- what runs is made of, and whether it comes out the same again

    sealed interface ProofCommand<R> extends HostCommand<R> {}

    /**
     * One page of what an app, or without one the running system, is made of.
     *
     * @param from position of the first path of this page; 0 begins
     */
    record ReadClosure(@Nullable AppName app, int from) implements ProofCommand<ClosurePage> {}

    /** Only what tells whether it is still the same. */
    record ReadIdentity(@Nullable AppName app) implements ProofCommand<ContentsIdentity> {}

    record Verify(OperationId operation, @Nullable AppName app, Author author) implements ProofCommand<Acceptance> {}

    /**
     * @param identity 64 hexadecimal digits: the same for the same contents
     * @param roots positions of the paths that need all the others
     * @param total number of paths of the whole
     * @param bytes of the whole
     * @param next position at which the next page begins; null: this was the last one
     */
    record ClosurePage(
            String identity,
            List<Integer> roots,
            int total,
            long bytes,
            @Nullable Integer next,
            List<StorePath> paths) {}

    /**
     * @param path without /nix/store/
     * @param version empty where the name has none
     * @param bytes of the NAR
     * @param sha256 of the NAR, in base64; null where Nix does not tell
     * @param fetched whether it came, signed, from a binary cache
     * @param references positions of the paths that it needs, never its own
     */
    record StorePath(
            String path,
            String name,
            String version,
            long bytes,
            @Nullable String sha256,
            boolean fetched,
            List<Integer> references) {}

    record ContentsIdentity(String identity) {}

    // ---- databases, jobs, commands and files of apps

    sealed interface ServiceCommand<R> extends HostCommand<R> {}

    enum Engine {
        POSTGRESQL,
        MYSQL;

        private static final int SERIES = 100;

        /** A major version as people know it: 17 of PostgreSQL; 11.8 of MariaDB, which counts it as 1108. */
        public String version(int major) {
            return this == POSTGRESQL ? String.valueOf(major) : major / SERIES + "." + major % SERIES;
        }

        /** The other way round, of what {@link #version} gives. */
        public int major(String version) {
            if (this == POSTGRESQL) {
                return Integer.parseInt(version);
            }
            int dot = version.indexOf('.');
            return Integer.parseInt(version.substring(0, dot)) * SERIES + Integer.parseInt(version.substring(dot + 1));
        }
    }

    record ReadDatabases() implements ServiceCommand<DatabasesReport> {}

    record DropDatabase(Engine engine, String database) implements ServiceCommand<Freed> {}

    /** Another password for an app that signs in with one, which is started anew with it. */
    record RenewDatabasePassword(Engine engine, AppName app) implements ServiceCommand<Restarted> {}

    /**
     * One statement, as the database's owner.
     *
     * @param write false: in a transaction that can only read
     * @param rows the most that are given back, 1 to 1000
     * @param timeoutSeconds 1 to 60
     */
    record RunSql(Engine engine, String database, String text, boolean write, int rows, int timeoutSeconds)
            implements ServiceCommand<SqlResult> {}

    /** An apply whose state has a higher major version of a database server. */
    /** @param base as in a {@link Plan} */
    record Upgrade(
            OperationId operation,
            String state,
            @Nullable String base,
            Author author,
            String message,
            Confirming confirm)
            implements ServiceCommand<Acceptance> {}

    /** Deletes what an upgrade kept. */
    record DropCluster(Engine engine, int major) implements ServiceCommand<Freed> {}

    /** What the apps of the running system start after. */
    record ReadOrder() implements ServiceCommand<StartOrder> {}

    record ReadJobs(@Nullable AppName app) implements ServiceCommand<List<JobState>> {}

    record RunJob(AppName app, String job) implements ServiceCommand<JobState> {}

    /** What it prints comes as lines; the channel's end ends it. */
    record Execute(AppName app, List<String> command, int timeoutSeconds) implements ServiceCommand<Exit> {
        public Execute {
            command = List.copyOf(command);
        }
    }

    record ReadStorage(AppName app) implements ServiceCommand<StorageReport> {}

    /** Data that no app is given any more. */
    record ReadLeftData() implements ServiceCommand<LeftDataReport> {}

    /**
     * Deletes such data, for good.
     *
     * @param volume of a {@link LeftKind#VOLUME}, and of nothing else
     */
    record DropLeftData(
            LeftKind kind, AppName app, @Nullable String volume) implements ServiceCommand<Freed> {}

    enum LeftKind {
        /** The directory of an app that is gone, its volumes among it. */
        APP,
        /** A volume of an app that runs on without it. */
        VOLUME,
        REDIS,
        /** Those of an app that is gone. */
        SNAPSHOTS
    }

    /** @param path below the app's state directory; empty: that itself */
    record Browse(AppName app, String path) implements ServiceCommand<Directory> {}

    /** What is in it from {@code offset} on comes as chunks. */
    record ReadFile(AppName app, String path, long offset) implements ServiceCommand<FileEnd> {}

    record Units(List<AppName> apps) implements HostCommand<UnitsResult> {}

    record Control(AppName app, Action action) implements HostCommand<UnitState> {}

    enum Action {
        START,
        STOP,
        RESTART
    }

    record Journal(
            @Nullable AppName app,
            @Nullable String unit,
            @Nullable String after,
            int lines,
            boolean follow,
            JournalFilter filter)
            implements HostCommand<JournalEnd> {

        public Journal(
                @Nullable AppName app, @Nullable String unit, @Nullable String after, int lines, boolean follow) {
            this(app, unit, after, lines, follow, JournalFilter.NONE);
        }

        /** The same of what comes behind a line; null: from where this one begins. */
        public Journal after(@Nullable String cursor) {
            return new Journal(app, unit, cursor, lines, follow, filter);
        }
    }

    /**
     * Which lines. Times are taken to the microsecond.
     *
     * @param host whether those of the whole box are meant; then there is no app
     * @param before cursor; not beside {@code after} and {@code around}
     * @param oldest without a cursor: count from the oldest line on
     * @param regex whether {@code search} is a pattern, not text
     * @param priority 0 to 7: at least this urgent
     * @param boot 0, -1, …: of which start of the box
     */
    record JournalFilter(
            boolean host,
            @Nullable String before,
            @Nullable String around,
            boolean oldest,
            @Nullable String search,
            boolean regex,
            @Nullable Integer priority,
            @Nullable Integer boot,
            @Nullable Instant since,
            @Nullable Instant until,
            boolean colours) {

        public static final JournalFilter NONE =
                new JournalFilter(false, null, null, false, null, false, null, null, null, null, false);
    }

    /**
     * A {@link Measurement} at each multiple of the interval, until the call is closed.
     *
     * @param interval seconds, 1 to 60
     */
    record Metrics(int interval) implements HostCommand<MeasuringEnd> {}

    /** {@link UnitStates}, first all and then each change, until the call is closed; an empty one now and then shows that it lives. */
    record WatchUnits() implements HostCommand<MeasuringEnd> {}

    // ---- backups

    sealed interface BackupCommand<R> extends HostCommand<R> {}

    /** Asks each target, which takes up to half a minute. */
    record ReadBackups() implements BackupCommand<BackupsReport> {}

    record ListBackups(String target, @Nullable AppName app) implements BackupCommand<List<Backup>> {}

    /** @param target null: all of them */
    record RunBackup(OperationId operation, @Nullable String target, Author author)
            implements BackupCommand<Acceptance> {}

    record RestoreBackup(
            OperationId operation, String target, String snapshot, AppName app, RestoreMode mode, Author author)
            implements BackupCommand<Acceptance> {}

    /** Restores the newest backup of each app aside, starts it there, and throws it away. */
    record TestRestore(OperationId operation, String target, Author author) implements BackupCommand<Acceptance> {}

    /** What a restore beside the app's data found when it was made. */
    record ReadComparison(AppName app, String snapshot) implements BackupCommand<RestoreComparison> {}

    /** Deletes what a restore beside the app's data has left there. */
    record DiscardRestore(AppName app, String snapshot) implements BackupCommand<Discarded> {}

    /** Gives an app the data again that a backup took the place of. */
    record UndoRestore(OperationId operation, AppName app, String snapshot, Author author)
            implements BackupCommand<Acceptance> {}

    /** Deletes what an app had before a backup took its place. */
    record DropReplaced(AppName app, String snapshot) implements BackupCommand<Discarded> {}

    /** @param mailboxes none: all, and the keys that mail is signed with */
    record RestoreMail(
            OperationId operation,
            String target,
            String snapshot,
            RestoreMode mode,
            List<String> mailboxes,
            Author author)
            implements BackupCommand<Acceptance> {}

    /** Gives the box the mail again that a copy took the place of. */
    record UndoMailRestore(OperationId operation, String copy, Author author) implements BackupCommand<Acceptance> {}

    /** What a copy of mail was found to hold when it was made. */
    record ReadMailComparison(String copy) implements BackupCommand<MailComparison> {}

    /** Deletes a copy of mail, or what one took the place of. */
    record DropMailCopy(String copy) implements BackupCommand<DroppedMail> {}

    /** Asks an SSH server, over the network of the box, for the keys that it is known by. */
    record ReadSshKeys(String server, @Nullable Integer port) implements BackupCommand<List<ServerKey>> {}

    enum RestoreMode {
        /** Beside the data, to be compared with it. */
        SIDE,
        /** In its place. */
        SWAP
    }

    // ---- mail

    sealed interface MailCommand<R> extends HostCommand<R> {}

    record ReadMail() implements MailCommand<MailReport> {}

    /** What the zones of the domains should say, and do. */
    record ReadMailRecords() implements MailCommand<List<MailRecord>> {}

    record ReadMailQueue() implements MailCommand<MailQueue> {}

    /** @param message null: all of them, which only {@link QueueAction#RETRY} may be */
    record ActOnMailQueue(QueueAction action, @Nullable String message) implements MailCommand<ActedOn> {}

    enum QueueAction {
        RETRY,
        DELETE
    }

    /**
     * Sends a message and waits up to half a minute for what becomes of it.
     *
     * @param app as which app; null: as the box itself
     */
    record TestMail(String to, @Nullable AppName app) implements MailCommand<MailOutcome> {}

    /** @param base64 the password's bytes, 8 to 256 of them in UTF-8 */
    record SetMailPassword(String mailbox, SecretText base64) implements MailCommand<MailboxSet> {}

    /** Deletes the mail of a mailbox that the configuration no longer has. */
    record DropMailbox(String mailbox) implements MailCommand<Freed> {}

    // ---- secrets, certificates, and what the box listens on

    sealed interface TrustCommand<R> extends HostCommand<R> {}

    /**
     * @param base64 the value's bytes, 1 to 65536 of them
     * @param restart whether the units that use it are restarted, so that they see it
     */
    record PutSecret(SecretOwner owner, String name, SecretText base64, boolean restart)
            implements TrustCommand<PlacedSecret> {}

    record RemoveSecret(SecretOwner owner, String name) implements TrustCommand<BoxSecret> {}

    record ListSecrets() implements TrustCommand<BoxSecrets> {}

    record ListCertificates() implements TrustCommand<CertificateBoard> {}

    /** Whether this domain will get its certificate. */
    record CheckCertificate(String domain) implements TrustCommand<List<DomainCheck>> {}

    /** Tries now what the box would try later; takes up to ten minutes. */
    record RenewCertificate(String name) implements TrustCommand<RenewedCertificate> {}

    /** Deletes what is left of a domain that no app has any more. */
    record RemoveCertificate(String name) implements TrustCommand<RemovedCertificate> {}

    /**
     * @param chain certificates in PEM, the domain's own first
     * @param key base64 of the private key in PEM
     */
    record PutCertificate(String name, String chain, SecretText key) implements TrustCommand<TakenCertificate> {}

    record ReadPorts() implements TrustCommand<PortsReport> {}

    /** Whose a secret is: an app's, or a service's of the box. */
    record SecretOwner(@Nullable AppName app, @Nullable String service) implements OfApp {

        public SecretOwner {
            if ((app == null) == (service == null)) {
                throw new IllegalArgumentException("A secret is an app's or a service's");
            }
        }

        public static SecretOwner of(AppName app) {
            return new SecretOwner(app, null);
        }

        public static SecretOwner ofService(String service) {
            return new SecretOwner(null, service);
        }
    }

    // ---- results

    record Acceptance(OperationId operation) {}

    record ProbeResult(List<Check> checks, Map<String, Object> system) {}

    /**
     * One line of the host contract.
     *
     * @param group machine, kernel, nix, system, network or storage
     * @param level must: Croft cannot work without it; should; info
     * @param ok null: it could not be found out, and {@code found} says why
     * @param next what to do by hand; null: nothing is to be done, or the fix does it
     * @param fix what mends it in the box's settings; null: nothing there does
     */
    record Check(
            String id,
            String group,
            String level,
            @Nullable Boolean ok,
            String found,
            String wanted,
            String why,
            @Nullable String next,
            @Nullable Fix fix) {

        public static final String MUST = "must";
        public static final String SHOULD = "should";
        public static final String INFO = "info";

        /** Whether it is known not to hold. */
        public boolean fails() {
            return Boolean.FALSE.equals(ok);
        }

        /** Whether Croft cannot work properly because of it. */
        public boolean failsBadly() {
            return fails() && level.equals(MUST);
        }
    }

    /** Members of state.json's {@code host} that mend what a check found. */
    record Fix(String label, List<FixedMember> set) {}

    /**
     * @param pointer RFC 6901, into state.json: {@code /host/…}
     * @param value as JSON has it; null takes the member away
     */
    record FixedMember(String pointer, @Nullable Object value) {}

    record StateResult(@Nullable String revision, @Nullable String state) {}

    record Inspection(
            String url,
            String ref,
            String rev,
            String narHash,
            @Nullable Instant lastModified,
            @Nullable String builder,
            String reason,
            List<Candidate> candidates,
            @Nullable Integer port,
            @Nullable List<String> command) {}

    record Candidate(String builder, String reason) {}

    /**
     * @param state one of RUNNING, AWAITING_CONFIRM, SUCCEEDED, FAILED, CANCELLED, ROLLED_BACK, LOST
     * @param target of a backup or restore test
     * @param automatic whether a timer of the box started it
     */
    record OperationReport(
            OperationId operation,
            String kind,
            String state,
            @Nullable String phase,
            @Nullable Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable Problem problem,
            Map<String, Object> result,
            @Nullable Waiting confirm,
            @Nullable String target,
            boolean automatic) {}

    /** A change that waits for its confirmation; {@code level} is app or host. */
    record Waiting(Instant until, int secondsLeft, String level, List<String> reasons) {}

    /** Sizes in bytes; {@code closure} is a store path. */
    record Generation(
            int number,
            Instant date,
            boolean current,
            boolean booted,
            boolean bootDefault,
            String closure,
            @Nullable Long closureBytes,
            String description,
            @Nullable OperationId operation,
            @Nullable String author,
            @Nullable String revision,
            boolean pinned,
            @Nullable String label,
            @Nullable Long bytesFreed,
            @Nullable String kind) {}

    record Comparison(
            @Nullable Integer from,
            int to,
            List<PackageChange> closure,
            long bytes,
            UnitFiles units,
            @Nullable PortChanges ports,
            @Nullable NameChanges users,
            @Nullable MajorChange postgresql,
            @Nullable MajorChange mysql,
            StateTexts state) {}

    /** Major versions of a database server; see {@link Engine#version}. */
    record MajorChange(int from, int to) {}

    /** Versions are empty texts where a package has none, an empty list where it is absent; bytes may be negative. */
    record PackageChange(String name, List<String> from, List<String> to, long bytes) {}

    record UnitFiles(List<String> added, List<String> removed, List<String> changed) {}

    /** @param protocol tcp or udp */
    record Ports(String protocol, int from, int to) {}

    record PortChanges(List<Ports> opened, List<Ports> closed) {}

    record NameChanges(List<String> added, List<String> removed, List<String> changed) {}

    record StateTexts(@Nullable String from, @Nullable String to) {}

    /** @param method reflink, copy or subvolume */
    record Snapshot(
            AppName app,
            String id,
            OperationId operation,
            Instant takenAt,
            @Nullable Integer generation,
            @Nullable String rev,
            long bytes,
            long files,
            String method) {}

    /** Sizes in bytes on the disk. {@code quotas} has the volumes that are near their quota, or beyond it. */
    record DiskReport(
            Instant time,
            List<FileSystem> filesystems,
            List<DiskPart> parts,
            Pressure pressure,
            GarbagePolicy policy,
            List<FullVolume> quotas) {

        /** The file system that has the Nix store; empty when the box tells of none. */
        public Optional<FileSystem> store() {
            return filesystems.stream()
                    .filter(each -> "/nix/store".equals(each.mount())
                            || "/nix/store".startsWith(each.mount().endsWith("/") ? each.mount() : each.mount() + "/"))
                    .max(Comparator.comparingInt(each -> each.mount().length()));
        }
    }

    /** A volume that has nine tenths of its quota in it, or more. Nothing stops an app there. */
    record FullVolume(AppName app, String volume, long bytes, long quota) {

        public boolean over() {
            return bytes > quota;
        }
    }

    record FileSystem(String mount, String type, long bytes, long free) {}

    /**
     * @param id store, data, snapshots, logs, backups, boot or other
     * @param complete false: the box ran out of time, and there is more than {@code bytes}
     */
    record DiskPart(String id, String mount, long bytes, List<DiskItem> items, boolean complete) {}

    record DiskItem(String name, long bytes) {}

    /** @param level ok, warn, collect or refuse */
    record Pressure(String level, String why) {}

    record GarbagePolicy(boolean automatic, int keepGenerations, long minFree) {}

    record GarbagePlan(
            String digest,
            List<PlannedGeneration> generations,
            List<PlannedSnapshot> snapshots,
            long paths,
            long bytes) {}

    record PlannedGeneration(
            int number, boolean keep, String why, @Nullable Long bytesFreed) {}

    record PlannedSnapshot(AppName app, String id, long bytes) {}

    /** @param configured store path that main evaluates to; null when it was not evaluated yet */
    record DriftReport(
            Instant time,
            @Nullable String running,
            @Nullable String bootDefault,
            @Nullable String configured,
            @Nullable Instant evaluatedAt,
            @Nullable Boolean inSync,
            List<DriftItem> items) {}

    /** @param kind system or flake, which can be reconciled; unit, profile, port or microvm, which are only shown */
    record DriftItem(String id, String kind, String what, String found, String wanted, List<String> actions) {}

    /** What a server has that is not active is only what its directory tells. Null and empty: not known. */
    record DatabasesReport(Instant time, List<EngineState> engines) {}

    /**
     * @param slow by total time; null: the server does not count
     * @param settings those in force
     * @param oldClusters what upgrades kept
     */
    record EngineState(
            Engine engine,
            @Nullable String version,
            @Nullable Integer major,
            boolean active,
            String unit,
            @Nullable String dataDir,
            @Nullable Long bytes,
            @Nullable Integer maxConnections,
            @Nullable Integer connections,
            List<Database> databases,
            List<DatabaseUser> users,
            @Nullable List<SlowQuery> slow,
            SortedMap<String, String> settings,
            List<Cluster> oldClusters) {}

    record StartOrder(Instant time, List<OrderedUnit> units, List<OrderEdge> edges) {}

    /**
     * @param kind app, server or step
     * @param app whose it is; null: it is there for all
     */
    record OrderedUnit(
            String unit,
            String kind,
            @Nullable AppName app,
            String description,
            String active,
            String result,
            @Nullable Instant since) {}

    /**
     * {@code from} starts after {@code to} and pulls it in.
     *
     * @param requires whether it cannot run without it
     */
    record OrderEdge(String from, String to, boolean requires) {}

    /** @param app whose it is; null: of none that is in force */
    record Database(
            String name,
            String owner,
            long bytes,
            int connections,
            @Nullable AppName app) {}

    record DatabaseUser(
            String name, boolean superuser, @Nullable AppName app) {}

    record SlowQuery(String database, String query, long calls, double meanMs, double totalMs) {}

    record Cluster(int major, String dataDir, long bytes) {}

    /**
     * @param rows each as long as {@code columns}; null for NULL
     * @param truncated there was more than is given
     * @param cut values of which only the beginning is given
     */
    record SqlResult(
            List<String> columns,
            List<List<@Nullable String>> rows,
            boolean truncated,
            long rowCount,
            double ms,
            String command,
            List<CutValue> cut) {}

    record CutValue(int row, int column, long characters) {}

    /** @param bytes what it took on the disk */
    record Freed(long bytes) {}

    /** @param units what was running, and now runs with what is new */
    record Restarted(List<String> units) {
        public Restarted {
            units = List.copyOf(units);
        }
    }

    /** @param history newest first */
    record JobState(
            AppName app,
            String job,
            String unit,
            String active,
            @Nullable Instant next,
            @Nullable JobRun last,
            List<JobRun> history) {}

    /** @param finishedAt null, as are the others: it runs */
    record JobRun(
            Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable String result,
            @Nullable Integer exitCode) {}

    record Exit(int exitCode, double seconds) {}

    record StorageReport(Instant time, List<VolumeState> volumes) {}

    /**
     * @param name empty: the state directory itself
     * @param complete false: the box ran out of time, and there is more
     * @param history how large it was on earlier days, the oldest first; days may be missing
     */
    record VolumeState(
            String name,
            String path,
            long bytes,
            long files,
            @Nullable Long quota,
            boolean complete,
            List<SizeOn> history) {}

    record LeftDataReport(Instant time, List<LeftData> data) {}

    /**
     * @param bytes allocated on the disk
     * @param complete false: the box ran out of time, and there is more
     * @param since when the first generation without it was made; null: no generation tells
     * @param generations those that would want it back
     */
    record LeftData(
            LeftKind kind,
            AppName app,
            @Nullable String volume,
            String path,
            long bytes,
            long files,
            boolean complete,
            @Nullable Instant since,
            List<Integer> generations) {

        /** What a person types to delete it: {@code shop}, or {@code shop/uploads} for a volume. */
        public String name() {
            return name(app, volume);
        }

        public static String name(AppName app, @Nullable String volume) {
            return volume == null ? app.value() : app.value() + "/" + volume;
        }
    }

    record SizeOn(LocalDate date, long bytes) {}

    record Directory(String path, List<DirectoryEntry> entries, boolean truncated) {}

    /** @param type file, directory, link or other */
    record DirectoryEntry(String name, String type, long bytes, Instant modified) {}

    /** @param bytes size of the whole file */
    record FileEnd(long bytes, Instant modified) {}

    record UnitsResult(Instant time, List<UnitState> units) {}

    record UnitState(
            AppName app,
            String unit,
            String load,
            String active,
            String sub,
            @Nullable String result,
            @Nullable Instant since,
            int restarts,
            @Nullable Integer mainPid) {}

    /**
     * @param restores copies that lie beside apps' data
     * @param replaced what apps had until a backup took its place, newest first
     * @param mail copies of mail, newest first
     */
    record BackupsReport(
            Instant time,
            List<BackupTarget> targets,
            List<RestoredCopy> restores,
            List<ReplacedData> replaced,
            List<MailCopy> mail) {}

    /**
     * @param id its name on the box
     * @param time when the backup was made
     * @param path where it lies on the box
     * @param mailboxes addresses
     * @param replaced whether it is what a backup took the place of; else it lies beside the mail
     */
    record MailCopy(
            String id,
            String snapshot,
            @Nullable Instant time,
            String path,
            List<String> mailboxes,
            boolean replaced) {}

    /** A copy of mail, held against the mail in use. */
    record MailComparison(
            String id,
            String snapshot,
            @Nullable Instant time,
            String path,
            List<ComparedMailbox> mailboxes,
            List<ComparedKey> keys) {}

    /** Numbers of messages: in use, in the copy, in one of them alone, and in both but not the same. */
    record ComparedMailbox(String address, long live, long copy, long onlyLive, long onlyCopy, long changed) {}

    /** A key that mail is signed with. */
    record ComparedKey(String name, boolean same) {}

    record DroppedMail(String id, long bytes) {}

    /**
     * @param snapshot its name on the box
     * @param time when a backup took its place
     */
    record ReplacedData(AppName app, String snapshot, Instant time, long bytes, long files) {}

    /**
     * @param time when the backup was made
     * @param path where it lies on the box
     */
    record RestoredCopy(
            AppName app, String snapshot, @Nullable Instant time, String path) {}

    /** A copy beside the app's data, held against that data. */
    record RestoreComparison(
            AppName app,
            String snapshot,
            @Nullable Instant time,
            String path,
            ComparedFiles files,
            List<ComparedDatabase> databases) {}

    /**
     * @param onlyLive files that the app has now and the copy has not
     * @param paths the first ones that differ
     */
    record ComparedFiles(
            long same,
            long changed,
            long onlyLive,
            long onlyCopy,
            long liveBytes,
            long copyBytes,
            List<DifferentFile> paths) {}

    /** @param kind changed, onlyLive or onlyCopy */
    record DifferentFile(String path, String kind) {}

    /** @param side the database that the copy was loaded into */
    record ComparedDatabase(String engine, String database, String side, List<ComparedTable> tables) {}

    /** Numbers of rows; null: there is no such table. */
    record ComparedTable(
            String name, @Nullable Long live, @Nullable Long copy) {}

    /**
     * @param type local, sftp or s3
     * @param problem why it cannot be reached, or what was wrong with the last run
     * @param lastResult SUCCEEDED or a problem's code
     * @param bytes as the repository takes them, after the last run
     * @param failures what was not kept in the last run
     */
    record BackupTarget(
            String name,
            String type,
            boolean reachable,
            @Nullable Problem problem,
            @Nullable Instant lastRun,
            @Nullable String lastResult,
            @Nullable Instant lastSuccess,
            @Nullable Instant next,
            @Nullable Long bytes,
            @Nullable Integer snapshots,
            @Nullable RestoreTest restoreTest,
            List<FailedBackup> failures) {}

    /**
     * @param key as in known_hosts behind the name
     * @param fingerprint as ssh-keygen -l shows it
     */
    record ServerKey(String type, String key, String fingerprint) {}

    /** @param item app, mail or box; null: the place itself is of no use */
    record FailedBackup(@Nullable String item, @Nullable AppName app, Problem problem) {}

    /** @param mail null: there was no backup of mail */
    record RestoreTest(
            Instant time,
            boolean ok,
            List<TestedBackup> apps,
            @Nullable TestedMail mail) {}

    /** @param keys how many keys that mail is signed with came back, each with its public half */
    record TestedMail(
            String snapshot,
            Instant time,
            long bytes,
            long mailboxes,
            long messages,
            long keys,
            @Nullable Problem problem) {}

    /**
     * @param why why the app was not started
     * @param tables null for an app without a database
     */
    record TestedBackup(
            AppName app,
            String snapshot,
            Instant time,
            long bytes,
            boolean started,
            @Nullable String why,
            @Nullable CountedTables tables,
            @Nullable Problem problem) {}

    record CountedTables(int count, long rows) {}

    /** @param app whose it is; null: not an app's */
    record Backup(
            String id,
            Instant time,
            BackupItem item,
            @Nullable AppName app,
            long bytes,
            @Nullable Integer generation) {

        public Backup(String id, Instant time, @Nullable AppName app, long bytes, @Nullable Integer generation) {
            this(id, time, app == null ? BackupItem.BOX : BackupItem.APP, app, bytes, generation);
        }
    }

    /** What a backup is of. */
    enum BackupItem {
        APP,
        /** Mailboxes, the hashes of their passwords, and the keys that mail is signed with. */
        MAIL,
        /** What the box itself is built anew from. */
        BOX
    }

    record Discarded(AppName app, String snapshot) {}

    /** What is in force of mail. Sizes in bytes. */
    record MailReport(
            Instant time,
            @Nullable RelayInForce relay,
            @Nullable MailServerInForce server,
            List<MailUnit> units,
            QueueSize queue,
            List<MailboxState> mailboxes,
            List<MailSender> senders) {}

    /** @param user null: without a sign-in */
    record RelayInForce(String host, int port, @Nullable String user) {}

    record MailServerInForce(String hostname, List<String> domains, long messageMax) {}

    /** @param active as systemd has it: active, failed, … */
    record MailUnit(String unit, String active) {}

    /** @param oldest when the oldest message came */
    record QueueSize(int messages, long bytes, @Nullable Instant oldest) {}

    /**
     * @param quota null: none
     * @param hasPassword false: nobody can sign in to it
     * @param declared false: only its mail is left
     */
    record MailboxState(
            String address,
            long bytes,
            long messages,
            @Nullable Long quota,
            boolean hasPassword,
            boolean declared) {}

    /** @param refusedLastHour for the sender's address or the limit */
    record MailSender(AppName app, List<String> from, int perHour, int port, long sentLastHour, long refusedLastHour) {}

    /**
     * A record of a zone.
     *
     * @param purpose mx, spf, dkim, dmarc, ptr or address
     * @param name fully qualified
     * @param wanted exactly what is to be published; empty: the box does not know its public address, or has no key yet
     * @param ok null: it could not be asked
     */
    record MailRecord(
            String domain,
            String purpose,
            String type,
            String name,
            String wanted,
            List<String> found,
            @Nullable Boolean ok,
            String why) {}

    record MailQueue(List<QueuedMail> messages, boolean truncated) {}

    /**
     * @param queue active, deferred, hold or incoming
     * @param app null: not an app's
     */
    record QueuedMail(
            String id,
            String queue,
            Instant arrivedAt,
            String sender,
            @Nullable AppName app,
            long bytes,
            List<MailRecipient> recipients) {}

    /** @param reason why it was not delivered yet */
    record MailRecipient(String address, @Nullable String reason) {}

    record ActedOn(int messages) {}

    /**
     * @param status sent, deferred, bounced, or queued: nothing was decided in time
     * @param response what the other server said
     * @param relay the other server
     */
    record MailOutcome(
            @Nullable String id,
            String status,
            @Nullable String response,
            @Nullable String relay,
            double seconds) {}

    record MailboxSet(String mailbox) {}

    /**
     * @param complete whether nothing was left out because there was too much of it
     * @param found whether the line that was asked for is still in the journal
     */
    record JournalEnd(@Nullable String cursor, boolean complete, boolean found) {}

    /** The box measures nothing any more, and says no more than that. */
    record MeasuringEnd() {}

    /**
     * @param recipients for which age recipients a file in git has to be encrypted, so that the box can open it; null: its flake has no
     *     sops-nix
     */
    record BoxSecrets(List<BoxSecret> secrets, @Nullable List<String> recipients, List<OpenedSecret> inGit) {}

    /**
     * One that the running system takes from its flake.
     *
     * @param key which value of the file; null: the whole file
     * @param opened whether the value is there, for whoever is given it
     */
    record OpenedSecret(
            SecretOwner owner,
            String name,
            String file,
            @Nullable String key,
            boolean opened,
            List<String> usedBy) {}

    /** A secret as the box tells of it: never its value. {@code usedBy} are units. */
    record BoxSecret(SecretOwner owner, String name, long bytes, Instant changedAt, List<String> usedBy) {}

    /** @param restarted units */
    record PlacedSecret(BoxSecret placed, List<String> restarted) {}

    /**
     * @param leftovers of domains that no app has any more, which nobody renews
     * @param authority root certificate of the box's own authority, in PEM
     */
    record CertificateBoard(
            List<Certificate> certificates,
            List<LeftoverCertificate> leftovers,
            @Nullable String authority) {}

    /**
     * @param name the domain, with _ for *
     * @param kind acme, internal, self-signed or uploaded
     * @param issuer null, as are the times: there is no certificate at all
     * @param pending a self-signed one stands in until the real one has come
     * @param nextAttempt when the box asks for another one by itself
     * @param lastError why the last try failed
     * @param units what is reloaded with it
     */
    record Certificate(
            String name,
            List<String> domains,
            String kind,
            @Nullable String issuer,
            @Nullable Instant notBefore,
            @Nullable Instant notAfter,
            boolean pending,
            @Nullable Instant nextAttempt,
            @Nullable String lastError,
            List<String> units,
            List<AppName> apps) {}

    /** @param generations that would want it back */
    record LeftoverCertificate(
            String name, String kind, @Nullable Instant notAfter, List<Long> generations) {}

    /**
     * @param id dns, port-80, port-443, caa, acme-server, rate-limit or staging
     * @param ok null: the box cannot know
     */
    record DomainCheck(String id, @Nullable Boolean ok, String found, String wanted, String why) {}

    /** @param renewed false: it was not due */
    record RenewedCertificate(Certificate certificate, boolean renewed) {}

    /** @param trusted whether authorities that the box knows vouch for it */
    record TakenCertificate(
            String name,
            List<String> domains,
            String issuer,
            Instant notBefore,
            Instant notAfter,
            boolean trusted,
            List<String> reloaded) {}

    record RemovedCertificate(String name, List<String> kinds) {}

    /** @param firewall whether there is one; without, everything that listens is open */
    record PortsReport(boolean firewall, List<DeclaredPort> declared, List<ListeningPort> listening) {}

    /** @param by app:NAME, web-server, console, mail-server, sshd, settings or configuration */
    record DeclaredPort(String protocol, int from, int to, String by) {}

    /**
     * @param declared whether the configuration says that something listens there
     * @param open whether the firewall lets others reach it
     * @param by who declared it, in the words of {@link DeclaredPort}; none: nobody
     */
    record ListeningPort(
            String protocol,
            int port,
            String address,
            @Nullable String unit,
            @Nullable String process,
            boolean declared,
            boolean open,
            List<String> by) {}
}
