package dev.croft.operations.internal;

import dev.croft.access.CurrentOperator;
import dev.croft.access.OperationScopes;
import dev.croft.access.Operator;
import dev.croft.access.OperatorPath;
import dev.croft.access.OperatorPaths;
import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Sight;
import dev.croft.desired.AppSpec;
import dev.croft.desired.AppSpec.Source;
import dev.croft.desired.Changes;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.Edit;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.desired.HostState.Mailbox;
import dev.croft.desired.HostState.Mysql;
import dev.croft.desired.HostState.Postgresql;
import dev.croft.desired.HostState.Services;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Author;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.DriftedThing;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.OperationReport;
import dev.croft.hostlink.HostCommand.Reconciliation;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.OperationIds;
import dev.croft.kernel.OwnAddresses;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.Subscription;
import dev.croft.operations.Operation;
import dev.croft.operations.Operation.Kind;
import dev.croft.operations.OperationEvent;
import dev.croft.operations.OperationQueued;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.operations.internal.OperationTable.Confirmable;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** The use cases: they write rows; the workers do the rest. */
@Service
class QueuedOperations implements Operations, OperationScopes {

    private static final Changes NONE = new Changes(null, new TreeMap<>(), new TreeSet<>());
    /** As whom a box does what nobody asked for. */
    private static final Author ITSELF = new Author("Croft", "croft@localhost");

    private static final String GC_TITLE = "Free disk space";
    /** How many backups and restore tests are looked through for the newest of each place. */
    private static final int BACKUPS_MOST = 100;

    private static final int LIST_MOST = 500;
    private static final int WITHIN_LEAST = 15;
    private static final int WITHIN_MOST = 600;
    /** How many earlier operations an estimate is made from. */
    private static final int LIKE = 20;

    private static final Pattern SNAPSHOT = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern ON_THE_BOX = Pattern.compile("[0-9a-z]{26}");
    private static final int MAILBOXES_MOST = 1000;

    private final Hosts hosts;
    private final HostLink link;
    private final DesiredStates desired;
    private final CurrentOperator current;
    private final OperatorPaths paths;
    private final OperationTable table;
    private final PhaseTable phases;
    private final OperationStore store;
    private final OperationHub hub;
    private final OperationWorkers workers;
    private final OperationsProperties properties;
    private final OperationIds ids;
    private final ApplicationEventPublisher events;
    private final TransactionTemplate transaction;
    private final Clock clock;
    private final Sight sight;

    QueuedOperations(
            Hosts hosts,
            HostLink link,
            DesiredStates desired,
            CurrentOperator current,
            OperatorPaths paths,
            OperationTable table,
            PhaseTable phases,
            OperationStore store,
            OperationHub hub,
            OperationWorkers workers,
            OperationsProperties properties,
            OperationIds ids,
            ApplicationEventPublisher events,
            TransactionTemplate transaction,
            Clock clock,
            Sight sight) {
        this.sight = sight;
        this.hosts = hosts;
        this.link = link;
        this.desired = desired;
        this.current = current;
        this.paths = paths;
        this.table = table;
        this.phases = phases;
        this.store = store;
        this.hub = hub;
        this.workers = workers;
        this.properties = properties;
        this.ids = ids;
        this.events = events;
        this.transaction = transaction;
        this.clock = clock;
    }

    @Override
    @Transactional
    public Operation plan(HostName host) {
        Changes changes = desired.changes(host);
        requireMayChange(host, changes, "Nothing was reviewed.");
        return queue(Request.of(Kind.PLAN, "Review the changes").on(host).with(changes));
    }

    @Override
    @Transactional
    public Operation apply(HostName host, Apply request) {
        String expect = request.expect();
        if (expect != null && (expect.length() > 255 || !expect.startsWith("/nix/store/"))) {
            throw invalid("expect: it is the store path that the review showed.");
        }
        requireWithin(request.confirm());
        Changes drafts = desired.changes(host);
        AppName only = request.only();
        Changes changes = only == null ? drafts : of(only, drafts, host);
        requireMayApply(host, changes);
        return queue(Request.of(Kind.APPLY, title(changes))
                .on(host)
                .about(only)
                .with(changes)
                .expecting(expect)
                .asking(Asked.to(request.confirm())));
    }

