package dev.croft.operations.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.access.Operator;
import dev.croft.access.OperatorPath;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Source;
import dev.croft.desired.Changes;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Author;
import dev.croft.hostlink.HostCommand.DriftedThing;
import dev.croft.hostlink.HostCommand.Reconciliation;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.OperationIds;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.Subscription;
import dev.croft.operations.Operation;
import dev.croft.operations.Operation.Kind;
import dev.croft.operations.OperationEvent;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** The use cases: they write rows; the workers do the rest. */
@Service
class QueuedOperations implements Operations {

    private static final Changes NONE = new Changes(null, new TreeMap<>(), new TreeSet<>());
    private static final int LIST_MOST = 500;

    private final Hosts hosts;
    private final HostLink link;
    private final DesiredStates desired;
    private final CurrentOperator current;
    private final OperationTable table;
    private final OperationStore store;
    private final OperationHub hub;
    private final OperationWorkers workers;
    private final OperationsProperties properties;
    private final OperationIds ids;
    private final ApplicationEventPublisher events;
    private final Clock clock;

    QueuedOperations(
            Hosts hosts,
            HostLink link,
            DesiredStates desired,
            CurrentOperator current,
            OperationTable table,
            OperationStore store,
            OperationHub hub,
            OperationWorkers workers,
            OperationsProperties properties,
            OperationIds ids,
            ApplicationEventPublisher events,
            Clock clock) {
        this.hosts = hosts;
        this.link = link;
        this.desired = desired;
        this.current = current;
        this.table = table;
        this.store = store;
        this.hub = hub;
        this.workers = workers;
        this.properties = properties;
        this.ids = ids;
        this.events = events;
        this.clock = clock;
    }

    @Override
    @Transactional
    public Operation plan(HostName host) {
        return queue(Kind.PLAN, host, null, "Review the changes", desired.changes(host), null, null);
    }

    @Override
    @Transactional
    public Operation apply(HostName host, Apply request) {
        String expect = request.expect();
        if (expect != null && (expect.length() > 255 || !expect.startsWith("/nix/store/"))) {
            throw invalid("expect: it is the store path that the review showed.");
        }
        Changes changes = desired.changes(host);
        int count = changes.put().size() + changes.remove().size();
        String title = switch (count) {
            case 0 -> "Apply the state again";
            case 1 ->
                changes.put().isEmpty()
                        ? "Remove " + changes.remove().first()
                        : "Apply " + changes.put().firstKey();
            default -> "Apply " + count + " changes";
        };
        return queue(Kind.APPLY, host, null, title, changes, expect, null);
    }

    @Override
    @Transactional
    public Operation deploy(HostName host, AppName app, @Nullable String ref) {
        AppSpec spec = desired.changes(host).put().get(app);
        if (spec == null && !desired.changes(host).remove().contains(app)) {
            spec = desired.inForce(host).map(state -> state.apps().get(app)).orElse(null);
        }
        if (spec == null) {
            throw Problem.of(
                            ProblemCode.NOT_FOUND,
                            "Nothing was deployed.",
                            host + " has no app named \"" + app + "\", and there is no draft of one.",
                            "Create the app first.")
                    .toException();
        }
        Source source = spec.source();
        String wanted = ref == null ? source.ref() : ref;
        // A branch moves: it is looked up anew with every deployment. Only a bare revision is taken as it is.
        AppSpec asked = wanted == null && source.isPinned()
                ? spec
                : spec.withSource(new Source(source.type(), source.url(), wanted, null, null))
                        .validated();
        return queue(Kind.DEPLOY, host, app, "Deploy " + app, Changes.of(app, asked), null, null);
    }

    @Override
    @Transactional
    public Operation rollBack(HostName host, RollBack request) {
        Integer generation = request.generation();
        if (generation != null && generation < 1) {
            throw invalid("generation: generations are numbered from 1.");
        }
        String title =
                generation == null ? "Roll back to the generation before" : "Roll back to generation " + generation;
        return queue(Kind.ROLLBACK, host, null, title, NONE, null, generation);
    }

