package dev.croft.ui.demo;

import dev.croft.access.OperatorPath;
import dev.croft.desired.AppSpec;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.DriftedThing;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.Reconciliation;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Subscription;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationEvent;
import dev.croft.operations.Operations;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.context.SecurityContextHolder;

public class DemoOperations implements Operations {

    private final DemoWorld world;

    DemoOperations(DemoWorld world) {
        this.world = world;
    }

    static String who() {
        return SecurityContextHolder.getContext().getAuthentication().getName();
    }

    @Override
    public Operation plan(HostName host) {
        return world.start(
                Operation.Kind.PLAN,
                null,
                "Review changes",
                who(),
                new DemoWorld.Work(() -> {}, false, 60, this::review, null));
    }

    /** What the box would say of the present drafts. */
    private Map<String, Object> review() {
        synchronized (world) {
            var result = new HashMap<>(DemoReview.of(world.draftSettings != null, world.settings, world.draftSettings));
            result.putAll(world.moreOfReviews);
            return result;
        }
    }

    @Override
    public Operation apply(HostName host, Apply request) {
        world.applied(request);
        boolean waits = world.draftSettings != null || request.confirm().always();
        return world.start(
                Operation.Kind.APPLY,
                null,
                "Apply changes",
                who(),
                new DemoWorld.Work(world::applyDrafts, waits, request.confirm().within(), Map::of, null));
    }

    @Override
    public Operation deploy(HostName host, AppName app, @Nullable String ref) {
        return world.start(
                Operation.Kind.DEPLOY,
                app,
                "Deploy " + app,
                who(),
                () -> {
                    AppSpec spec = world.drafts.remove(app);
                    if (spec != null) {
                        world.inForce.put(app, spec);
                    }
                    world.states.put(app, "running");
                    world.since.put(app, world.now());
                },
                null);
    }

    @Override
    public Operation rollBack(HostName host, RollBack request) {
        Integer generation = request.generation();
        int target = generation == null ? 1 : generation;
        String title = "Roll back to generation " + target + (request.data() ? ", code and data" : "");
        return world.start(Operation.Kind.ROLLBACK, null, title, who(), () -> {}, target);
    }

    @Override
    public Operation cancel(OperationId id) {
        return world.cancel(id);
    }

    @Override
    public Operation get(OperationId id) {
        return world.get(id);
    }

    @Override
    public List<Operation> list(@Nullable HostName host, @Nullable AppName app, int limit) {
        return world.operations().stream()
                .filter(each -> app == null || app.equals(each.app()))
                .limit(limit)
                .toList();
    }

    @Override
    public List<Operation> list(
            @Nullable HostName host, @Nullable AppName app, @Nullable OperationId before, int limit) {
        return list(host, app, limit);
    }

    @Override
    public Optional<Operation> current(HostName host) {
        return world.current();
    }

    @Override
    public Subscription follow(OperationId id, long afterSequence, Consumer<OperationEvent> listener) {
        return world.follow(id, listener);
    }

    @Override
    public Subscription watch(@Nullable HostName host, Consumer<Operation> listener) {
        return world.watch(listener);
    }

    @Override
    public Operation remove(HostName host, AppName app) {
        return world.start(
                Operation.Kind.APPLY,
                app,
                "Remove " + app,
                who(),
                () -> {
                    world.inForce.remove(app);
                    world.drafts.remove(app);
                },
                null);
    }

    @Override
    public Operation rollBackApp(HostName host, AppName app, @Nullable OperationId deployment, AppData data) {
        return world.start(
                Operation.Kind.ROLLBACK,
                app,
                "Roll back " + app + (data.data() ? ", code and data" : ", code only"),
                who(),
                () -> world.since.put(app, world.now()),
                null);
    }

    @Override
    public Operation collectGarbage(
            HostName host, String planDigest, List<Integer> deleteGenerations, @Nullable Integer keepGenerations) {
        throw new UnsupportedOperationException("the screens reach it through maintenance");
    }

    @Override
    public Operation upgrade(HostName host, Engine engine, int major, Confirming confirm) {
        return world.start(Operation.Kind.UPGRADE, null, "Upgrade PostgreSQL to " + major, who(), () -> {}, null);
    }

    @Override
    public Operation backUp(HostName host, @Nullable String target) {
        return world.start(
                Operation.Kind.BACKUP,
                null,
                target == null ? "Back up" : "Back up to " + target,
                who(),
                () -> {},
                null);
    }

    @Override
    public Operation restoreCopy(HostName host, KeptBackup backup) {
        return world.start(
                Operation.Kind.RESTORE_COPY,
                backup.app(),
                "Restore a copy of " + backup.owner(),
                who(),
                () -> {},
                null);
    }

    @Override
    public Operation restore(HostName host, KeptBackup backup) {
        return world.start(Operation.Kind.RESTORE, backup.app(), "Restore " + backup.owner(), who(), () -> {}, null);
    }

    @Override
    public Operation undoRestore(HostName host, @Nullable AppName app, String snapshot) {
        return world.start(
                Operation.Kind.RESTORE, app, "Undo the restore of " + KeptBackup.owner(app), who(), () -> {}, null);
    }

    @Override
    public void takeIn(HostName host) {
        throw new UnsupportedOperationException("no screen asks for it");
    }

    @Override
    public List<Operation> failedBackups(HostName host) {
        return world.failedBackups();
    }

    @Override
    public Operation verify(HostName host, @Nullable AppName app) {
        return world.start(
                Operation.Kind.VERIFY,
                app,
                app == null ? "Verify what the box runs" : "Verify " + app,
                who(),
                () -> {},
                null);
    }

    @Override
    public Optional<Operation> lastVerified(HostName host, @Nullable AppName app) {
        return Optional.empty();
    }

    @Override
    public Operation testRestore(HostName host, String target) {
        return world.start(Operation.Kind.RESTORE_TEST, null, "Test what " + target + " has", who(), () -> {}, null);
    }

    @Override
    public Operation reconcile(HostName host, DriftedThing what, Reconciliation action) {
        throw new UnsupportedOperationException("the screens reach it through maintenance");
    }

    @Override
    public boolean couldBeKept(HostName host, OperatorPath path) {
        return path.fromOutside();
    }

    @Override
    public boolean startedHere(OperationId id) {
        return world.get(id).requestedBy().equals(who());
    }

    @Override
    public Operation confirm(OperationId id, OperatorPath path) {
        return world.confirm(id);
    }

    @Override
    public Map<String, Double> usualSeconds(Operation.Kind kind, HostName host, @Nullable AppName app) {
        return Map.of("evaluate", 1.0, "fetch", 1.0, "build", 40.0, "activate", 3.0, "health", 2.0);
    }
}
