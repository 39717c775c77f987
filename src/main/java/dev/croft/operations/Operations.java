package dev.croft.operations;

import dev.croft.access.OperatorPath;
import dev.croft.access.RequiresAdmin;
import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresStepUp;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.DriftedThing;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.Reconciliation;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OfApp;
import dev.croft.kernel.OfData;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Subscription;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Use cases: changes to a box. All return at once with a QUEUED row; the box works on its own. */
public interface Operations {

    /** Builds the drafts and says what they would change, without changing it. */
    @RequiresOperator(within = true)
    Operation plan(HostName host);

    /** Applies drafts of the box. NOT_ALLOWED for an operator when the box's own settings are among them, whoever drafted those. */
    @RequiresOperator(within = true)
    Operation apply(HostName host, Apply request);

    /** Takes an app off the box; its data stays. Applies nothing else. */
    @RequiresOperator
    Operation remove(HostName host, AppName app);

    /** Resolves the app's ref (or the given one), saves it as draft and applies this app's draft alone. */
    @RequiresOperator
    Operation deploy(HostName host, AppName app, @Nullable String ref);

    /** Returns the whole box to a generation. */
    @RequiresStepUp(ofData = true)
    @RequiresOperator
    Operation rollBack(HostName host, RollBack request);

    /**
     * Returns one app to what an earlier deployment made of it; everything else stays as it is.
     *
     * @param deployment the operation that deployed the wanted version; null: the version before the running one
     */
    @RequiresStepUp(ofData = true)
    @RequiresOperator
    Operation rollBackApp(HostName host, AppName app, @Nullable OperationId deployment, AppData data);

    /** What becomes of an app's data when an earlier version of it comes back. */
    enum AppData implements OfData {
        STAYS,
        /** As it was when that version was replaced; what was written since is lost (a snapshot of it is kept). */
        COMES_BACK;

        public static AppData comesBack(boolean it) {
            return it ? COMES_BACK : STAYS;
        }

        @Override
        public boolean data() {
            return this == COMES_BACK;
        }
    }

    /** Collects garbage as planned; see {@code maintenance.Disks}. */
    @RequiresOperator
    Operation collectGarbage(
            HostName host, String planDigest, List<Integer> deleteGenerations, @Nullable Integer keepGenerations);

    /**
     * Brings a database server to a higher major version, or MariaDB without a version to one of its own. Applies nothing else: CONFLICT while the box's settings have a draft. See
     * {@code services.Databases}.
     */
    @RequiresAdmin
    Operation upgrade(HostName host, Engine engine, int major, Confirming confirm);

    /**
     * Backs up the apps' data; changes go on meanwhile. See {@code backups.Backups}.
     *
     * @param target null: to all targets
     */
    @RequiresOperator
    Operation backUp(HostName host, @Nullable String target);

    /** Puts a backup beside the data, and compares. */
    @RequiresOperator
    Operation restoreCopy(HostName host, KeptBackup backup);

    /** Puts a backup in the place of the data. */
    @RequiresStepUp
    @RequiresAdmin
    Operation restore(HostName host, KeptBackup backup);

    /**
     * Gives an app the data again that a backup took the place of; what it has now is kept in turn.
     *
     * @param app null: the mail's
     * @param snapshot its name on the box, 26 characters
     */
    @RequiresStepUp
    @RequiresAdmin
    Operation undoRestore(HostName host, @Nullable AppName app, String snapshot);

    /** Fetches the newest backup of each app, starts it aside and throws it away. */
    @RequiresOperator
    Operation testRestore(HostName host, String target);

    /** Reads again what an app is made of, builds it once more and compares; without an app all that the box runs. See {@code proofs.Proofs}. */
    @RequiresOperator
    Operation verify(HostName host, @Nullable AppName app);

    /** The newest verification of exactly this that came to its end; its result is what the box found. */
    @RequiresViewer
    Optional<Operation> lastVerified(HostName host, @Nullable AppName app);