    private Operation queue(
            Kind kind,
            HostName host,
            @Nullable AppName app,
            String title,
            Changes changes,
            @Nullable String expect,
            @Nullable Integer generation) {
        requireHost(host);
        if (table.waiting(host) >= properties.queue()) {
            throw Problem.of(
                            ProblemCode.HOST_BUSY,
                            "Nothing was queued.",
                            properties.queue() + " operations are already waiting for " + host + ".",
                            "Wait for some of them, or cancel them on the Activity page.")
                    .toException();
        }
        Operator operator = current.get();
        Operation operation = new Operation(
                ids.next(),
                kind,
                host,
                app,
                title,
                OperationState.QUEUED,
                null,
                operator.name(),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                null,
                null,
                null,
                null,
                Map.of(),
                null,
                List.of());
        table.insert(new Order(
                operation,
                new Author(operator.name(), operator.email()),
                changes,
                expect,
                generation,
                null,
                false,
                false,
                false,
                null,
                0));
        events.publishEvent(new OperationQueued(operation));
        return operation;
    }

    @Override
    public boolean startedHere(OperationId id) {
        return get(id).requestedBy().equals(current.get().name());
    }

    @Override
    public Operation cancel(OperationId id) {
        Operation operation = get(id);
        if (operation.state() == OperationState.QUEUED) {
            Operation cancelled = operation
                    .to(OperationState.CANCELLED, clock.instant())
                    .withProblem(HostWorker.cancelled(operation));
            if (store.save(cancelled, OperationState.QUEUED)) {
                return cancelled;
            }
            operation = get(id);
        }
        if (operation.state().isFinal()) {
            return operation;
        }
        table.askToCancel(id);
        if (table.isAccepted(id)) {
            link.call(hosts.get(operation.host()).endpoint(), new HostCommand.Cancel(id));
        } else {
            workers.interruptResolve(operation.host());
        }
        return get(id);
    }

    @Override
    public Operation get(OperationId id) {
        return table.find(id)
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_FOUND,
                                "The operation was not found.",
                                "This console has no operation " + id + ".",
                                "Choose one of the Activity page.")
                        .toException());
    }

    @Override
    public List<Operation> list(@Nullable HostName host, @Nullable AppName app, int limit) {
        return list(host, app, null, limit);
    }

    @Override
    public List<Operation> list(
            @Nullable HostName host, @Nullable AppName app, @Nullable OperationId before, int limit) {
        if (limit < 1 || limit > LIST_MOST) {
            throw invalid("limit: it lies between 1 and " + LIST_MOST + ".");
        }
        return table.list(host, app, before, limit);
    }

    @Override
    public Optional<Operation> current(HostName host) {
        return table.next(host).map(Order::operation);
    }

    @Override
    public Subscription follow(OperationId id, long afterSequence, Consumer<OperationEvent> listener) {
        get(id);
        return hub.follow(id, afterSequence, listener);
    }

    @Override
    public Subscription watch(@Nullable HostName host, Consumer<Operation> listener) {
        return hub.watch(host, listener);
    }

    @Override
    public Operation remove(HostName host, AppName app) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Operation rollBackApp(HostName host, AppName app, @Nullable OperationId deployment, boolean data) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Operation collectGarbage(
            HostName host, String planDigest, List<Integer> deleteGenerations, @Nullable Integer keepGenerations) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Operation reconcile(HostName host, DriftedThing what, Reconciliation action) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Operation confirm(OperationId id, OperatorPath path) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Map<String, Double> usualSeconds(Kind kind, HostName host, @Nullable AppName app) {
        return Map.of();
    }

    private void requireHost(HostName host) {
        if (hosts.find(host).isEmpty()) {
            throw Problem.of(
                            ProblemCode.NOT_FOUND,
                            "The host was not found.",
                            "This console has no host named \"" + host + "\".",
                            "Choose one of the Host page, or add it there.")
                    .toException();
        }
    }

    private static ProblemException invalid(String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, "Nothing was done.", why, "Correct it and try again.")
                .toException();
    }
}
