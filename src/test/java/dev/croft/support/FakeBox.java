package dev.croft.support;

import dev.croft.hostlink.HostCall;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Acceptance;
import dev.croft.hostlink.HostCommand.Candidate;
import dev.croft.hostlink.HostCommand.Check;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostCommand.Inspection;
import dev.croft.hostlink.HostCommand.JournalEnd;
import dev.croft.hostlink.HostCommand.OperationReport;
import dev.croft.hostlink.HostCommand.ProbeResult;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.hostlink.HostCommand.StateResult;
import dev.croft.hostlink.HostCommand.UnitState;
import dev.croft.hostlink.HostCommand.UnitsResult;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.HostReply;
import dev.croft.hostlink.Measurement;
import dev.croft.hostlink.UnitStates;
import dev.croft.kernel.AppName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A box in memory that keeps croft-host/1's promises: an id runs once, one change at a time, followers read from a cursor, main moves
 * only on success. Tests steer it: cut the link, let operations wait, make them fail, forget them.
 */
public final class FakeBox implements HostLink {

    private static final Check NIX =
            new Check("nix", "nix", Check.MUST, true, "2.26", ">= 2.18", "Apps are built with Nix.", null, null);

    private volatile List<Check> checks = List.of(NIX);

    public static final String FINGERPRINT = "SHA256:" + "A".repeat(43);
    public static final HostEndpoint ENDPOINT = new HostEndpoint("10.213.0.2", 22, "croft-host", FINGERPRINT);
    public static final String REV_1 = "1".repeat(40);
    public static final String REV_2 = "2".repeat(40);
    public static final String NAR_HASH = "sha256-" + "A".repeat(43) + "=";

    private static final JsonMapper JSON = new JsonMapper();

    private final Clock clock;
    private final FakeUpkeep upkeep;
    private final FakeTrust trust;
    private final FakeServices services;
    private final FakeMail mail;
    private final ReentrantLock lock = new ReentrantLock();
    private final FakeBackups backups;
    private final Condition changed = lock.newCondition();
    private final Map<OperationId, Op> operations = new LinkedHashMap<>();
    private final List<Generation> generations = new ArrayList<>();
    private final Map<Integer, String> stateOf = new HashMap<>();
    private final Map<String, String> units = new HashMap<>();
    private final Map<String, String> refs = new TreeMap<>(Map.of("main", REV_1, "v1", REV_1, "v2", REV_2));
    private final List<HostReply.Line> journal = new ArrayList<>();
    private final List<Measurement> measurements = new ArrayList<>();
    private int measurers;
    private final Map<String, UnitStates.SeenUnit> seen = new LinkedHashMap<>();
    private final List<String> seenChanges = new ArrayList<>();
    private final List<HostCommand<?>> received = new ArrayList<>();
    private String state =
            "{\"version\":1,\"host\":{\"name\":\"attic\",\"stateVersion\":\"26.05\",\"timezone\":\"UTC\"},\"apps\":{}}";
    private @Nullable Problem cut;
    private boolean cutNextAcceptance;
    private boolean cutNextStateRead;
    private final Deque<ProblemCode> inspections = new ArrayDeque<>();
    private @Nullable Problem refuseNext;
    private @Nullable Problem failWith;
    private int busyAnswers;
    private volatile String contents = "c".repeat(64);
    private boolean holding;
    private boolean holdingBackups;
    private int linesEach = 3;
    private long linkAge;
    private String fingerprint = FINGERPRINT;
    private int lineDelayMillis;
    private List<String> hostReasons = List.of();
    private boolean newConnectionsFail;
    private int stepsEach;
    private final List<Snapshot> snapshots = new ArrayList<>();
    private Map<String, Object> review =
            Map.of("toplevel", "/nix/store/x-system", "units", Map.of("restart", List.of()));

    public FakeBox(Clock clock) {
        this.clock = clock;
        this.upkeep = new FakeUpkeep(clock);
        this.trust = new FakeTrust(clock);
        this.services = new FakeServices(clock);
        this.mail = new FakeMail(clock);
        this.backups = new FakeBackups(clock);
        generations.add(generation(1, null, "croft"));
        stateOf.put(1, state);
    }

    /** An operation on the box: it goes on whether anybody listens or not. */
    private static final class Op {
        final OperationId id;
        final String kind;
        final Instant startedAt;
        final List<HostReply> account = new ArrayList<>();
        String status = "RUNNING";
        String phase = "evaluate";

        @Nullable
        Problem problem;

        @Nullable
        Instant finishedAt;

        @Nullable
        String target;

        Map<String, Object> result = Map.of();
        boolean automatic;
        boolean cancelled;
        boolean waitsAlways;
        boolean kept;
        boolean missed;
        int within = 60;

        Op(OperationId id, String kind, Instant startedAt) {
            this.id = id;
            this.kind = kind;
            this.startedAt = startedAt;
        }
    }

    // ---- steering

    /** What the host contract says from now on. */
    public void checks(Check... found) {
        checks = List.of(found);
    }

