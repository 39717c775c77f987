package dev.croft.audit.internal;

import dev.croft.audit.Audit.Filter;
import dev.croft.audit.Audit.Verification;
import dev.croft.audit.AuditEntry;
import dev.croft.audit.internal.Head.Position;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Along the chain, from the first row to the newest. */
final class Walk {

    private static final int FAULTS_MOST = 20;

    private long entries;
    private Position last = Position.START;
    private final List<String> faults = new ArrayList<>();

    private final @Nullable Position noted;

    private Walk(@Nullable Position noted) {
        this.noted = noted;
    }

    static Verification over(AuditTable table, Head head) {
        Walk walk = new Walk(head.read().orElse(null));
        table.eachOf(Filter.ALL, walk::step);
        walk.end();
        return new Verification(walk.entries, walk.last.hash(), walk.faults);
    }

    private void step(AuditEntry entry) {
        entries++;
        if (entry.sequence() != last.sequence() + 1) {
            fault(gap(last.sequence() + 1, entry.sequence() - 1));
        } else if (!entry.hash().equals(Chain.hash(last.hash(), entry))) {
            fault("Row " + entry.sequence() + " is not what it was when it was written, or the row before it is not.");
        }
        last = new Position(entry.sequence(), entry.hash());
        // Not only of the newest row: a process that was killed between row and note leaves a note of the one before.
        if (noted != null
                && noted.sequence() == last.sequence()
                && !noted.hash().equals(last.hash())) {
            fault("Row " + last.sequence() + " is not the one that audit.head names.");
        }
    }

    private static String gap(long first, long until) {
        return first == until ? "Row " + first + " is gone." : "Rows " + first + " to " + until + " are gone.";
    }

    private void end() {
        if (noted == null) {
            if (entries > 0) {
                fault(
                        "The file audit.head beside the database is missing or not readable, so nothing shows that the newest rows are there.");
            }
        } else if (noted.sequence() > last.sequence()) {
            fault(gap(last.sequence() + 1, noted.sequence()));
        }
    }

    private void fault(String words) {
        if (faults.size() < FAULTS_MOST) {
            faults.add(words);
        }
    }
}