    /** Who may not make an edit may not bring it to the box either, whoever made it. */
    private void requireMayApply(HostName host, Changes changes) {
        requireMayChange(host, changes, "Nothing was applied.");
        if (changes.host() == null || current.get().may(Role.ADMIN, Scope.of(host))) {
            return;
        }
        String edits = desired.edits(host).stream()
                .filter(edit -> edit.app() == null)
                .map(Edit::words)
                .collect(Collectors.joining("; "));
        throw Problem.of(
                        ProblemCode.NOT_ALLOWED,
                        "Nothing was applied.",
                        "The settings of " + host
                                + " are among the changes, and only an administrator may apply those: " + edits + ".",
                        "Ask an administrator, or deploy the apps one by one.")
                .toException();
    }

    /** Who holds some apps only may bring those to the box, and nothing else along with them. */
    private void requireMayChange(HostName host, Changes changes, String what) {
        Operator operator = current.get();
        if (operator.may(Role.OPERATOR, Scope.of(host))) {
            return;
        }
        boolean mine = changes.host() == null
                && !changes.isEmpty()
                && Stream.concat(changes.put().keySet().stream(), changes.remove().stream())
                        .allMatch(app -> operator.may(Role.OPERATOR, Scope.of(host, app)));
        if (!mine) {
            throw Problem.of(
                            ProblemCode.NOT_ALLOWED,
                            what,
                            "Among the changes of the box are some that you may not make, or there are none.",
                            "Deploy your apps one by one, or ask an administrator.")
                    .toException();
        }
    }

    private static String title(Changes changes) {
        int count = changes.put().size() + changes.remove().size() + (changes.host() == null ? 0 : 1);
        if (count != 1) {
            return count == 0 ? "Apply the state again" : "Apply " + count + " changes";
        }
        if (changes.host() != null) {
            return "Change the settings of the box";
        }
        return changes.put().isEmpty()
                ? "Remove " + changes.remove().first()
                : "Apply " + changes.put().firstKey();
    }

    private static Changes of(AppName app, Changes drafts, HostName host) {
        AppSpec put = drafts.put().get(app);
        if (put != null) {
            return Changes.of(app, put);
        }
        if (drafts.remove().contains(app)) {
            return removal(app);
        }
        throw Problem.of(
                        ProblemCode.NOT_FOUND,
                        "Nothing was applied.",
                        "There is no draft of an app named \"" + app + "\" on " + host + ".",
                        "Edit the app first, or apply all drafts.")
                .toException();
    }

    private static Changes removal(AppName app) {
        return new Changes(null, new TreeMap<>(), new TreeSet<>(List.of(app)));
    }

    @Override
    @Transactional
    public Operation remove(HostName host, AppName app) {
        requireHost(host);
        boolean there = desired.inForce(host)
                .map(state -> state.apps().containsKey(app))
                .orElse(false);
        if (!there) {
            throw Problem.of(
                            ProblemCode.NOT_FOUND,
                            "Nothing was removed.",
                            host + " has no app named \"" + app + "\".",
                            "If there is a draft of it, discard the draft.")
                    .toException();
        }
        return queue(Request.of(Kind.APPLY, "Remove " + app).on(host).about(app).with(removal(app)));
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
        return queue(
                Request.of(Kind.DEPLOY, "Deploy " + app).on(host).about(app).with(Changes.of(app, asked)));
    }

    @Override
    @Transactional
    public Operation rollBack(HostName host, RollBack request) {
        Integer generation = request.generation();
        if (generation != null && generation < 1) {
            throw invalid("generation: generations are numbered from 1.");
        }
        requireWithin(request.confirm());
        String title =
                generation == null ? "Roll back to the generation before" : "Roll back to generation " + generation;
        return queue(Request.of(Kind.ROLLBACK, title)
                .on(host)
                .to(generation)
                .asking(Asked.to(request.confirm()).withData(request.data())));
    }

