package dev.croft.logs.internal;

import dev.croft.access.Role;
import dev.croft.access.Scope;
import dev.croft.access.Sight;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostCommand.Journal;
import dev.croft.hostlink.HostCommand.JournalEnd;
import dev.croft.hostlink.HostCommand.JournalFilter;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.Subscription;
import dev.croft.logs.LogQuery;
import dev.croft.logs.Logs;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** Asks the box's journalctl, by the verb {@code journal}. */
@Service
class JournalLogs implements Logs {

    private static final int CURSOR_MOST = 512;
    private static final int SEARCH_MOST = 200;
    private static final int UNIT_MOST = 200;
    private static final int URGENCY_LEAST = 7;
    private static final int BOOTS_MOST = 1000;
    private static final int HISTORY = 200;
    /** What brings another version of an app to a box, or may. */
    private static final Set<Operation.Kind> CHANGES =
            EnumSet.of(Operation.Kind.APPLY, Operation.Kind.DEPLOY, Operation.Kind.ROLLBACK, Operation.Kind.RECONCILE);

    private final Hosts hosts;
    private final HostLink link;
    private final DesiredStates desired;
    private final Operations operations;
    private final Sight sight;

    JournalLogs(Hosts hosts, HostLink link, DesiredStates desired, Operations operations, Sight sight) {
        this.hosts = hosts;
        this.link = link;
        this.desired = desired;
        this.operations = operations;
        this.sight = sight;
    }

    @Override
    public Page read(HostName name, @Nullable AppName app, LogQuery query) {
        Journal asked = command(name, app, query, false);
        Host host = hosts.get(name);
        List<HostReply.Line> lines = new ArrayList<>();
        long[] unreadable = {0};
        JournalEnd end;
        try {
            end = link.call(host.endpoint(), asked, reply -> {
                synchronized (lines) {
                    if (reply instanceof HostReply.Line line) {
                        lines.add(line);
                    } else if (reply instanceof HostReply.Skipped skipped) {
                        unreadable[0] += skipped.lines();
                    }
                }
            });
        } catch (ProblemException e) {
            throw inWords(e);
        }
        synchronized (lines) {
            return new Page(List.copyOf(lines), end.complete(), end.found(), unreadable[0]);
        }
    }

    @Override
    public Subscription follow(
            HostName name,
            @Nullable AppName app,
            LogQuery query,
            Consumer<Batch> listener,
            Consumer<Problem> onProblem) {
        Journal asked = command(name, app, query, true);
        Host host = hosts.get(name);
        Predicate<Scope> sees = sight.may(Role.VIEWER);
        var follower = new LogFollower(
                link,
                host.endpoint(),
                asked,
                () -> sees.test(Scope.of(name, app)),
                listener,
                problem -> onProblem.accept(inWords(problem.toException()).problem()));
        Thread.ofVirtual().name("log-" + name + (app == null ? "" : "-" + app)).start(follower);
        return follower;
    }

    private Journal command(HostName host, @Nullable AppName app, LogQuery query, boolean follow) {
        LogQuery.Filter filter = query.filter();
        requireBounds(query, follow);
        if (app != null) {
            requireKnown(host, app);
        }
        Instant since = filter.since();
        Instant until = filter.until();
        if (filter.deployment() != null) {
            List<Operation> history = operations.list(host, app, HISTORY);
            since = began(history, filter.deployment());
            until = ended(history, filter.deployment(), since);
        }
        if (follow && until != null) {
            throw invalid("follow: what has an end cannot be followed.");
        }
        return new Journal(
                app,
                filter.unit(),
                query.after(),
                query.lines(),
                follow,
                new JournalFilter(
                        app == null,
                        query.before(),
                        query.around(),
                        query.oldest(),
                        filter.search(),
                        filter.regex(),
                        filter.priority(),
                        filter.boot(),
                        since,
                        until,
                        query.colours()));
    }

