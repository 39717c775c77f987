package dev.croft.operations.internal;

import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Source;
import dev.croft.desired.Changes;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCall;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Acceptance;
import dev.croft.hostlink.HostCommand.Inspection;
import dev.croft.hostlink.HostCommand.OperationReport;
import dev.croft.hostlink.HostCommand.Restore;
import dev.croft.hostlink.HostCommand.RestoreMode;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.hostlink.HostCommand.Waiting;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.HostReply;
import dev.croft.hostlink.Measurement;
import dev.croft.hostlink.UnitStates;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.vault.Secrets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Carries out the operations of one lane of a box, one after the other, on a thread of its own. Every step first writes down what it is about to
 * do, so that a worker that starts on a half-done row knows where to go on.
 */
final class HostWorker implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(HostWorker.class);

    /** The box may work on; only we do not hear it. */
    static final Set<ProblemCode> LINK = EnumSet.of(
            ProblemCode.HOST_UNREACHABLE,
            ProblemCode.HOST_KEY_CHANGED,
            ProblemCode.HOST_KEY_UNKNOWN,
            ProblemCode.HOST_REFUSED_KEY,
            ProblemCode.HELPER_TOO_OLD,
            ProblemCode.LINK_LOST,
            ProblemCode.PROTOCOL_ERROR,
            ProblemCode.PROTOCOL_UNSUPPORTED);

    /** After these a command may have reached the box all the same. */
    private static final Set<ProblemCode> CUT_MIDWAY = EnumSet.of(ProblemCode.LINK_LOST, ProblemCode.PROTOCOL_ERROR);

    private static final String AWAITING = OperationState.AWAITING_CONFIRM.name();
    private static final String CONFIRM = "confirm";

    /** Marks the end of the replies in a queue; never kept, compared by identity. */
    private static final HostReply END = new HostReply.Accepted(new OperationId("0".repeat(26)));

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneOffset.UTC);

    private static final int ARRIVED_MOST = 10_000;
    private static final int BATCH = 500;
    private static final Duration IDLE = Duration.ofMinutes(1);
    private static final int RESOLVE_TRIES = 5;

    private final HostName name;
    private final Lane lane;
    private final Hosts hosts;
    private final HostLink link;
    private final DesiredStates desired;
    private final Secrets secrets;
    private final OperationTable table;
    private final OperationStore store;
    private final OperationsProperties properties;
    private final Clock clock;
    private final Pause pause = new Pause();
    /** What is being waited for, so that a cancel can end the wait. */
    private volatile @Nullable HostCall<?> current;
    /** Whether a change was made, and the state after it could not be read. */
    private boolean unread;

    HostWorker(
            HostName name,
            Lane lane,
            Hosts hosts,
            HostLink link,
            DesiredStates desired,
            Secrets secrets,
            OperationTable table,
            OperationStore store,
            OperationsProperties properties,
            Clock clock) {
        this.name = name;
        this.lane = lane;
        this.hosts = hosts;
        this.link = link;
        this.desired = desired;
        this.secrets = secrets;
        this.table = table;
        this.store = store;
        this.properties = properties;
        this.clock = clock;
    }

    /** Ends the work on this row for now; what was written decides how it goes on. */
    private static final class Stopped extends Exception {

        private static final long serialVersionUID = 1L;

        Stopped() {
            super(null, null, false, false);
        }
    }

    void wake() {
        pause.call();
    }

    /** Ends a wait for the box that is only for the console's own sake, as resolving is. */
    void interruptResolve() {
        HostCall<?> call = current;
        if (call != null) {
            call.close();
        }
        pause.call();
    }

    void stop() {
        pause.stop();
        HostCall<?> call = current;
        if (call != null) {
            call.close();
        }
    }

    @Override
    public void run() {
        MDC.put("host", name.value());
        while (!pause.isStopped()) {
            try {
                var order = table.next(name, lane);
                if (order.isPresent()) {
                    MDC.put("operation", order.get().operation().id().value());
                    carryOut(order.get());
                } else {
                    pause.await(IDLE);
                }
            } catch (Stopped e) {
                return;
            } catch (RuntimeException e) {
                if (pause.isStopped()) {
                    return;
                }
                log.error("The worker of {} failed and tries again", name, e);
                pause.await(properties.reattachMost());
            } finally {
                MDC.remove("operation");
            }
        }
    }

    private void carryOut(Order order) throws Stopped {
        Operation operation = order.operation();
        if (operation.state() == OperationState.QUEUED) {
            Operation running =
                    operation.to(OperationState.RUNNING, clock.instant()).withProblem(null);
            if (!store.save(running, OperationState.QUEUED)) {
                return; // cancelled at the last moment
            }
            operation = running;
            tellThoseBehind(running);
        }
        var host = hosts.find(name);
        if (host.isEmpty()) {
            end(
                    operation,
                    OperationState.FAILED,
                    internal("The host is no longer known to this console."),
                    Map.of(),
                    clock.instant());
            return;
        }
        Run run = new Run(host.get(), order, operation);
        try {
            run.go();
        } catch (ProblemException e) {
            // A call that this console's end cut off says nothing of the operation.
            requireNotStopped();
            run.failed(e.problem());
        } catch (RuntimeException e) {
            if (pause.isStopped()) {
                throw new Stopped();
            }
            log.error("Operation {} failed inside the console", operation.id(), e);
            // Once the box has it, only the box can say how it ends.
            if (run.accepted) {
                throw e;
            }
            run.failed(internal("An unexpected failure inside the console; its log has the details."));
        }
    }

    /** Whoever waits says what for. */
    private void tellThoseBehind(Operation ahead) {
        table.queued(name, lane)
                .forEach(each -> store.save(each.withProblem(waitingFor(ahead)), OperationState.QUEUED));
    }

    static Problem waitingFor(Operation ahead) {
        return Problem.of(
                ProblemCode.HOST_BUSY,
                "Waiting for " + ahead.title() + ".",
                ahead.requestedBy() + " asked for it at " + TIME.format(ahead.createdAt())
                        + " UTC; a box does one "
                        + (ahead.kind().isBeside() ? "backup or restore" : "change") + " at a time.",
                "It starts by itself. Cancel it when it is not wanted any more.");
    }

    /** One operation on its way. */
    private final class Run {

        private final Host host;
        private final Order order;
        private Operation operation;
        private @Nullable String sentState;
        private @Nullable String sentBase;
        /** With every ref pinned; null before that, and in a process that did not do it. */
        private @Nullable Changes fixed;

        private boolean accepted;
        private boolean cancelPassedOn;
        private List<Restore> restore = List.of();
        /** By the clock of the box; null: when its end is read. */
        private @Nullable Instant endedAt;

        private @Nullable String cursor;
        private long sequence;

        Run(Host host, Order order, Operation operation) {
            this.host = host;
            this.order = order;
            this.operation = operation;
            this.sentState = order.sentState();
            this.sentBase = order.sentBase();
            this.accepted = order.accepted();
            this.cursor = order.cursor();
            this.sequence = order.lastSequence();
        }

        private OperationId id() {
            return operation.id();
        }

        /** Asked for each time: a box may be moved while an operation is under way on it. */
        private HostEndpoint endpoint() {
            return hosts.find(host.name()).orElse(host).endpoint();
        }

        void go() throws Stopped {
            if (!accepted) {
                if (sentState == null && sendsAState()) {
                    sentState = resolve();
                }
                restore = restores();
                if (changesWhatRuns()) {
                    supplySecrets();
                }
                if (!operation.phases().isEmpty()) {
                    save(operation.endPhase(clock.instant()));
                }
                submit();
            }
            follow();
        }

        private boolean changesWhatRuns() {
            return switch (operation.kind()) {
                case APPLY, DEPLOY, ROLLBACK, RECONCILE, UPGRADE -> true;
                case PLAN, GC, BACKUP, RESTORE, RESTORE_COPY, RESTORE_TEST, VERIFY -> false;
            };
        }

        /** A box that lacks a secret of what it is to run would refuse; whatever goes wrong here, it is the box that decides. */
        private void supplySecrets() {
            try {
                List<String> supplied = secrets.supply(name);
                if (!supplied.isEmpty()) {
                    say("The box got what it lacked: " + String.join(", ", supplied) + ".");
                }
            } catch (ProblemException e) {
                log.info("{} was not given the secrets that it may lack: {}", name, e.getMessage());
                if (!LINK.contains(e.problem().code())) {
                    say("Secrets that the box may lack were not sent. "
                            + e.problem().why());
                }
            }
        }

        // ---- resolve

        private boolean sendsAState() {
            return switch (operation.kind()) {
                case PLAN, APPLY, DEPLOY, UPGRADE -> true;
                case ROLLBACK -> operation.app() != null;
                case RECONCILE, GC, BACKUP, RESTORE, RESTORE_COPY, RESTORE_TEST, VERIFY -> false;
            };
        }

        /** Pins every moving ref and fixes the state that will be sent. */
        private String resolve() throws Stopped {
            if (unread) {
                // On top of what was before, the change before would silently be undone.
                read();
            }
            Changes changes = operation.kind() == Operation.Kind.ROLLBACK ? earlier() : pinned();
            fixed = changes;
            return fix(changes);
        }

        /** What the box gets, from here on whatever happens: the changes on top of what is in force. */
        private String fix(Changes changes) {
            // The commit first: of a newer state with an older commit the box says so, the other way round it could
            // not.
            sentBase = desired.inForceAt(name).orElse(null);
            String text = desired.render(desired.with(name, changes)).text();
            table.fixState(id(), text, sentBase);
            return text;
        }

        private Changes pinned() throws Stopped {
            Changes changes = withReviewedPins(order.changes());
            for (Map.Entry<AppName, AppSpec> change : changes.put().entrySet()) {
                AppSpec spec = change.getValue();
                if (!spec.source().isPinned()) {
                    AppSpec resolved = spec.withSource(pin(change.getKey(), spec.source()));
                    changes = changes.with(change.getKey(), resolved);
                    if (operation.kind() != Operation.Kind.PLAN) {
                        desired.keepResolved(name, change.getKey(), resolved);
                    }
                }
            }
            return changes;
        }

        /** A branch may have moved since the review; what was reviewed is what is applied. */
        private Changes withReviewedPins(Changes changes) {
            if (order.expect() == null) {
                return changes;
            }
            Order review = table.reviewed(name, order.expect()).orElse(null);
            if (review == null || review.sentState() == null) {
                return changes;
            }
            Map<AppName, AppSpec> reviewed = desired.parse(review.sentState()).apps();
            Changes result = changes;
            for (Map.Entry<AppName, AppSpec> change : changes.put().entrySet()) {
                AppSpec resolved = reviewed.get(change.getKey());
                if (resolved != null
                        && change.getValue().equals(review.changes().put().get(change.getKey()))) {
                    result = result.with(change.getKey(), resolved);
                    desired.keepResolved(name, change.getKey(), resolved);
                }
            }
            return result;
        }

        // ---- an earlier version of one app

        private Changes earlier() throws Stopped {
            enter("resolve", clock.instant());
            AppVersions.Version wanted = wanted();
            // Where the next rollback goes on from.
            table.keepAsked(
                    id(),
                    order.asked().withDeployment(wanted.order().operation().id().value()));
            say(operation.app() + " goes back to what "
                    + wanted.order().operation().title() + " made of it at "
                    + TIME.format(wanted.order().operation().createdAt()) + " UTC.");
            return Changes.of(app(), wanted.spec());
        }

        /** Data that is put back, as far as it was asked for. The box may have been asked already: then it knows. */
        private List<Restore> restores() throws Stopped {
            if (operation.kind() != Operation.Kind.ROLLBACK
                    || operation.app() == null
                    || !order.asked().data()) {
                return List.of();
            }
            AppVersions.Version wanted = wanted();
            Snapshot snapshot = wanted.snapshotAmong(link.call(endpoint(), new HostCommand.ListSnapshots(app())))
                    .orElseThrow(() -> Problem.of(
                                    ProblemCode.SNAPSHOT_NOT_FOUND,
                                    app() + " was not rolled back.",
                                    "No copy of its data was taken when that version was replaced, or it has been deleted since.",
                                    "Roll back without data: the app then starts with the data it has now.")
                            .toException());
            return List.of(new Restore(app(), snapshot.id()));
        }

        private AppVersions.Version wanted() {
            return new AppVersions(table, desired, link, host, app())
                    .wanted(order.asked().deployment());
        }

        private AppName app() {
            return Objects.requireNonNull(operation.app());
        }

        private Source pin(AppName app, Source source) throws Stopped {
            enter("resolve", clock.instant());
            String wanted = source.ref() == null ? "the default branch" : source.ref();
            say("Looking up " + wanted + " of " + source.url() + " for " + app + ".");
            Inspection found = inspect(source);
            if (found.builder() == null && found.candidates().isEmpty()) {
                throw Problem.of(
                                ProblemCode.SOURCE_NOT_BUILDABLE,
                                app + " was not deployed.",
                                "Nothing that Croft can build was found at " + wanted + ": " + found.reason(),
                                "Add a flake.nix, an index.html, a pyproject.toml, requirements.txt or package.json to the repository.")
                        .toException();
            }
            say(app + " is at " + found.rev() + ".");
            return new Source(
                    source.type(),
                    source.url(),
                    source.ref() == null ? found.ref() : source.ref(),
                    found.rev(),
                    found.narHash());
        }

        private Inspection inspect(Source source) throws Stopped {
            boolean cut = false;
            for (int attempt = 1; ; attempt++) {
                requireNotCancelled();
                try (HostCall<Inspection> call =
                        link.open(endpoint(), new HostCommand.Inspect(source.url(), source.ref()), reply -> {})) {
                    current = call;
                    return resultOf(call.result());
                } catch (ProblemException e) {
                    requireNotCancelled();
                    cut |= e.problem().code() == ProblemCode.LINK_LOST;
                    // A box that is off is told at once; one that just answered may take a moment to answer again.
                    if (!cut || !LINK.contains(e.problem().code()) || attempt == RESOLVE_TRIES) {
                        throw e;
                    }
                    pause.await(pauseAfter(attempt));
                } finally {
                    current = null;
                }
                requireNotStopped();
            }
        }

        // ---- submit

        /** Hands the operation over. It may be repeated: the box runs an id once. */
        private void submit() throws Stopped {
            boolean mayHaveArrived = order.sent();
            int failures = 0;
            while (true) {
                if (!mayHaveArrived) {
                    requireNotCancelled();
                }
                table.markSent(id());
                try {
                    Acceptance acceptance = link.call(endpoint(), command());
                    log.debug("accepted {}", acceptance.operation());
                    table.markAccepted(id());
                    accepted = true;
                    clearProblem();
                    return;
                } catch (ProblemException e) {
                    Problem problem = e.problem();
                    if (problem.code() == ProblemCode.HOST_BUSY) {
                        // An id that it knows it would have accepted: it has not begun with this one.
                        mayHaveArrived = false;
                        waitForOthers(problem);
                        takeUp();
                    } else if (problem.code() == ProblemCode.STATE_CHANGED) {
                        mayHaveArrived = false;
                        // What cannot be read now ends this: sent once more, it would only be refused once more.
                        read();
                        buildOnThat();
                    } else if (LINK.contains(problem.code())
                            && (mayHaveArrived || CUT_MIDWAY.contains(problem.code()))) {
                        mayHaveArrived = true;
                        waitForLink(++failures, problem);
                    } else {
                        throw e;
                    }
                }
                requireNotStopped();
            }
        }

        /** What somebody else changed while this one waited is a part of what it builds on. When it cannot be read, the box still knows on what this one builds. */
        private void takeUp() throws Stopped {
            if (sendsAState()) {
                refresh();
                buildOnThat();
            }
        }

        private void buildOnThat() throws Stopped {
            String before = sentState;
            sentState = fixed == null ? resolve() : fix(fixed);
            if (!sentState.equals(before)) {
                say("The box was changed meanwhile; that stays as it is now.");
            }
        }

        private HostCommand<Acceptance> command() {
            String state = sentState == null ? "" : sentState;
            Asked asked = order.asked();
            return switch (operation.kind()) {
                case PLAN -> new HostCommand.Plan(id(), state, sentBase, order.author(), operation.title());
                case APPLY, DEPLOY -> apply(state);
                case UPGRADE ->
                    new HostCommand.Upgrade(id(), state, sentBase, order.author(), operation.title(), asked.confirm());
                case ROLLBACK ->
                    operation.app() == null
                            ? new HostCommand.RollBack(
                                    id(), order.generation(), order.author(), asked.data(), asked.confirm())
                            : apply(state);
                case RECONCILE -> {
                    Asked.Drift drift = Objects.requireNonNull(asked.reconcile());
                    yield new HostCommand.Reconcile(
                            id(), drift.what(), drift.action(), order.author(), asked.confirm());
                }
                case GC -> {
                    Asked.Garbage garbage = Objects.requireNonNull(asked.garbage());
                    yield new HostCommand.CollectGarbage(
                            id(),
                            garbage.digest(),
                            garbage.deleteGenerations(),
                            garbage.keepGenerations(),
                            order.author());
                }
                case BACKUP -> new HostCommand.RunBackup(id(), backup().target(), order.author());
                case RESTORE -> backup().target() == null ? undoRestore() : restore(RestoreMode.SWAP);
                case RESTORE_COPY -> restore(RestoreMode.SIDE);
                case RESTORE_TEST -> new HostCommand.TestRestore(id(), target(), order.author());
                case VERIFY -> new HostCommand.Verify(id(), operation.app(), order.author());
            };
        }

        private HostCommand<Acceptance> restore(RestoreMode mode) {
            return operation.app() == null
                    ? new HostCommand.RestoreMail(
                            id(), target(), snapshot(), mode, backup().mailboxes(), order.author())
                    : new HostCommand.RestoreBackup(id(), target(), snapshot(), app(), mode, order.author());
        }

        private HostCommand<Acceptance> undoRestore() {
            return operation.app() == null
                    ? new HostCommand.UndoMailRestore(id(), snapshot(), order.author())
                    : new HostCommand.UndoRestore(id(), app(), snapshot(), order.author());
        }

        private Asked.Backup backup() {
            return Objects.requireNonNull(order.asked().backup());
        }

        private String snapshot() {
            return Objects.requireNonNull(backup().snapshot());
        }

        private String target() {
            return Objects.requireNonNull(backup().target());
        }

        private HostCommand<Acceptance> apply(String state) {
            return new HostCommand.Apply(
                    id(),
                    state,
                    sentBase,
                    order.author(),
                    operation.title(),
                    order.expect(),
                    order.asked().confirm(),
                    restore);
        }

        private void waitForOthers(Problem busy) {
            if (operation.problem() == null) {
                say("The box is busy with a change that somebody else started; waiting for its end.");
            }
            if (!busy.equals(operation.problem())) {
                save(operation.withProblem(busy));
            }
            pause.await(properties.busyPause());
        }

        // ---- follow

        private void follow() throws Stopped {
            int failures = 0;
            boolean ask = operation.state() != OperationState.RUNNING || order.accepted();
            while (true) {
                try {
                    if (ask) {
                        ask = false;
                        found(report());
                        failures = 0;
                    }
                    passOnCancel();
                    OperationReport report = followOnce();
                    if (!isOpen(report)) {
                        ended(report);
                        return;
                    }
                } catch (ProblemException e) {
                    requireNotStopped();
                    // The box has it: whatever goes wrong with listening, only the box says how it ends.
                    Problem problem = e.problem();
                    if (problem.code() == ProblemCode.NOT_FOUND) {
                        died("The box does not know this operation any more.");
                        return;
                    }
                    ask = true;
                    waitForLink(++failures, problem);
                }
                requireNotStopped();
            }
        }

        private static boolean isOpen(OperationReport report) {
            return "RUNNING".equals(report.state()) || AWAITING.equals(report.state());
        }

        /** What the box says of this operation right now; NOT_FOUND when it does not know it. */
        private OperationReport report() {
            return link.call(endpoint(), new HostCommand.ListOperations(id())).stream()
                    .filter(report -> report.operation().equals(id()))
                    .findFirst()
                    .orElseThrow(
                            () -> Problem.of(ProblemCode.NOT_FOUND, "", "", "").toException());
        }

        /** Somebody cancelled while the box could not be told. */
        private void passOnCancel() {
            if (table.isCancelAsked(id()) && !cancelPassedOn) {
                link.call(endpoint(), new HostCommand.Cancel(id()));
                cancelPassedOn = true;
            }
        }

        private OperationReport followOnce() throws Stopped {
            BlockingQueue<HostReply> arrived = new LinkedBlockingQueue<>(ARRIVED_MOST);
            AtomicBoolean abandoned = new AtomicBoolean();
            try (HostCall<OperationReport> call = link.open(
                    endpoint(), new HostCommand.Follow(id(), cursor), reply -> put(arrived, reply, abandoned))) {
                current = call;
                CompletableFuture<OperationReport> result = call.result();
                // Every reply is in the queue by then; the mark behind them spares a wait for more.
                result.whenCompleteAsync((report, failure) -> put(arrived, END, abandoned), Thread::startVirtualThread);
                while (true) {
                    List<HostReply> batch = gather(arrived);
                    boolean ended = !batch.isEmpty() && batch.getLast() == END;
                    keep(ended ? batch.subList(0, batch.size() - 1) : batch);
                    if (ended) {
                        return resultOf(result);
                    }
                    requireNotStopped();
                }
            } finally {
                abandoned.set(true);
                current = null;
            }
        }

        private void keep(List<HostReply> batch) {
            if (batch.isEmpty()) {
                return;
            }
            boolean look = false;
            sequence = store.append(id(), sequence, batch);
            for (HostReply reply : batch) {
                String own = switch (reply) {
                    case HostReply.Line line -> {
                        // While it waits nothing is said but the time: this is how it goes on, or goes back.
                        look |= operation.state() == OperationState.AWAITING_CONFIRM;
                        yield line.cursor();
                    }
                    case HostReply.Progress progress -> {
                        enter(progress.phase(), progress.time());
                        look |= CONFIRM.equals(progress.phase())
                                != (operation.state() == OperationState.AWAITING_CONFIRM);
                        yield progress.cursor();
                    }
                    case HostReply.Step step -> step.cursor();
                    case HostReply.Accepted unused -> "";
                    case HostReply.Chunk unused -> "";
                    case HostReply.Skipped unused -> "";
                    case Measurement unused -> "";
                    case UnitStates unused -> "";
                };
                if (!own.isEmpty()) {
                    cursor = own;
                }
            }
            if (look) {
                found(report());
            }
        }

        private void waitForLink(int failures, Problem problem) {
            log.warn("Lost sight of operation {} ({} times): {} {}", id(), failures, problem.code(), problem.why());
            if (failures >= properties.lostAfter() && operation.state() != OperationState.LOST) {
                save(operation.to(OperationState.LOST, clock.instant()).withProblem(problem));
            }
            pause.await(pauseAfter(failures));
        }

        private Duration pauseAfter(int failures) {
            long doubled = properties.reattachFirst().toMillis() << Math.min(failures - 1, 10);
            return Duration.ofMillis(Math.min(doubled, properties.reattachMost().toMillis()));
        }

        /** Makes the row say what the box says, short of the end: that comes after the last line. */
        private void found(OperationReport report) {
            if (AWAITING.equals(report.state()) && report.confirm() != null) {
                Instant now = clock.instant();
                table.markConfirmSeen(id(), now);
                enter(CONFIRM, now);
                Waiting waiting = report.confirm();
                // By this clock: that of the box may be set otherwise, and only the time left is sure.
                Instant until = now.plusSeconds(waiting.secondsLeft());
                save(operation
                        .waiting(new Operation.Waiting(until, waiting.level(), waiting.reasons()), now)
                        .withProblem(null));
            } else if (operation.state() == OperationState.LOST
                    || operation.state() == OperationState.AWAITING_CONFIRM) {
                save(operation.to(OperationState.RUNNING, clock.instant()).withProblem(null));
            }
        }

        private void clearProblem() {
            if (operation.state() == OperationState.LOST) {
                save(operation.to(OperationState.RUNNING, clock.instant()).withProblem(null));
            } else if (operation.problem() != null) {
                save(operation.withProblem(null));
            }
        }

        // ---- end

        private void ended(OperationReport report) {
            // What the box began by itself it may have ended long before this console heard of it.
            if (report.automatic() && report.finishedAt() != null) {
                endedAt = report.finishedAt().truncatedTo(ChronoUnit.MICROS);
            }
            switch (report.state()) {
                case "SUCCEEDED" -> finish(OperationState.SUCCEEDED, null, report.result());
                case "ROLLED_BACK" -> finish(OperationState.ROLLED_BACK, report.problem(), report.result());
                case "CANCELLED" -> finish(OperationState.CANCELLED, report.problem(), report.result());
                case "FAILED" ->
                    finish(
                            OperationState.FAILED,
                            report.problem() == null
                                    ? internal("The box reported a failure without a reason.")
                                    : report.problem(),
                            report.result());
                default -> died("The box reported the state " + report.state() + ".");
            }
        }

        private void died(String why) {
            if (operation.state() != OperationState.LOST) {
                save(operation.to(OperationState.LOST, clock.instant()));
            }
            finish(
                    OperationState.FAILED,
                    Problem.of(
                            ProblemCode.OPERATION_DIED,
                            operation.title() + ": the end is not known.",
                            why,
                            "Look at Host → Generations for what runs now, then repeat the operation."),
                    Map.of());
        }

        void failed(Problem problem) {
            OperationState end =
                    problem.code() == ProblemCode.CANCELLED ? OperationState.CANCELLED : OperationState.FAILED;
            finish(end, problem, Map.of());
        }

        private void finish(OperationState state, @Nullable Problem problem, Map<String, Object> result) {
            if (operation.kind() != Operation.Kind.PLAN && !operation.kind().isBeside() && accepted) {
                // Before the row says that it is over, so that who reacts to that reads what is in force now.
                refresh();
            }
            end(operation, state, problem, result, endedAt == null ? clock.instant() : endedAt);
        }

        private void read() {
            desired.refresh(name);
            unread = false;
        }

        private void refresh() {
            try {
                read();
            } catch (ProblemException e) {
                unread = true;
                log.warn("The state of {} was not read after operation {}: {}", name, id(), e.getMessage());
            }
        }

        // ---- small things

        /** @param since by the clock of whoever is in that phase, so that a phase that is read later is as long as it was */
        private void enter(String phase, Instant since) {
            if (!phase.equals(operation.phase())) {
                save(operation.inPhase(phase, since));
            }
        }

        private void save(Operation next) {
            OperationState from = operation.state();
            operation = next;
            store.save(next, from);
        }

        private void say(String text) {
            sequence = store.append(
                    id(), sequence, List.of(new HostReply.Line("", clock.instant(), 6, null, "op", null, text)));
        }

        private void requireNotCancelled() throws Stopped {
            requireNotStopped();
            if (table.isCancelAsked(id())) {
                throw cancelled(operation).toException();
            }
        }
    }

    static Problem cancelled(Operation operation) {
        return Problem.of(
                ProblemCode.CANCELLED,
                operation.title() + " was cancelled.",
                "Somebody cancelled it before the box had begun.",
                "Nothing was changed; start it again when you want it.");
    }

    private void end(
            Operation operation,
            OperationState state,
            @Nullable Problem problem,
            Map<String, Object> result,
            Instant when) {
        Integer generation = result.get("generation") instanceof Number number ? number.intValue() : null;
        store.save(operation.to(state, when).withProblem(problem).withResult(generation, result), operation.state());
    }

    private void requireNotStopped() throws Stopped {
        if (pause.isStopped()) {
            throw new Stopped();
        }
    }

    /** Waits for a first reply, then a little for more. */
    private List<HostReply> gather(BlockingQueue<HostReply> arrived) {
        List<HostReply> batch = new ArrayList<>();
        try {
            long flush = properties.flush().toNanos();
            HostReply first = arrived.poll(flush, TimeUnit.NANOSECONDS);
            if (first == null) {
                return batch;
            }
            batch.add(first);
            long end = System.nanoTime() + flush;
            while (batch.size() < BATCH && batch.getLast() != END) {
                HostReply next = arrived.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (next == null) {
                    break;
                }
                batch.add(next);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return batch;
    }

    /** Makes the box wait, not the memory grow, when lines come faster than they can be written. */
    private static void put(BlockingQueue<HostReply> arrived, HostReply reply, AtomicBoolean abandoned) {
        try {
            while (!abandoned.get() && !arrived.offer(reply, 1, TimeUnit.SECONDS)) {
                log.debug("Lines come faster than they can be kept");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static <R> R resultOf(CompletableFuture<R> result) {
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ProblemException problem) {
                throw problem;
            }
            throw e;
        } catch (java.util.concurrent.CancellationException e) {
            throw Problem.of(
                            ProblemCode.LINK_LOST,
                            "The box was not heard to the end.",
                            "The exchange was ended.",
                            "Croft tries again by itself.")
                    .toException();
        }
    }

    private static Problem internal(String why) {
        return Problem.of(
                ProblemCode.INTERNAL, "The operation was not carried out.", why, "Report it with the console's log.");
    }
}