    @Override
    @Transactional
    public Operation rollBackApp(HostName host, AppName app, @Nullable OperationId deployment, AppData data) {
        requireHost(host);
        if (deployment != null) {
            boolean usable = table.find(deployment)
                    .filter(found -> found.host().equals(host) && found.state() == OperationState.SUCCEEDED)
                    .isPresent();
            if (!usable) {
                throw Problem.of(
                                ProblemCode.NOT_FOUND,
                                app + " was not rolled back.",
                                host + " has no successful deployment " + deployment + ".",
                                "Choose one of the app's deployments.")
                        .toException();
            }
        }
        return queue(Request.of(Kind.ROLLBACK, "Roll back " + app)
                .on(host)
                .about(app)
                .asking(Asked.NOTHING_MORE
                        .withData(data.data())
                        .withDeployment(deployment == null ? null : deployment.value())));
    }

    @Override
    @Transactional
    public Operation collectGarbage(
            HostName host, String planDigest, List<Integer> deleteGenerations, @Nullable Integer keepGenerations) {
        return queue(Request.of(Kind.GC, GC_TITLE)
                .on(host)
                .asking(Asked.NOTHING_MORE.withGarbage(planDigest, List.copyOf(deleteGenerations), keepGenerations)));
    }

    @Override
    @Transactional
    public Operation reconcile(HostName host, DriftedThing what, Reconciliation action) {
        String title = switch (what) {
            case FLAKE ->
                action == Reconciliation.ADOPT
                        ? "Adopt the edits of the box's flake"
                        : "Set the edits of the box's flake aside";
            case SYSTEM ->
                action == Reconciliation.ADOPT ? "Adopt the running system" : "Return to the configured system";
        };
        return queue(Request.of(Kind.RECONCILE, title).on(host).asking(Asked.NOTHING_MORE.withDrift(what, action)));
    }

    @Override
    @Transactional
    public Operation upgrade(HostName host, Engine engine, int major, Confirming confirm) {
        requireWithin(confirm);
        requireHost(host);
        HostSettings settings = desired.inForce(host)
                .orElseThrow(() -> Problem.of(
                                ProblemCode.HOST_UNREACHABLE,
                                "No upgrade was started.",
                                "The settings of " + host + " in force are not known, because it has not answered yet.",
                                "Wait until the box answers, then try again.")
                        .toException())
                .host();
        Services services = settings.services();
        Raised raised = switch (engine) {
            case POSTGRESQL -> raised(services, services.postgresql(), major);
            case MYSQL -> raised(services, services.mysql(), major);
        };
        if (desired.changes(host).host() != null) {
            throw Problem.of(
                            ProblemCode.CONFLICT,
                            "No upgrade was started.",
                            "There is a draft of the box's settings, and an upgrade changes them.",
                            "Apply or discard that draft, then upgrade.")
                    .toException();
        }
        HostSettings wanted = settings.withServices(raised.services()).validated();
        return queue(Request.of(Kind.UPGRADE, raised.title())
                .on(host)
                .with(new Changes(wanted, new TreeMap<>(), new TreeSet<>()))
                .asking(Asked.to(confirm)));
    }

    private record Raised(Services services, String title) {}

    private static Raised raised(Services services, @Nullable Postgresql running, int major) {
        if (running == null) {
            throw noUpgrade("the box has no PostgreSQL.");
        }
        if (major <= running.major()) {
            throw noUpgrade("PostgreSQL is at " + running.major() + " already; an upgrade goes up only.");
        }
        return new Raised(
                services.withPostgresql(new Postgresql(major, running.settings(), running.limits())),
                "Upgrade PostgreSQL " + running.major() + " to " + major);
    }

    /** Without a version in the state only the box knows which one it runs, and refuses an older one. */
    private static Raised raised(Services services, @Nullable Mysql running, int major) {
        if (running == null) {
            throw noUpgrade("the box has no MariaDB.");
        }
        String version = Engine.MYSQL.version(major);
        if (running.version() != null && major <= Engine.MYSQL.major(running.version())) {
            throw noUpgrade("MariaDB is at " + running.version() + " already; an upgrade goes up only.");
        }
        return new Raised(
                services.withMysql(new Mysql(version, running.settings(), running.limits())),
                running.version() == null
                        ? "Bring MariaDB to its own version " + version
                        : "Upgrade MariaDB " + running.version() + " to " + version);
    }

