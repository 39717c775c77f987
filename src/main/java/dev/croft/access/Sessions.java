package dev.croft.access;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Use cases: who is signed in, where, and ending that. */
public interface Sessions {

    /**
     * @param device browser and system, as the browser says
     * @param provider by which they signed in; null: with a local account
     * @param current whether it is the one that asks
     */
    record Session(
            long id,
            String account,
            String device,
            String address,
            Instant since,
            Instant lastSeen,
            @Nullable String provider,
            boolean current) {}

    /** Those of the signed-in person, the last seen first. */
    @RequiresViewer(within = true)
    List<Session> mine();

    @ReadsOnly
    @RequiresAdmin
    List<Session> all();

    /** Ends one of one's own; an administrator may end everybody's. NOT_FOUND otherwise. */
    @Audited
    @RequiresViewer(within = true)
    void revoke(long id);

    /** Ends all of one's own but the one that asks. */
    @Audited
    @RequiresViewer(within = true)
    int revokeOthers();
}