    /** It shows another host key from now on. */
    public void reinstall(String key) {
        locked(() -> {
            fingerprint = key;
            linkAge++;
        });
    }

    /** No answer any more, and every open exchange breaks off. */
    public void cutLink() {
        locked(() -> {
            cut = problem(ProblemCode.HOST_UNREACHABLE, "The box does not answer.");
            linkAge++;
        });
    }

    /** What plans find from now on. */
    public void reviewAs(Map<String, Object> result) {
        locked(() -> review = Map.copyOf(result));
    }

    /** Open exchanges break off; new ones work. */
    public void interruptLink() {
        locked(() -> linkAge++);
    }

    public void mendLink() {
        locked(() -> cut = null);
    }

    /** The next command that starts an operation arrives, but its answer does not. */
    public void loseNextAcceptance() {
        locked(() -> cutNextAcceptance = true);
    }

    /** The next time that somebody reads the state in force, the answer does not arrive. */
    public void loseNextStateRead() {
        locked(() -> cutNextStateRead = true);
    }

    /** The next time that a source is looked up, the link breaks, and the time after that the box does not answer yet. */
    public void loseNextInspection() {
        locked(() -> inspections.addAll(List.of(ProblemCode.LINK_LOST, ProblemCode.HOST_UNREACHABLE)));
    }

    public void refuseNextOperation(ProblemCode code) {
        locked(() -> refuseNext = problem(code, "Told to."));
    }

    public void answerBusy(int times) {
        locked(() -> busyAnswers = times);
    }

    public void failOperationsWith(@Nullable ProblemCode code) {
        locked(() -> failWith = code == null ? null : problem(code, "Told to."));
    }

    /** Operations stay in the middle until {@link #release}. */
    public void hold() {
        locked(() -> holding = true);
    }

    public void release() {
        locked(() -> {
            holding = false;
            holdingBackups = false;
        });
    }

    public void linesPerOperation(int lines) {
        locked(() -> linesEach = lines);
    }

    /** For people who look at it: a pause before each line. */
    public void lineDelayMillis(int millis) {
        locked(() -> lineDelayMillis = millis);
    }

    /** Changes are of the whole host from now on, and wait to be confirmed; no reasons: of apps only again. */
    public void changesConcern(String... reasons) {
        locked(() -> hostReasons = List.of(reasons));
    }

    /** Nobody has confirmed in time: what waits goes back. */
    public void letTheTimeToConfirmPass() {
        locked(() -> operations.values().stream()
                .filter(op -> "AWAITING_CONFIRM".equals(op.status))
                .forEach(op -> op.missed = true));
    }

    /** The link that is there goes on, but no other can be made: what a wrong firewall does. */
    public void refuseNewConnections(boolean refuse) {
        locked(() -> newConnectionsFail = refuse);
    }

    /** Builds that each operation tells of, each first as running, then as done. */
    public void stepsPerOperation(int steps) {
        locked(() -> stepsEach = steps);
    }

    public void moveRef(String ref, String rev) {
        locked(() -> refs.put(ref, rev));
    }

    /** As after a reinstallation. */
    public void forgetOperations() {
        locked(() -> {
            operations.clear();
            linkAge++;
        });
    }

    public void writeToJournal(String app, String text) {
        locked(() -> journal.add(new HostReply.Line(
                "j" + (journal.size() + 1), clock.instant(), 6, "croft-app-" + app + ".service", null, null, text)));
    }

    public List<HostCommand<?>> received() {
        lock.lock();
        try {
            return List.copyOf(received);
        } finally {
            lock.unlock();
        }
    }

    /** Names what is in force as a commit does. */
    private String commit() {
        return "%040x".formatted(Integer.toUnsignedLong(state().hashCode()));
    }

    /** That it is busy, a box says first. */
    private String on(@Nullable String base, String wanted) {
        if (busyAnswers == 0 && base != null && !base.equals(commit())) {
            throw problem(ProblemCode.STATE_CHANGED, "The state is another one.")
                    .toException();
        }
        return wanted;
    }

    /** Somebody signs in on the box and commits a state of their own. */
    public void changeByHand(String text) {
        locked(() -> state = text);
    }

    public FakeUpkeep upkeep() {
        return upkeep;
    }

    public FakeTrust trust() {
        return trust;
    }

    public FakeBackups backups() {
        return backups;
    }

    public FakeServices services() {
        return services;
    }

    public FakeMail mail() {
        return mail;
    }

    public String state() {
        lock.lock();
        try {
            return state;
        } finally {
            lock.unlock();
        }
    }

    public int runs(String kind) {
        lock.lock();
        try {
            return (int) operations.values().stream()
                    .filter(op -> op.kind.equals(kind))
                    .count();
        } finally {
            lock.unlock();
        }
    }

    // ---- the port