    private static ProblemException noUpgrade(String why) {
        return Problem.of(
                        ProblemCode.INVALID_INPUT,
                        "No upgrade was started.",
                        "major: " + why,
                        "Name a higher major version.")
                .toException();
    }

    @Override
    @Transactional
    public Operation backUp(HostName host, @Nullable String target) {
        if (target != null) {
            requireTarget(host, target);
        }
        return queue(Request.of(Kind.BACKUP, backupTitle(target))
                .on(host)
                .asking(Asked.NOTHING_MORE.withBackup(target, null)));
    }

    @Override
    @Transactional
    public Operation restoreCopy(HostName host, KeptBackup backup) {
        return restore(host, backup, Kind.RESTORE_COPY, "Restore a copy of " + backup.owner());
    }

    @Override
    @Transactional
    public Operation restore(HostName host, KeptBackup backup) {
        return restore(host, backup, Kind.RESTORE, "Restore " + backup.owner());
    }

    @Override
    @Transactional
    public Operation undoRestore(HostName host, @Nullable AppName app, String snapshot) {
        if (!ON_THE_BOX.matcher(snapshot).matches()) {
            throw invalid("snapshot: it is the name of a copy on the box, 26 characters.");
        }
        return queue(Request.of(Kind.RESTORE, "Undo the restore of " + KeptBackup.owner(app))
                .on(host)
                .about(app)
                .asking(Asked.NOTHING_MORE.withBackup(null, snapshot)));
    }

    private Operation restore(HostName host, KeptBackup backup, Kind kind, String title) {
        requireTarget(host, backup.target());
        if (!SNAPSHOT.matcher(backup.snapshot()).matches()) {
            throw invalid("snapshot: it is the id of a backup, 64 hexadecimal digits.");
        }
        List<String> mailboxes = backup.mailboxes();
        if (mailboxes.size() > MAILBOXES_MOST || !mailboxes.stream().allMatch(Mailbox::isAddress)) {
            throw invalid("mailboxes: they are up to " + MAILBOXES_MOST + " addresses of mailboxes, in lower case.");
        }
        if (backup.app() != null && !mailboxes.isEmpty()) {
            throw invalid("mailboxes: an app has none.");
        }
        return queue(Request.of(kind, title)
                .on(host)
                .about(backup.app())
                .asking(Asked.NOTHING_MORE.withBackup(backup.target(), backup.snapshot(), mailboxes)));
    }

    @Override
    @Transactional
    public Operation testRestore(HostName host, String target) {
        requireTarget(host, target);
        return queue(Request.of(Kind.RESTORE_TEST, testTitle(target))
                .on(host)
                .asking(Asked.NOTHING_MORE.withBackup(target, null)));
    }

    @Override
    @Transactional
    public Operation verify(HostName host, @Nullable AppName app) {
        return queue(Request.of(Kind.VERIFY, app == null ? "Verify what the box runs" : "Verify " + app)
                .on(host)
                .about(app)
                .asking(Asked.NOTHING_MORE));
    }

    @Override
    public Optional<Operation> lastVerified(HostName host, @Nullable AppName app) {
        return table.lastLike(Kind.VERIFY, host, app, 1).stream().findFirst().flatMap(table::find);
    }

    private static String backupTitle(@Nullable String target) {
        return target == null ? "Back up" : "Back up to " + target;
    }

    private static String testTitle(String target) {
        return "Test what " + target + " has";
    }

    // ---- what the box did by itself

    @Override
    public void takeIn(HostName host) {
        Host box = hosts.find(host).orElse(null);
        if (box == null) {
            return; // it is known no more
        }
        List<OperationReport> found = link.call(box.endpoint(), new HostCommand.ListAutomatic());
        for (OperationReport report : found.reversed()) {
            if (table.find(report.operation()).isEmpty()) {
                takeIn(host, report);
            }
        }
    }

