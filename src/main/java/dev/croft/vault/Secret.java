package dev.croft.vault;

import dev.croft.desired.AppSpec.Delivery;
import dev.croft.hostlink.HostCommand.SecretOwner;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a secret; never its value.
 *
 * @param bytes null: nobody has set it
 * @param changedAt when it was last set here, or on the box when it was never set here
 * @param changedBy null: it was not set here
 * @param box what the box has
 * @param inForce how the app or service that runs gets it, and from where; null: it does not
 * @param drafted how it gets it, and from where, once the drafts are applied
 * @param usedBy units of the box's running system that are given it
 */
public record Secret(
        SecretOwner owner,
        String name,
        @Nullable Long bytes,
        @Nullable Instant changedAt,
        @Nullable String changedBy,
        Presence box,
        @Nullable Delivery inForce,
        @Nullable Delivery drafted,
        List<String> usedBy) {

    public enum Presence {
        /** The value that was last set here. */
        THERE,
        /** Another value than the one here: it was set on the box, or the last one did not reach it. */
        OTHER,
        MISSING,
        /** The box's flake has it, encrypted by sops: nobody sets it here. */
        IN_GIT,
        /** The box was not reached. */
        UNKNOWN
    }

    /** Whether this console could put it on the box again. */
    public boolean isKept() {
        return changedBy != null;
    }
}