    private static Instant began(List<Operation> history, OperationId deployment) {
        return history.stream()
                .filter(each -> each.id().equals(deployment))
                .findFirst()
                .map(Operation::createdAt)
                .orElseThrow(() -> invalid("deployment: there is none with this id, or it was too long ago."));
    }

    /** When the next one began that stayed; null: it is the one in force. */
    private static @Nullable Instant ended(List<Operation> history, OperationId deployment, Instant since) {
        return history.stream()
                .filter(each -> CHANGES.contains(each.kind()) && each.state() == OperationState.SUCCEEDED)
                .filter(each ->
                        !each.id().equals(deployment) && each.createdAt().isAfter(since))
                .map(Operation::createdAt)
                .min(Instant::compareTo)
                .orElse(null);
    }

    private static void requireBounds(LogQuery query, boolean follow) {
        LogQuery.Filter filter = query.filter();
        if (query.lines() < 1 || query.lines() > MOST) {
            throw invalid("lines: it lies between 1 and " + MOST + ".");
        }
        requireCursor("after", query.after());
        requireCursor("before", query.before());
        requireCursor("around", query.around());
        if (Stream.of(query.after(), query.before(), query.around())
                        .filter(each -> each != null)
                        .count()
                > 1) {
            throw invalid("after: only one of after, before and around can be given.");
        }
        if (follow && (query.before() != null || query.around() != null || query.oldest())) {
            throw invalid("follow: it begins with the newest lines, or after one.");
        }
        String search = filter.search();
        if (search != null
                && (search.isEmpty()
                        || search.getBytes(StandardCharsets.UTF_8).length > SEARCH_MOST
                        || search.chars().anyMatch(c -> c == '\n' || c == '\r' || c == 0))) {
            throw invalid("search: it is one line of at most " + SEARCH_MOST + " bytes.");
        }
        if (filter.priority() != null && (filter.priority() < 0 || filter.priority() > URGENCY_LEAST)) {
            throw invalid("priority: it lies between 0 (emergency) and 7 (debug).");
        }
        if (filter.boot() != null && (filter.boot() > 0 || filter.boot() < -BOOTS_MOST)) {
            throw invalid("boot: 0 is the start of now, -1 the one before, to -" + BOOTS_MOST + ".");
        }
        if (filter.unit() != null && (filter.unit().isEmpty() || filter.unit().length() > UNIT_MOST)) {
            throw invalid("unit: it is the name of a unit of systemd.");
        }
        if (filter.deployment() != null && (filter.since() != null || filter.until() != null)) {
            throw invalid("deployment: it says since when and until when, so that these cannot be given beside it.");
        }
    }

    private static void requireCursor(String name, @Nullable String cursor) {
        if (cursor != null && (cursor.isEmpty() || cursor.length() > CURSOR_MOST)) {
            throw invalid(name + ": it is a cursor as an earlier line had it.");
        }
    }

    /** Drafts too: the log of an app outlives the app, and one that never ran has an empty one. */
    private void requireKnown(HostName host, AppName app) {
        boolean known = desired.inForce(host)
                        .map(state -> state.apps().containsKey(app))
                        .orElse(false)
                || desired.changes(host).put().containsKey(app);
        if (!known) {
            throw Problem.of(
                            ProblemCode.NOT_FOUND,
                            "The app was not found.",
                            host + " has no app named \"" + app + "\".",
                            "Choose one of the Apps page.")
                    .toException();
        }
    }

    /** What the box does not take of a query is the query's fault, not the console's. */
    private static ProblemException inWords(ProblemException refused) {
        return refused.problem().code() == ProblemCode.BAD_REQUEST
                ? invalid(refused.problem().why())
                : refused;
    }

    private static ProblemException invalid(String why) {
        return Problem.of(ProblemCode.INVALID_INPUT, "The log was not read.", why, "Correct it and try again.")
                .toException();
    }
}