    /** As a row that the box has accepted: the worker reads its account and its end there, as of any other. */
    private void takeIn(HostName host, OperationReport report) {
        String target = report.target();
        Kind kind;
        String title;
        switch (report.kind()) {
            case "backup" -> {
                kind = Kind.BACKUP;
                title = backupTitle(target);
            }
            case "restore-test" -> {
                kind = Kind.RESTORE_TEST;
                title = testTitle(target == null ? "it" : target);
            }
            case "gc" -> {
                kind = Kind.GC;
                title = GC_TITLE;
            }
            default -> {
                return; // of a newer box
            }
        }
        Instant started =
                (report.startedAt() == null ? clock.instant() : report.startedAt()).truncatedTo(ChronoUnit.MICROS);
        Operation operation = new Operation(
                report.operation(),
                kind,
                host,
                null,
                title,
                OperationState.RUNNING,
                null,
                ITSELF.name(),
                started,
                started,
                null,
                null,
                null,
                Map.of(),
                null,
                List.of());
        Asked asked = Asked.NOTHING_MORE.withBackup(target, null);
        transaction.executeWithoutResult(status -> {
            table.insert(new Order(
                    operation, ITSELF, NONE, null, null, asked, null, null, null, true, true, false, null, 0));
            events.publishEvent(new OperationQueued(operation));
        });
    }

    /** One that is in force: the box knows no other. */
    private void requireTarget(HostName host, String target) {
        requireHost(host);
        boolean known = desired.inForce(host)
                .map(state -> state.host().backups().targets().containsKey(target))
                .orElse(false);
        if (!known) {
            throw Problem.of(
                            ProblemCode.NOT_FOUND,
                            "Nothing was done.",
                            host + " has no backup target of this name that is in force.",
                            "Choose one of the Backups page. A new one has to be applied first.")
                    .toException();
        }
    }

    /** What is to be queued. */
    private record Request(
            Kind kind,
            String title,
            @Nullable HostName host,
            @Nullable AppName app,
            Changes changes,
            @Nullable String expect,
            @Nullable Integer generation,
            Asked asked) {

        static Request of(Kind kind, String title) {
            return new Request(kind, title, null, null, NONE, null, null, Asked.NOTHING_MORE);
        }

        Request on(HostName box) {
            return new Request(kind, title, box, app, changes, expect, generation, asked);
        }

        Request about(@Nullable AppName one) {
            return new Request(kind, title, host, one, changes, expect, generation, asked);
        }

        Request with(Changes wanted) {
            return new Request(kind, title, host, app, wanted, expect, generation, asked);
        }

        Request expecting(@Nullable String toplevel) {
            return new Request(kind, title, host, app, changes, toplevel, generation, asked);
        }

        Request to(@Nullable Integer number) {
            return new Request(kind, title, host, app, changes, expect, number, asked);
        }

        Request asking(Asked more) {
            return new Request(kind, title, host, app, changes, expect, generation, more);
        }
    }