    @Override
    public <R> R call(HostEndpoint endpoint, HostCommand<R> command, Consumer<HostReply> onReply) {
        lock.lock();
        try {
            requireKey(endpoint);
            received.add(command);
            requireLink(linkAge);
            if (cutNextStateRead && command instanceof HostCommand.ReadState) {
                cutNextStateRead = false;
                throw problem(ProblemCode.LINK_LOST, "Told to.").toException();
            }
        } finally {
            lock.unlock();
        }
        return result(command, onReply, linkAge, () -> false);
    }

    @Override
    public <R> R callAfresh(HostEndpoint endpoint, HostCommand<R> command) {
        lock.lock();
        try {
            if (newConnectionsFail) {
                throw problem(ProblemCode.HOST_UNREACHABLE, "It did not answer in time.")
                        .toException();
            }
            if (command instanceof HostCommand.Confirm confirm) {
                received.add(command);
                requireLink(linkAge);
                @SuppressWarnings("unchecked") // A confirmation is answered with a report.
                R report = (R) confirm(confirm.operation());
                return report;
            }
        } finally {
            lock.unlock();
        }
        return call(endpoint, command);
    }

    private OperationReport confirm(OperationId id) {
        Op op = operations.get(id);
        if (op == null || !"AWAITING_CONFIRM".equals(op.status) || op.cancelled || op.missed) {
            throw problem(ProblemCode.CONFIRM_REFUSED, "It does not wait for a confirmation.")
                    .toException();
        }
        op.kept = true;
        changed.signalAll();
        return report(op);
    }

