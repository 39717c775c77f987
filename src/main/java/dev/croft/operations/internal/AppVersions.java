package dev.croft.operations.internal;

import dev.croft.desired.AppSpec;
import dev.croft.desired.DesiredStates;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.hostlink.HostLink;
import dev.croft.kernel.AppName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What earlier operations made of one app, found in their rows, or on the box where a row does not have it. */
final class AppVersions {

    /** How many changes of a box are looked through. */
    private static final int HISTORY = 200;

    private final OperationTable table;
    private final DesiredStates desired;
    private final HostLink link;
    private final Host host;
    private final AppName app;

    AppVersions(OperationTable table, DesiredStates desired, HostLink link, Host host, AppName app) {
        this.table = table;
        this.desired = desired;
        this.link = link;
        this.host = host;
        this.app = app;
    }

    /**
     * @param order the operation that brought this version
     * @param replacedBy the operation that brought the next one; null while it runs
     */
    record Version(Order order, AppSpec spec, @Nullable OperationId replacedBy) {

        /** The copy of the data that was taken when this version was left. */
        Optional<Snapshot> snapshotAmong(List<Snapshot> snapshots) {
            Optional<Snapshot> whenReplaced = snapshots.stream()
                    .filter(snapshot -> snapshot.operation().equals(replacedBy))
                    .findFirst();
            return whenReplaced.or(() -> snapshots.stream()
                    .filter(snapshot -> snapshot.rev() != null
                            && snapshot.rev().equals(spec.source().rev()))
                    .max(Comparator.comparing(Snapshot::takenAt)));
        }
    }

    /** The version that this operation brought, or the one before the running one. NOT_FOUND when there is none. */
    Version wanted(@Nullable String deployment) {
        List<Version> versions = versions();
        return (deployment == null
                        ? before(versions)
                        : versions.stream()
                                .filter(version ->
                                        version.order().operation().id().value().equals(deployment))
                                .findFirst())
                .orElseThrow(() -> Problem.of(
                                ProblemCode.NOT_FOUND,
                                app + " was not rolled back.",
                                deployment == null
                                        ? "No version before the running one is known."
                                        : "What that deployment made of " + app + " is not known any more.",
                                "Choose one of the app's deployments, or roll the whole box back to a generation.")
                        .toException());
    }

    /** An app that went back to an earlier version goes on back from there, not forth again. */
    private static Optional<Version> before(List<Version> versions) {
        if (versions.isEmpty()) {
            return Optional.empty();
        }
        Version running = versions.getFirst();
        int from = 0;
        for (String target = running.order().asked().deployment(); target != null; ) {
            String id = target;
            int found = indexOf(versions, id);
            if (found < 0) {
                break;
            }
            from = found;
            target = versions.get(found).order().asked().deployment();
        }
        return versions.subList(from + 1, versions.size()).stream()
                .filter(version ->
                        !version.spec().source().equals(running.spec().source()))
                .findFirst();
    }

    private static int indexOf(List<Version> versions, String id) {
        for (int i = 0; i < versions.size(); i++) {
            if (versions.get(i).order().operation().id().value().equals(id)) {
                return i;
            }
        }
        return -1;
    }

    /** Newest first: every operation after which the app was another one than before. */
    private List<Version> versions() {
        List<Version> oldestFirst = new ArrayList<>();
        for (Order order : table.history(host.name(), HISTORY).reversed()) {
            Optional<AppSpec> spec = specAfter(order);
            if (spec.isEmpty()) {
                continue;
            }
            if (!oldestFirst.isEmpty()) {
                Version last = oldestFirst.getLast();
                boolean same = last.spec().source().equals(spec.get().source());
                boolean own = app.equals(order.operation().app());
                if (same && !own) {
                    continue;
                }
                if (last.replacedBy() == null && !same) {
                    oldestFirst.set(
                            oldestFirst.size() - 1,
                            new Version(
                                    last.order(), last.spec(), order.operation().id()));
                }
            }
            oldestFirst.add(new Version(order, spec.get(), null));
        }
        return oldestFirst.reversed();
    }

    private Optional<AppSpec> specAfter(Order order) {
        return stateAfter(order).map(text -> desired.parse(text).apps().get(app));
    }

    private Optional<String> stateAfter(Order order) {
        if (order.sentState() != null) {
            return Optional.of(order.sentState());
        }
        Integer generation = order.operation().generation();
        if (generation == null) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(link.call(host.endpoint(), new HostCommand.ReadState(generation))
                    .state());
        } catch (ProblemException e) {
            if (e.problem().code() == ProblemCode.GENERATION_NOT_FOUND) {
                return Optional.empty(); // collected since
            }
            throw e;
        }
    }
}