    private Operation queue(Request request) {
        HostName host = Objects.requireNonNull(request.host());
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
        String session = paths.currentSession();
        Operation operation = new Operation(
                ids.next(),
                request.kind(),
                host,
                request.app(),
                request.title(),
                OperationState.QUEUED,
                null,
                operator.name(),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                null,
                null,
                null,
                table.next(host, Lane.of(request.kind()))
                        .map(ahead -> HostWorker.waitingFor(ahead.operation()))
                        .orElse(null),
                Map.of(),
                null,
                List.of());
        table.insert(new Order(
                operation,
                new Author(operator.name(), operator.email()),
                request.changes(),
                request.expect(),
                request.generation(),
                request.asked(),
                session.isEmpty() ? null : session,
                null,
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
    public Operation confirm(OperationId id, OperatorPath path) {
        Confirmable asked = table.confirmable(id).orElseThrow(() -> unknown(id));
        Operation operation = asked.operation();
        boolean own =
                path.session().equals(asked.session()) && current.get().name().equals(operation.requestedBy());
        if (own && asked.confirmed()) {
            return get(id); // asked again, because the answer did not arrive
        }
        Instant seenAt = asked.seenAt();
        boolean waits = operation.state() == OperationState.AWAITING_CONFIRM
                // Out of sight, but the box may still be reached by a new connection.
                || operation.state() == OperationState.LOST;
        if (!waits || seenAt == null) {
            throw refused(
                    operation.title() + " does not wait for a confirmation.",
                    "Look at how it stands; only a change that was activated and waits can be kept.");
        }
        if (!own) {
            throw refused(
                    "It was started by " + operation.requestedBy() + " from another browser, or with another token.",
                    "Keep it from there. Anybody may revert it.");
        }
        if (!path.connectedAt().isAfter(seenAt)) {
            throw refused(
                    "The request came over a connection from before the change, so it does not prove that a new one can be made.",
                    "Try again; the console has closed this connection, and the next one counts.");
        }
        HostEndpoint endpoint = hosts.get(operation.host()).endpoint();
        if (!provesTheWay(endpoint, path)) {
            throw refused(
                    "The console runs on the box that changes, and the request came from the box itself, so it does not prove that the"
                            + " box can be reached from outside.",
                    "Open the console from another machine, by its public address, and keep the change there.");
        }
        try {
            link.callAfresh(endpoint, new HostCommand.Confirm(id));
        } catch (ProblemException e) {
            throw new ProblemException(notConfirmed(operation, e.problem()), e);
        }
        table.markConfirmed(id);
        return get(id);
    }

    @Override
    public boolean couldBeKept(HostName host, OperatorPath path) {
        return provesTheWay(hosts.get(host).endpoint(), path);
    }

    /** A request from the box itself says nothing of whether others still reach it. */
    private static boolean provesTheWay(HostEndpoint endpoint, OperatorPath path) {
        return path.fromOutside() || !OwnAddresses.has(endpoint.address());
    }

    @Override
    public boolean startedHere(OperationId id) {
        return startedBy(table.confirmable(id).orElseThrow(() -> unknown(id)), paths.currentSession());
    }

    /** The same browser or token, and the same person: a browser may have been handed on. */
    private boolean startedBy(Confirmable asked, String session) {
        return session.equals(asked.session())
                && current.get().name().equals(asked.operation().requestedBy());
    }

    private static Problem notConfirmed(Operation operation, Problem problem) {
        return switch (problem.code()) {
            case HOST_UNREACHABLE, HOST_KEY_CHANGED, HOST_REFUSED_KEY ->
                Problem.of(
                        problem.code(),
                        "The change was not kept: the box cannot be reached by a new connection any more.",
                        problem.why(),
                        operation.confirm() == null
                                ? "Wait: the box goes back by itself."
                                : "Wait: the box goes back by itself, at "
                                        + DateTimeFormatter.ISO_INSTANT.format(
                                                operation.confirm().until().truncatedTo(ChronoUnit.SECONDS))
                                        + " at the latest.");
            default -> problem;
        };
    }

    private static ProblemException refused(String why, String next) {
        return Problem.of(ProblemCode.CONFIRM_REFUSED, "The change was not confirmed.", why, next)
                .toException();
    }

    @Override
    public Map<String, Double> usualSeconds(Kind kind, HostName host, @Nullable AppName app) {
        return phases.medianSeconds(table.lastLike(kind, host, app, LIKE));
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
            tellToCancel(operation);
        } else {
            workers.interruptResolve(operation);
        }
        return get(id);
    }

    private void tellToCancel(Operation operation) {
        try {
            link.call(hosts.get(operation.host()).endpoint(), new HostCommand.Cancel(operation.id()));
        } catch (ProblemException e) {
            Problem problem = e.problem();
            if (!HostWorker.LINK.contains(problem.code())) {
                throw e;
            }
            throw new ProblemException(
                    Problem.of(
                            problem.code(),
                            "The box was not told to stop yet.",
                            problem.why(),
                            "Croft tells it as soon as it answers again. A change that waits for its confirmation goes back by itself."),
                    e);
        }
    }

    @Override
    public Operation get(OperationId id) {
        return table.find(id).orElseThrow(() -> unknown(id));
    }

    private static ProblemException unknown(OperationId id) {
        return Problem.of(
                        ProblemCode.NOT_FOUND,
                        "The operation was not found.",
                        "This console has no operation " + id + ".",
                        "Choose one of the Activity page.")
                .toException();
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
        Predicate<Operation> mine = mine();
        List<Operation> found = new ArrayList<>();
        OperationId last = before;
        while (found.size() < limit) {
            List<Operation> page = table.list(host, app, last, limit);
            page.stream().filter(mine).limit(limit - found.size()).forEach(found::add);
            if (page.size() < limit) {
                break;
            }
            last = page.getLast().id();
        }
        return List.copyOf(found);
    }

    /** Those that belong where the person may look. */
    private Predicate<Operation> mine() {
        Predicate<Scope> sees = sight.may(Role.VIEWER);
        return operation -> sees.test(Scope.of(operation.host()))
                || scopes(operation).stream().allMatch(sees);
    }

    @Override
    public Set<Scope> of(OperationId id) {
        return table.find(id).map(this::scopes).orElse(Set.of(Scope.EVERYWHERE));
    }

    /** A change of several apps belongs to each of them; what is about no app belongs to the box. */
    private Set<Scope> scopes(Operation operation) {
        HostName host = operation.host();
        if (operation.app() != null) {
            return Set.of(Scope.of(host, operation.app()));
        }
        if (operation.kind() == Kind.APPLY || operation.kind() == Kind.PLAN) {
            Changes changes =
                    table.findOrder(operation.id()).map(Order::changes).orElse(null);
            if (changes != null && changes.host() == null && !changes.isEmpty()) {
                return Stream.concat(changes.put().keySet().stream(), changes.remove().stream())
                        .map(app -> Scope.of(host, app))
                        .collect(Collectors.toSet());
            }
        }
        return Set.of(Scope.of(host));
    }

    @Override
    public List<Operation> failedBackups(HostName host) {
        record Place(Kind kind, String target) {}
        Set<String> targets = desired.inForce(host)
                .map(state -> state.host().backups().targets().keySet())
                .orElse(Set.of());
        Set<Place> known = new HashSet<>();
        List<Operation> failed = new ArrayList<>();
        for (Order order : table.backupsEnded(host, BACKUPS_MOST)) {
            Operation operation = order.operation();
            Asked.Backup asked = order.asked().backup();
            String target = asked == null ? null : asked.target();
            List<Place> served = (target == null ? targets : Set.of(target))
                    .stream().map(each -> new Place(operation.kind(), each)).toList();
            // The newest word about a place counts; of a run to several, which one failed is not told here.
            boolean news = served.stream().anyMatch(each -> targets.contains(each.target()) && !known.contains(each));
            known.addAll(served);
            if (news && operation.state() == OperationState.FAILED) {
                failed.add(operation);
            }
        }
        return List.copyOf(failed);
    }

    @Override
    public Optional<Operation> current(HostName host) {
        return table.next(host, Lane.CHANGES)
                .or(() -> table.next(host, Lane.BESIDE))
                .map(Order::operation)
                .filter(mine());
    }

    @Override
    public Subscription follow(OperationId id, long afterSequence, Consumer<OperationEvent> listener) {
        Operation operation = get(id);
        Predicate<Operation> mine = mine();
        return hub.follow(id, afterSequence, () -> mine.test(operation), listener);
    }

    @Override
    public Subscription watch(@Nullable HostName host, Consumer<Operation> listener) {
        Predicate<Operation> mine = mine();
        return hub.watch(host, operation -> {
            if (mine.test(operation)) {
                listener.accept(operation);
            }
        });
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

    private static void requireWithin(Confirming confirm) {
        if (confirm.within() < WITHIN_LEAST || confirm.within() > WITHIN_MOST) {
            throw invalid("confirmWithinSeconds: it lies between " + WITHIN_LEAST + " and " + WITHIN_MOST + ".");
        }
    }

    private static ProblemException invalid(String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, "Nothing was done.", why, "Correct it and try again.")
                .toException();
    }
}
