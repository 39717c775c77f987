package dev.croft.audit;

import dev.croft.access.ReadsOnly;
import dev.croft.access.RequiresAdmin;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Use cases: the audit. Nothing in it can be changed; it is written by {@code access.Acted} and by operations that end. */
public interface Audit {

    int MOST = 500;

    /**
     * Newest first.
     *
     * @param before only rows with a lower sequence: the next page; null: from the newest
     * @param limit 1 to {@link #MOST}
     */
    @ReadsOnly
    @RequiresAdmin
    List<AuditEntry> list(Filter filter, @Nullable Long before, int limit);

    /** All that the filter lets through, oldest first, however many. */
    @RequiresAdmin
    void export(Filter filter, Consumer<AuditEntry> out);

    /** Whether every row is what it was when it was written, and all of them are there. */
    @ReadsOnly
    @RequiresAdmin
    Verification verify();

    /** What is null lets everything through. */
    record Filter(
            @Nullable String who,
            @Nullable String verb,
            @Nullable HostName host,
            @Nullable AppName app,
            @Nullable String outcome,
            @Nullable Instant from,
            @Nullable Instant until) {

        public static final Filter ALL = new Filter(null, null, null, null, null, null, null);
    }

    /**
     * @param entries how many there are
     * @param head hash of the newest
     * @param faults what is not as it was written, in words; empty: the chain is whole
     */
    record Verification(long entries, String head, List<String> faults) {

        public Verification {
            faults = List.copyOf(faults);
        }

        public boolean isWhole() {
            return faults.isEmpty();
        }
    }
}
