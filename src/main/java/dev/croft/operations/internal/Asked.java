package dev.croft.operations.internal;

import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.DriftedThing;
import dev.croft.hostlink.HostCommand.Reconciliation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an operation was asked to do beside the drafts it applies; kept as JSON with its row.
 *
 * @param confirm how it is to be confirmed
 * @param data whether a rollback also puts back data
 * @param deployment id of the operation whose version of the app is wanted; null: the version before the running one
 * @param reconcile what a reconciliation is about
 * @param garbage what a collection deletes
 * @param backup what a backup, a restore or a restore test is about
 */
record Asked(
        Confirming confirm,
        boolean data,
        @Nullable String deployment,
        @Nullable Drift reconcile,
        @Nullable Garbage garbage,
        @Nullable Backup backup) {

    static final Asked NOTHING_MORE = to(Confirming.DEFAULT);

    static Asked to(Confirming confirm) {
        return new Asked(confirm, false, null, null, null, null);
    }

    Asked withData(boolean wanted) {
        return new Asked(confirm, wanted, deployment, reconcile, garbage, backup);
    }

    Asked withDeployment(@Nullable String operation) {
        return new Asked(confirm, data, operation, reconcile, garbage, backup);
    }

    Asked withDrift(DriftedThing what, Reconciliation action) {
        return new Asked(confirm, data, deployment, new Drift(what, action), garbage, backup);
    }

    Asked withGarbage(String digest, List<Integer> delete, @Nullable Integer keep) {
        return new Asked(confirm, data, deployment, reconcile, new Garbage(digest, delete, keep), backup);
    }

    Asked withBackup(@Nullable String target, @Nullable String snapshot) {
        return withBackup(target, snapshot, List.of());
    }

    Asked withBackup(@Nullable String target, @Nullable String snapshot, List<String> mailboxes) {
        return new Asked(confirm, data, deployment, reconcile, garbage, new Backup(target, snapshot, mailboxes));
    }

    record Drift(DriftedThing what, Reconciliation action) {}

    /**
     * @param target null: all of them; of a restore: it is undone, from a copy on the box
     * @param snapshot the one that is restored
     * @param mailboxes of mail that is restored: those alone
     */
    record Backup(@Nullable String target, @Nullable String snapshot, List<String> mailboxes) {

        /** Rows of earlier versions say nothing of mailboxes. */
        Backup(@Nullable String target, @Nullable String snapshot, @Nullable List<String> mailboxes) {
            this.target = target;
            this.snapshot = snapshot;
            this.mailboxes = mailboxes == null ? List.of() : mailboxes;
        }
    }

    /** @param digest of the plan that was shown */
    record Garbage(
            String digest,
            List<Integer> deleteGenerations,
            @Nullable Integer keepGenerations) {}
}