    @Override
    public <R> HostCall<R> open(HostEndpoint endpoint, HostCommand<R> command, Consumer<HostReply> onReply) {
        CompletableFuture<R> result = new CompletableFuture<>();
        AtomicBoolean closed = new AtomicBoolean();
        long age;
        lock.lock();
        try {
            requireKey(endpoint);
            received.add(command);
            requireLink(linkAge);
            age = linkAge;
        } finally {
            lock.unlock();
        }
        Thread.ofVirtual().name("fake-box-exchange").start(() -> {
            try {
                result.complete(result(command, onReply, age, closed::get));
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        return new HostCall<>() {
            @Override
            public CompletableFuture<R> result() {
                return result;
            }

            @Override
            public void close() {
                // In this order: an exchange that sees the end must not have the last word.
                result.completeExceptionally(
                        problem(ProblemCode.CANCELLED, "Closed.").toException());
                locked(() -> closed.set(true));
            }
        };
    }

    @SuppressWarnings("unchecked")
    private <R> R result(
            HostCommand<R> command, Consumer<HostReply> onReply, long age, java.util.function.BooleanSupplier closed) {
        return (R)
                switch (command) {
                    case HostCommand.Probe probe ->
                        new ProbeResult(
                                checks,
                                Map.of(
                                        "os",
                                        "Debian 13",
                                        "nix",
                                        "2.26",
                                        "kernel",
                                        "6.12",
                                        "arch",
                                        "x86_64",
                                        "sandbox",
                                        true));
                    case HostCommand.ReadState read ->
                        new StateResult(commit(), read.generation() == null ? state() : stateOf(read.generation()));
                    case HostCommand.Inspect inspect -> inspect(inspect);
                    case HostCommand.Plan plan ->
                        start(
                                plan.operation(),
                                "plan",
                                on(plan.base(), plan.state()),
                                null,
                                plan.author().name());
                    case HostCommand.Apply apply ->
                        start(
                                apply.operation(),
                                "apply",
                                on(apply.base(), apply.state()),
                                null,
                                apply.author().name(),
                                apply.confirm());
                    case HostCommand.RollBack rollBack ->
                        start(
                                rollBack.operation(),
                                "rollback",
                                null,
                                rollBack.generation(),
                                rollBack.author().name(),
                                rollBack.confirm());
                    case HostCommand.ListOperations list -> reports(list.operation());
                    case HostCommand.ListAutomatic ignored ->
                        reports(null).stream()
                                .filter(OperationReport::automatic)
                                .toList();
                    case HostCommand.Follow follow -> follow(follow, onReply, age, closed);
                    case HostCommand.Cancel cancel -> cancel(cancel.operation());
                    case HostCommand.ListGenerations list -> generations();
                    case HostCommand.Units asked -> units(asked.apps());
                    case HostCommand.Control control -> control(control);
                    case HostCommand.Journal read -> journal(read, onReply, age, closed);
                    case HostCommand.Metrics asked -> measurements(onReply, age, closed);
                    case HostCommand.WatchUnits asked -> unitStates(onReply, age, closed);
                    case HostCommand.Reconcile c ->
                        start(c.operation(), "reconcile", null, null, c.author().name(), c.confirm());
                    case HostCommand.CollectGarbage c ->
                        start(c.operation(), "gc", null, null, c.author().name());
                    case HostCommand.Confirm c ->
                        throw problem(ProblemCode.CONFIRM_REFUSED, "The connection is older than the change.")
                                .toException();
                    case HostCommand.Compare c -> upkeep.compare(c, generations(), states());
                    case HostCommand.Mark c -> upkeep.mark(c, generations());
                    case HostCommand.ListSnapshots c -> snapshots(c.app());
                    case HostCommand.ReadDisk c -> upkeep.disk();
                    case HostCommand.PlanGarbage c -> upkeep.plan(c, generations());
                    case HostCommand.Upgrade c ->
                        start(
                                c.operation(),
                                "upgrade",
                                c.state(),
                                null,
                                c.author().name(),
                                c.confirm());
                    case HostCommand.ServiceCommand<?> c -> services.answer(c, onReply, closed);
                    case HostCommand.MailCommand<?> c -> mail.answer(c, state());
                    case HostCommand.ReadBackups c -> backups.report(c);
                    case HostCommand.ListBackups c -> backups.list(c);
                    case HostCommand.ReadComparison c -> backups.compared(c);
                    case HostCommand.DiscardRestore c -> backups.discard(c);
                    case HostCommand.DropReplaced c -> backups.drop(c);
                    case HostCommand.ReadSshKeys c -> backups.keys(c);
                    case HostCommand.UndoRestore c ->
                        start(c.operation(), "restore", null, null, c.author().name());
                    case HostCommand.RunBackup c ->
                        start(c.operation(), "backup", null, null, c.author().name());
                    case HostCommand.RestoreBackup c ->
                        start(
                                c.operation(),
                                c.mode() == HostCommand.RestoreMode.SIDE ? "restore-copy" : "restore",
                                null,
                                null,
                                c.author().name());
                    case HostCommand.RestoreMail c ->
                        start(
                                c.operation(),
                                c.mode() == HostCommand.RestoreMode.SIDE ? "restore-copy" : "restore",
                                null,
                                null,
                                c.author().name());
                    case HostCommand.UndoMailRestore c ->
                        start(c.operation(), "restore", null, null, c.author().name());
                    case HostCommand.ReadMailComparison c -> backups.compared(c);
                    case HostCommand.DropMailCopy c -> backups.drop(c);
                    case HostCommand.TestRestore c ->
                        start(
                                c.operation(),
                                "restore-test",
                                null,
                                null,
                                c.author().name());
                    case HostCommand.ReadIdentity ignored -> new HostCommand.ContentsIdentity(contents);
                    case HostCommand.ReadClosure c -> page(c.from());
                    case HostCommand.Verify c ->
                        start(c.operation(), "verify", null, null, c.author().name());
                    case HostCommand.FindDrift c -> upkeep.drift(c);
                    case HostCommand.TrustCommand<?> c -> trust.answer(c, state());
                };
    }

    /** What runs is made of something else from here on. */
    public void contentsAre(String identity) {
        contents = identity;
    }

    /** Two paths, each on a page of its own. */
    private HostCommand.ClosurePage page(int from) {
        var app = new HostCommand.StorePath(
                "0".repeat(32) + "-croft-app-shop-1",
                "croft-app-shop",
                "1",
                100,
                "A".repeat(43) + "=",
                false,
                List.of(1));
        var glibc = new HostCommand.StorePath(
                "1".repeat(32) + "-glibc-2.40", "glibc", "2.40", 200, "A".repeat(43) + "=", true, List.of());
        return new HostCommand.ClosurePage(
                contents, List.of(0), 2, 300, from == 0 ? 1 : null, List.of(from == 0 ? app : glibc));
    }

    private Map<String, Object> verified() {
        Map<String, Object> side = Map.of("type", "file", "bytes", 3, "sha256", "a".repeat(64));
        Map<String, Object> file =
                Map.of("file", "share/built", "change", "changed", "before", side, "after", side, "lines", "-1\n+2");
        return Map.of(
                "identity",
                contents,
                "verdict",
                "differs",
                "paths",
                2,
                "bytes",
                300,
                "fetched",
                1,
                "damaged",
                List.of(),
                "rebuilt",
                0,
                "differing",
                1,
                "skipped",
                0,
                "outputs",
                List.of(Map.of("path", "/nix/store/x", "outcome", "differs", "files", List.of(file), "more", false)));
    }

    private Inspection inspect(HostCommand.Inspect asked) {
        String ref = asked.ref() == null ? "main" : asked.ref();
        lock.lock();
        try {
            ProblemCode lost = inspections.poll();
            if (lost != null) {
                throw problem(lost, "Told to.").toException();
            }
            String rev = refs.get(ref);
            if (asked.url().contains("unreachable")) {
                throw problem(ProblemCode.SOURCE_UNREACHABLE, "Nobody answers there.")
                        .toException();
            }
            if (rev == null) {
                throw problem(ProblemCode.SOURCE_REF_NOT_FOUND, "There is no " + ref + ".")
                        .toException();
            }
            return new Inspection(
                    asked.url(),
                    ref,
                    rev,
                    NAR_HASH,
                    clock.instant(),
                    "static",
                    "index.html",
                    List.of(new Candidate("static", "index.html")),
                    8080,
                    null);
        } finally {
            lock.unlock();
        }
    }

    private String stateOf(int generation) {
        lock.lock();
        try {
            String found = stateOf.get(generation);
            if (found == null) {
                throw problem(ProblemCode.GENERATION_NOT_FOUND, "There is no such generation.")
                        .toException();
            }
            return found;
        } finally {
            lock.unlock();
        }
    }

    private List<Snapshot> snapshots(@Nullable AppName app) {
        lock.lock();
        try {
            return snapshots.stream()
                    .filter(each -> app == null || app.equals(each.app()))
                    .toList()
                    .reversed();
        } finally {
            lock.unlock();
        }
    }

    private Acceptance start(
            OperationId id, String kind, @Nullable String wanted, @Nullable Integer generation, String author) {
        return start(id, kind, wanted, generation, author, Confirming.DEFAULT);
    }

    private Acceptance start(
            OperationId id,
            String kind,
            @Nullable String wanted,
            @Nullable Integer generation,
            String author,
            Confirming confirm) {
        lock.lock();
        try {
            if (refuseNext != null) {
                Problem problem = refuseNext;
                refuseNext = null;
                throw problem.toException();
            }
            boolean busy = operations.values().stream()
                    .anyMatch(op -> isOpen(op) && !op.id.equals(id) && isBeside(op.kind) == isBeside(kind));
            if (busyAnswers > 0 || busy) {
                busyAnswers = Math.max(0, busyAnswers - 1);
                throw problem(ProblemCode.HOST_BUSY, "Another change runs.").toException();
            }
            if (!operations.containsKey(id)) {
                if (kind.equals("apply") && wanted != null) {
                    trust.requireSecretsOf(wanted);
                }
                Op op = new Op(id, kind, clock.instant());
                op.waitsAlways = confirm.always();
                op.within = confirm.within();
                operations.put(id, op);
                Thread.ofVirtual().name("fake-box-" + id).start(() -> run(op, wanted, generation, author));
            }
            if (cutNextAcceptance) {
                cutNextAcceptance = false;
                throw problem(ProblemCode.LINK_LOST, "The answer did not arrive.")
                        .toException();
            }
            return new Acceptance(id);
        } finally {
            lock.unlock();
        }
    }

    /** What changes go on beside. */
    private static boolean isBeside(String kind) {
        return List.of("backup", "restore-copy", "restore-test", "verify").contains(kind);
    }

    /** What one of the box's timers starts; it runs as any other, on the thread that is returned. */
    public Thread startsByItself(OperationId id, String kind, @Nullable String target) {
        Op op = new Op(id, kind, clock.instant());
        op.target = target;
        op.automatic = true;
        locked(() -> operations.put(id, op));
        return Thread.ofVirtual().name("fake-box-" + id).start(() -> run(op, null, null, "Croft"));
    }

    /** A backup stays in the middle until {@link #release}. */
    public void holdBackups() {
        locked(() -> holdingBackups = true);
    }

    private boolean isHeld(Op op, String phase) {
        return isBeside(op.kind) ? holdingBackups && "verify".equals(phase) : holding && "activate".equals(phase);
    }

    private static List<String> phasesOf(String kind) {
        return switch (kind) {
            case "backup" -> List.of("snapshot", "copy", "verify");
            case "restore-copy", "restore-test" -> List.of("fetch", "verify");
            case "verify" -> List.of("verify", "build");
            case "restore" -> List.of("fetch", "snapshot", "activate", "health", "persist");
            default -> List.of("evaluate", "build", "activate", "health", "persist");
        };
    }

    private static boolean isOpen(Op op) {
        return "RUNNING".equals(op.status) || "AWAITING_CONFIRM".equals(op.status);
    }

    /** Whether the change is to stay. */
    private boolean awaitConfirmation(Op op) {
        lock.lock();
        try {
            op.phase = "confirm";
            op.status = "AWAITING_CONFIRM";
            say(
                    op,
                    new HostReply.Progress(
                            nextCursor(op), clock.instant(), "confirm", null, null, null, null, null, null, op.within));
            while (!op.kept && !op.missed && !op.cancelled) {
                changed.awaitUninterruptibly();
            }
            op.status = "RUNNING";
            return op.kept;
        } finally {
            lock.unlock();
        }
    }

    private void say(Op op, HostReply reply) {
        op.account.add(reply);
        changed.signalAll();
    }

    private static String nextCursor(Op op) {
        return "c" + (op.account.size() + 1);
    }

    private void tellSteps(Op op) {
        for (int i = 0; i < 2 * stepsEach; i++) {
            int id = i / 2;
            say(
                    op,
                    new HostReply.Step(
                            nextCursor(op),
                            clock.instant(),
                            id,
                            "build",
                            "part-" + id,
                            "/nix/store/" + "0".repeat(32) + "-part-" + id + ".drv",
                            i % 2 == 0 ? "running" : "done",
                            id == 0 ? List.of() : List.of(id - 1L),
                            null,
                            null));
        }
    }

    private void run(Op op, @Nullable String wanted, @Nullable Integer generation, String author) {
        for (String phase : phasesOf(op.kind)) {
            boolean waits = "persist".equals(phase) && isChange(op) && (op.waitsAlways || !hostReasons.isEmpty());
            if (waits && failWith == null && !awaitConfirmation(op)) {
                lock.lock();
                try {
                    say(op, new HostReply.Line(nextCursor(op), clock.instant(), 6, null, "op", null, "Going back"));
                    end(
                            op,
                            "ROLLED_BACK",
                            op.cancelled
                                    ? problem(ProblemCode.REVERTED, "Somebody reverted it.")
                                    : problem(ProblemCode.CONFIRM_MISSED, "Nobody confirmed it."),
                            Map.of());
                } finally {
                    lock.unlock();
                }
                return;
            }
            lock.lock();
            try {
                while (isHeld(op, phase) && !op.cancelled) {
                    changed.awaitUninterruptibly();
                }
                if (op.cancelled) {
                    end(op, "CANCELLED", problem(ProblemCode.CANCELLED, "Somebody cancelled it."), Map.of());
                    return;
                }
                op.phase = phase;
                op.account.add(new HostReply.Progress(
                        "c" + (op.account.size() + 1), clock.instant(), phase, 1L, 2L, 1L, 0L, null, null, null));
                if ("build".equals(phase)) {
                    tellSteps(op);
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
            for (int i = 0; i < linesEach; i++) {
                pauseForPeople();
                int number = i;
                locked(() -> op.account.add(new HostReply.Line(
                        "c" + (op.account.size() + 1),
                        clock.instant(),
                        6,
                        null,
                        "build".equals(phase) ? "build" : "op",
                        null,
                        phase + " " + number)));
            }
        }
        lock.lock();
        try {
            if (failWith != null) {
                end(op, "FAILED", failWith, Map.of());
            } else if ("gc".equals(op.kind)) {
                end(op, "SUCCEEDED", null, Map.of("paths", 3, "bytes", 4096, "generations", List.of(1)));
            } else if ("verify".equals(op.kind)) {
                end(op, "SUCCEEDED", null, verified());
            } else if ("backup".equals(op.kind)) {
                var kept = Map.of("app", "shop", "id", "a1b2c3d4", "bytes", 4096, "added", 1024);
                end(
                        op,
                        "SUCCEEDED",
                        null,
                        Map.of("targets", List.of(Map.of("name", "cellar", "snapshots", List.of(kept)))));
            } else if (isBeside(op.kind) || "restore".equals(op.kind)) {
                end(op, "SUCCEEDED", null, Map.of());
            } else if ("plan".equals(op.kind)) {
                end(op, "SUCCEEDED", null, review);
            } else {
                take(op, wanted, generation, author);
            }
        } finally {
            lock.unlock();
        }
    }

    private static boolean isChange(Op op) {
        return !List.of("plan", "gc", "restore").contains(op.kind) && !isBeside(op.kind);
    }

    /** A copy of the data of each app whose version changes, as the real box takes them. */
    private void takeSnapshots(Op op, String before, String after) {
        JsonNode old = JSON.readTree(before).path("apps");
        JSON.readTree(after).path("apps").properties().forEach(app -> {
            String left = old.path(app.getKey()).path("source").path("rev").asString("");
            if (!left.isEmpty()
                    && !left.equals(app.getValue().path("source").path("rev").asString(""))) {
                snapshots.add(new Snapshot(
                        new AppName(app.getKey()), op.id.value(), op.id, clock.instant(), null, left, 4096, 1, "copy"));
            }
        });
    }

    private void take(Op op, @Nullable String wanted, @Nullable Integer generation, String author) {
        Generation current =
                generations.stream().filter(Generation::current).findFirst().orElseThrow();
        int number;
        if ("rollback".equals(op.kind)) {
            number = generation == null ? current.number() - 1 : generation;
            if (!stateOf.containsKey(number)) {
                end(op, "FAILED", problem(ProblemCode.GENERATION_NOT_FOUND, "There is no such generation."), Map.of());
                return;
            }
            takeSnapshots(op, state, stateOf.get(number));
            state = stateOf.get(number);
        } else {
            number = generations.size() + 1;
            takeSnapshots(op, state, wanted == null ? state : wanted);
            state = wanted == null ? state : wanted;
            generations.add(generation(number, op.id, author));
            stateOf.put(number, state);
        }
        int now = number;
        generations.replaceAll(each -> new Generation(
                each.number(),
                each.date(),
                each.number() == now,
                each.booted(),
                each.number() == now,
                each.closure(),
                each.closureBytes(),
                each.description(),
                each.operation(),
                each.author(),
                each.revision(),
                each.pinned(),
                each.label(),
                each.bytesFreed(),
                each.kind()));
        Map<String, Object> revisions = new HashMap<>();
        JsonNode apps = JSON.readTree(state).path("apps");
        apps.properties().forEach(app -> {
            revisions.put(
                    app.getKey(),
                    Map.of("rev", app.getValue().path("source").path("rev").asString()));
            units.putIfAbsent(app.getKey(), "active");
        });
        units.keySet().removeIf(app -> !apps.has(app));
        end(op, "SUCCEEDED", null, Map.of("generation", number, "toplevel", "/nix/store/x-system", "apps", revisions));
    }

    private void end(Op op, String status, @Nullable Problem problem, Map<String, Object> result) {
        op.status = status;
        op.problem = problem;
        op.result = result;
        op.finishedAt = clock.instant();
        changed.signalAll();
    }

    private List<OperationReport> reports(@Nullable OperationId id) {
        lock.lock();
        try {
            return operations.values().stream()
                    .filter(op -> id == null || op.id.equals(id))
                    .map(this::report)
                    .toList()
                    .reversed();
        } finally {
            lock.unlock();
        }
    }

    private OperationReport follow(
            HostCommand.Follow follow,
            Consumer<HostReply> onReply,
            long age,
            java.util.function.BooleanSupplier closed) {
        int next = follow.after() == null ? 0 : Integer.parseInt(follow.after().substring(1));
        while (true) {
            List<HostReply> fresh;
            OperationReport report;
            lock.lock();
            try {
                Op op = operations.get(follow.operation());
                while (op != null
                        && op.account.size() == next
                        && isOpen(op)
                        && age == linkAge
                        && !closed.getAsBoolean()) {
                    changed.awaitUninterruptibly();
                }
                requireLink(age);
                if (op == null) {
                    throw problem(ProblemCode.NOT_FOUND, "There is no such operation.")
                            .toException();
                }
                fresh = List.copyOf(op.account.subList(next, op.account.size()));
                report = report(op);
            } finally {
                lock.unlock();
            }
            fresh.forEach(onReply);
            next += fresh.size();
            boolean open = "RUNNING".equals(report.state()) || "AWAITING_CONFIRM".equals(report.state());
            if (!open && fresh.isEmpty() || closed.getAsBoolean()) {
                return report;
            }
        }
    }

    private OperationReport cancel(OperationId id) {
        lock.lock();
        try {
            Op op = operations.get(id);
            if (op == null) {
                throw problem(ProblemCode.NOT_FOUND, "There is no such operation.")
                        .toException();
            }
            op.cancelled = true;
            changed.signalAll();
            return report(op);
        } finally {
            lock.unlock();
        }
    }

    private List<Generation> generations() {
        lock.lock();
        try {
            return generations.stream().map(upkeep::marked).toList().reversed();
        } finally {
            lock.unlock();
        }
    }

    private UnitsResult units(List<AppName> apps) {
        lock.lock();
        try {
            return new UnitsResult(
                    clock.instant(), apps.stream().map(this::unit).toList());
        } finally {
            lock.unlock();
        }
    }

    private UnitState control(HostCommand.Control control) {
        lock.lock();
        try {
            units.put(control.app().value(), control.action() == HostCommand.Action.STOP ? "inactive" : "active");
            return unit(control.app());
        } finally {
            lock.unlock();
        }
    }

    private UnitState unit(AppName app) {
        String active = units.get(app.value());
        return new UnitState(
                app,
                "croft-app-" + app + ".service",
                active == null ? "not-found" : "loaded",
                active == null ? "inactive" : active,
                "active".equals(active) ? "running" : "dead",
                "success",
                clock.instant(),
                0,
                null);
    }

    private static boolean fits(HostCommand.JournalFilter filter, HostReply.Line line) {
        return (filter.search() == null
                        || line.text()
                                .toLowerCase(Locale.ROOT)
                                .contains(filter.search().toLowerCase(Locale.ROOT)))
                && (filter.since() == null || !line.time().isBefore(filter.since()))
                && (filter.until() == null || !line.time().isAfter(filter.until()));
    }

    private JournalEnd journal(
            HostCommand.Journal asked,
            Consumer<HostReply> onReply,
            long age,
            java.util.function.BooleanSupplier closed) {
        String unit = asked.app() == null ? asked.unit() : "croft-app-" + asked.app() + ".service";
        int next = asked.after() == null ? -1 : Integer.parseInt(asked.after().substring(1));
        while (true) {
            List<HostReply.Line> fresh;
            lock.lock();
            try {
                int from = Math.max(next, 0);
                while (asked.follow()
                        && journal.size() == from
                        && next >= 0
                        && age == linkAge
                        && !closed.getAsBoolean()) {
                    changed.awaitUninterruptibly();
                }
                requireLink(age);
                fresh = journal.subList(from, journal.size()).stream()
                        .filter(line ->
                                asked.filter().host() || String.valueOf(unit).equals(line.unit()))
                        .filter(line -> fits(asked.filter(), line))
                        .toList();
                if (next < 0 && fresh.size() > asked.lines()) {
                    fresh = fresh.subList(fresh.size() - asked.lines(), fresh.size());
                }
                next = journal.size();
            } finally {
                lock.unlock();
            }
            fresh.forEach(onReply);
            if (!asked.follow() || closed.getAsBoolean()) {
                return new JournalEnd("j" + next, true, true);
            }
        }
    }

    /** What the box uses from now on is told to whoever measures it. */
    public void measure(Measurement measurement) {
        locked(() -> measurements.add(measurement));
    }

    /** How many subscriptions there are. */
    public int measurers() {
        lock.lock();
        try {
            return measurers;
        } finally {
            lock.unlock();
        }
    }

    /** The state of a service from now on; whoever watches is told. */
    public void unitIs(UnitStates.SeenUnit unit) {
        locked(() -> {
            seen.put(unit.unit(), unit);
            seenChanges.add(unit.unit());
        });
    }

    public void unitIsGone(String unit) {
        locked(() -> {
            seen.remove(unit);
            seenChanges.add(unit);
        });
    }

    private HostCommand.MeasuringEnd unitStates(
            Consumer<HostReply> onReply, long age, java.util.function.BooleanSupplier closed) {
        int next = -1;
        while (true) {
            UnitStates told;
            lock.lock();
            try {
                while (seenChanges.size() == next && age == linkAge && !closed.getAsBoolean()) {
                    changed.awaitUninterruptibly();
                }
                requireLink(age);
                if (closed.getAsBoolean()) {
                    return new HostCommand.MeasuringEnd();
                }
                boolean whole = next < 0;
                List<String> names =
                        whole ? List.copyOf(seen.keySet()) : List.copyOf(seenChanges.subList(next, seenChanges.size()));
                told = new UnitStates(
                        clock.instant(),
                        whole,
                        names.stream()
                                .distinct()
                                .map(seen::get)
                                .filter(java.util.Objects::nonNull)
                                .toList(),
                        names.stream().filter(name -> !seen.containsKey(name)).toList());
                next = seenChanges.size();
            } finally {
                lock.unlock();
            }
            onReply.accept(told);
        }
    }

    private HostCommand.MeasuringEnd measurements(
            Consumer<HostReply> onReply, long age, java.util.function.BooleanSupplier closed) {
        int next;
        lock.lock();
        try {
            measurers++;
            next = measurements.size();
        } finally {
            lock.unlock();
        }
        try {
            while (true) {
                List<Measurement> fresh;
                lock.lock();
                try {
                    while (measurements.size() == next && age == linkAge && !closed.getAsBoolean()) {
                        changed.awaitUninterruptibly();
                    }
                    requireLink(age);
                    fresh = List.copyOf(measurements.subList(next, measurements.size()));
                    next = measurements.size();
                } finally {
                    lock.unlock();
                }
                if (closed.getAsBoolean()) {
                    return new HostCommand.MeasuringEnd();
                }
                fresh.forEach(onReply);
            }
        } finally {
            locked(() -> measurers--);
        }
    }

    @Override
    public String fingerprintOf(String address, int port) {
        lock.lock();
        try {
            requireLink(linkAge);
            return fingerprint;
        } finally {
            lock.unlock();
        }
    }

    /** As its state says. */
    @Override
    public String nameOf(HostEndpoint endpoint) {
        call(endpoint, new HostCommand.Units(List.of()));
        return "attic";
    }

    @Override
    public void disconnect(HostEndpoint endpoint) {
        interruptLink();
    }

    @Override
    public String publicKey() {
        return "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZha2U= croft";
    }

    // ---- small things

    private Map<Integer, String> states() {
        lock.lock();
        try {
            return Map.copyOf(stateOf);
        } finally {
            lock.unlock();
        }
    }

    private void requireKey(HostEndpoint endpoint) {
        if (!endpoint.fingerprint().equals(fingerprint)) {
            throw problem(ProblemCode.HOST_KEY_CHANGED, "It shows the host key " + fingerprint + ".")
                    .toException();
        }
    }

    private void requireLink(long age) {
        if (cut != null) {
            throw cut.toException();
        }
        if (age != linkAge) {
            throw problem(ProblemCode.LINK_LOST, "The link broke.").toException();
        }
    }

    private void pauseForPeople() {
        if (lineDelayMillis > 0) {
            try {
                Thread.sleep(lineDelayMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Generation generation(int number, @Nullable OperationId operation, String author) {
        return new Generation(
                number,
                clock.instant(),
                number == 1,
                number == 1,
                number == 1,
                "/nix/store/" + "0".repeat(31) + number % 10 + "-nixos-system-attic",
                400_000_000L,
                "NixOS 26.05",
                operation,
                author,
                null,
                false,
                null,
                null,
                null);
    }

    static Problem nobodyAnswers() {
        return problem(ProblemCode.HOST_UNREACHABLE, "Nobody answers at this address.");
    }

    private OperationReport report(Op op) {
        boolean waits = "AWAITING_CONFIRM".equals(op.status);
        return new OperationReport(
                op.id,
                op.kind,
                op.status,
                op.phase,
                op.startedAt,
                op.finishedAt,
                op.problem,
                op.result,
                waits
                        ? new HostCommand.Waiting(
                                clock.instant().plusSeconds(op.within),
                                op.within,
                                hostReasons.isEmpty() ? "app" : "host",
                                hostReasons)
                        : null,
                op.target,
                op.automatic);
    }

    private static Problem problem(ProblemCode code, String why) {
        return Problem.of(code, "It did not work.", why, "Look at the test.");
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