    /**
     * @param snapshot 64 hexadecimal digits
     * @param app null: of the mail
     * @param mailboxes of the mail: those that come back alone; none: all, and the keys that mail is signed with
     */
    record KeptBackup(
            String target, String snapshot, @Nullable AppName app, List<String> mailboxes) implements OfApp {

        public KeptBackup {
            mailboxes = List.copyOf(mailboxes);
        }

        public static KeptBackup of(String target, String snapshot, AppName app) {
            return new KeptBackup(target, snapshot, app, List.of());
        }

        public static KeptBackup ofMail(String target, String snapshot, List<String> mailboxes) {
            return new KeptBackup(target, snapshot, null, mailboxes);
        }

        /** Whose it is, in words. */
        public String owner() {
            return owner(app);
        }

        public static String owner(@Nullable AppName app) {
            return app == null ? "the mail" : app.value();
        }
    }

    /** For workers: makes rows of what the box's own timers have started since. Each becomes one row, however often it is found. */
    void takeIn(HostName host);

    /** Ends a drift; see {@code maintenance.Drifts}. */
    @RequiresAdmin
    Operation reconcile(HostName host, DriftedThing what, Reconciliation action);

    /**
     * Keeps a change that waits for its confirmation. CONFIRM_REFUSED when this is not the session that started it, when the
     * connection is older than the activation, or when the console runs on that box and the request did not come from outside.
     */
    @RequiresOperator
    Operation confirm(OperationId id, OperatorPath path);

    /** Whether a change of this box that waits could be kept from there: not from the box itself, when the console runs on it. */
    @RequiresViewer(within = true)
    boolean couldBeKept(HostName host, OperatorPath path);

    /** Whether the browser or token for which this thread works is the one that started it: the only one that may confirm it. */
    @RequiresViewer
    boolean startedHere(OperationId id);

    /** Before the activation: ends the operation, nothing is changed. After it: the box goes back to what it was. */
    @RequiresOperator
    Operation cancel(OperationId id);

    /**
     * How long an operation of this kind takes as a rule.
     *
     * @return seconds for each phase, from the median of the last successful operations like it; empty without any
     */
    @RequiresViewer(within = true)
    Map<String, Double> usualSeconds(Operation.Kind kind, HostName host, @Nullable AppName app);

    /**
     * @param expect the store path that was reviewed: another result is refused with PLAN_OUTDATED; null: not reviewed
     * @param only the app whose draft is applied; null: every draft of the box
     * @param confirm whether it waits for a confirmation
     */
    record Apply(@Nullable String expect, @Nullable AppName only, Confirming confirm) implements OfApp {
        public static final Apply ALL = new Apply(null, null, Confirming.DEFAULT);

        @Override
        public @Nullable AppName app() {
            return only;
        }
    }

    /**
     * @param generation null: the one before the current
     * @param data also put back the data of the apps that change, as it was when that generation was left
     */
    record RollBack(@Nullable Integer generation, boolean data, Confirming confirm) implements OfData {
        public static RollBack to(@Nullable Integer generation) {
            return new RollBack(generation, false, Confirming.DEFAULT);
        }
    }

    @RequiresViewer
    Operation get(OperationId id);

    /** Newest first. */
    @RequiresViewer(within = true)
    List<Operation> list(@Nullable HostName host, @Nullable AppName app, int limit);

    /** Newest first, those that were made before the given one: the next page. */
    @RequiresViewer(within = true)
    List<Operation> list(@Nullable HostName host, @Nullable AppName app, @Nullable OperationId before, int limit);

    /**
     * Backups and restore tests that failed, whose places have not been served well since: at most one of a kind for each place that is
     * in force.
     */
    @RequiresViewer
    List<Operation> failedBackups(HostName host);

    /** The operation that runs or waits on a box, for the drawer; empty when none. */
    @RequiresViewer(within = true)
    Optional<Operation> current(HostName host);

    /**
     * Delivers what happened so far after {@code sequence} (0: all that is kept, at most the last 5 000 lines) and then what happens, in order, on a
     * thread of its own, until the operation ends or the subscription is closed.
     */
    @RequiresViewer
    Subscription follow(OperationId id, long afterSequence, Consumer<OperationEvent> listener);

    /** Rows of a box as they change, for lists and the drawer. */
    @RequiresViewer(within = true)
    Subscription watch(@Nullable HostName host, Consumer<Operation> listener);
}
