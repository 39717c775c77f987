package dev.croft.operations.internal;

import dev.croft.hostlink.HostReply;
import dev.croft.hostlink.Measurement;
import dev.croft.kernel.OperationId;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationEvent;
import dev.croft.operations.OperationFinished;
import dev.croft.operations.OperationState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** What a worker writes: one transaction each, told to followers after its commit. */
@Component
class OperationStore {

    private static final Logger log = LoggerFactory.getLogger(OperationStore.class);

    /** A builder may print a line of any length; this much of it is kept. */
    private static final int TEXT_MAX = 16_384;

    private static final int NAME_MAX = 500;
    private static final int INPUTS_MAX = 500;

    private final OperationTable operations;
    private final EventTable events;
    private final StepTable steps;
    private final OperationHub hub;
    private final OperationsProperties properties;
    private final ApplicationEventPublisher publisher;
    private final TransactionTemplate transaction;

    OperationStore(
            OperationTable operations,
            EventTable events,
            StepTable steps,
            OperationHub hub,
            OperationsProperties properties,
            ApplicationEventPublisher publisher,
            TransactionTemplate transaction) {
        this.operations = operations;
        this.events = events;
        this.steps = steps;
        this.hub = hub;
        this.properties = properties;
        this.publisher = publisher;
        this.transaction = transaction;
    }

    /** Writes the row unless somebody else moved it on; says whether it was written. */
    boolean save(Operation after, OperationState from) {
        boolean written = Boolean.TRUE.equals(transaction.execute(status -> operations.update(after, from)));
        if (written) {
            hub.changed(after);
            if (after.state().isFinal()) {
                tell(after);
            }
        }
        return written;
    }

    private void tell(Operation ended) {
        publisher.publishEvent(new OperationFinished(ended));
        operations.markTold(ended.id());
    }

    /** What a process that was killed has not told. */
    void tellUntold() {
        operations.untold().forEach(ended -> {
            try {
                tell(ended);
            } catch (RuntimeException e) {
                // Of whoever listens; told again with the next start. Without this one no operation would ever run.
                log.error("Not everybody could be told that operation {} has ended", ended.id(), e);
            }
        });
    }

    /**
     * Keeps replies and how far they bring us, together: after a crash the box is asked from exactly there.
     *
     * @return number of the last event
     */
    long append(OperationId id, long lastSequence, List<HostReply> replies) {
        List<OperationEvent> numbered = new ArrayList<>();
        Map<Long, OperationEvent.Step> changed = new LinkedHashMap<>();
        String cursor = null;
        long sequence = lastSequence;
        for (HostReply reply : withoutOutdatedProgress(replies)) {
            switch (reply) {
                case HostReply.Line line -> numbered.add(new OperationEvent.Line(++sequence, bounded(line)));
                case HostReply.Step step -> changed.put(step.id(), new OperationEvent.Step(++sequence, bounded(step)));
                case HostReply.Progress progress -> numbered.add(new OperationEvent.Progress(++sequence, progress));
                case HostReply.Accepted accepted -> {
                    // Says nothing that the row does not know.
                }
                case HostReply.Chunk chunk -> {
                    // Operations send no files.
                }
                case HostReply.Skipped skipped -> {
                    // Nor entries of the journal.
                }
                case Measurement measurement -> {
                    // Nor what the box uses.
                }
            }
            cursor = laterOf(cursor, reply);
        }
        if (numbered.isEmpty() && changed.isEmpty()) {
            return lastSequence;
        }
        String reached = cursor;
        long last = sequence;
        transaction.executeWithoutResult(status -> {
            events.insert(id, numbered);
            steps.keep(id, changed.values());
            operations.keepPosition(id, reached, last);
            // Not with each batch: deleting a few hundred at a time is much cheaper than a few.
            if (last / 500 != lastSequence / 500 && last > properties.keepEvents()) {
                events.dropUpTo(id, last - properties.keepEvents());
                steps.dropAllBut(id, properties.keepEvents());
            }
        });
        hub.published(id);
        return last;
    }

    /** Of several counts of one phase in one batch only the newest is worth keeping. */
    private static List<HostReply> withoutOutdatedProgress(List<HostReply> replies) {
        List<HostReply> kept = new ArrayList<>(replies.size());
        Set<String> counted = new HashSet<>();
        for (HostReply reply : replies.reversed()) {
            if (!(reply instanceof HostReply.Progress progress) || counted.add(progress.phase())) {
                kept.add(reply);
            }
        }
        return kept.reversed();
    }

    private static @Nullable String laterOf(@Nullable String cursor, HostReply reply) {
        String own = switch (reply) {
            case HostReply.Line line -> line.cursor();
            case HostReply.Progress progress -> progress.cursor();
            case HostReply.Step step -> step.cursor();
            case HostReply.Accepted accepted -> "";
            case HostReply.Chunk chunk -> "";
            case HostReply.Skipped skipped -> "";
            case Measurement measurement -> "";
        };
        // The console's own lines have no place in the box's account.
        return own.isEmpty() ? cursor : own;
    }

    private static HostReply.Step bounded(HostReply.Step step) {
        return new HostReply.Step(
                step.cursor(),
                step.time(),
                step.id(),
                step.kind(),
                start(step.name()),
                start(step.path()),
                step.state(),
                step.inputs().stream().limit(INPUTS_MAX).toList(),
                step.bytesDone(),
                step.bytesExpected());
    }

    private static String start(String text) {
        String plain = text.replace("\0", "\\0");
        return plain.length() <= NAME_MAX ? plain : plain.substring(0, NAME_MAX) + "…";
    }

    private static HostReply.Line bounded(HostReply.Line line) {
        if (line.text().length() <= TEXT_MAX && line.text().indexOf('\0') < 0) {
            return line;
        }
        String text = line.text().replace("\0", "\\0");
        if (text.length() > TEXT_MAX) {
            text = text.substring(0, TEXT_MAX) + "… (" + (text.length() - TEXT_MAX) + " more characters)";
        }
        return new HostReply.Line(
                line.cursor(), line.time(), line.priority(), line.unit(), line.stream(), line.derivation(), text);
    }
}
