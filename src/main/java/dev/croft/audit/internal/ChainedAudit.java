package dev.croft.audit.internal;

import dev.croft.access.Acted;
import dev.croft.audit.Audit;
import dev.croft.audit.AuditEntry;
import dev.croft.audit.internal.Head.Position;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.Edit;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Phrase;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationFinished;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;

/** Adds the rows, one after the other, and looks whether they are still what they were. */
@Service
class ChainedAudit implements Audit {

    private static final Logger log = LoggerFactory.getLogger(ChainedAudit.class);
    private static final int OBJECT_MOST = 1_000;
    private static final int EDITS_MOST = 150;
    private static final int EDIT_MOST = 400;
    /** Of all of them; JSON writes a character as six at the most, and the column takes 100 000. */
    private static final int EDITS_CHARACTERS_MOST = 15_000;

    private final AuditTable table;
    private final Head head;
    private final DesiredStates desired;
    private final Clock clock;
    /** A row is sealed by the one before, so only one is added at a time. */
    private final ReentrantLock adding = new ReentrantLock();

    ChainedAudit(AuditTable table, Head head, DesiredStates desired, Clock clock) {
        this.table = table;
        this.head = head;
        this.desired = desired;
        this.clock = clock;
    }

    // ---- writing

    @EventListener
    void acted(Acted act) {
        Operation operation = act.result() instanceof Operation asked ? asked : null;
        String id = operation != null
                ? operation.id().value()
                : act.operation() == null ? null : act.operation().value();
        HostName host = operation != null ? operation.host() : act.host();
        AppName app = operation != null ? operation.app() : act.app();
        add(
                act.at(),
                act.who(),
                act.session(),
                act.address(),
                act.verb(),
                host,
                app,
                id,
                operation == null ? act.object() : joined(operation.title(), act.object()),
                act.outcome().equals(Acted.DONE) ? edits(act, host, app) : List.of(),
                null,
                null,
                null,
                act.outcome());
    }

    private static String joined(String title, String object) {
        return object.isEmpty() ? title : title + ": " + object;
    }

    /** What the drafts change, as they are when somebody edits them or brings them to the box. */
    private List<Phrase> edits(Acted act, @Nullable HostName host, @Nullable AppName app) {
        boolean aboutDrafts = act.verb().startsWith("DesiredStates.")
                || act.verb().startsWith("Apps.")
                || act.verb().equals("Operations.apply")
                || act.verb().equals("Operations.deploy")
                || act.verb().equals("Backups.add");
        if (host == null || !aboutDrafts) {
            return List.of();
        }
        boolean settingsAlone = act.verb().contains("Settings") || act.verb().equals("Backups.add");
        try {
            return bounded(desired.edits(host).stream()
                    .filter(edit -> settingsAlone ? edit.app() == null : app == null || app.equals(edit.app()))
                    .map(ChainedAudit::about)
                    .toList());
        } catch (ProblemException e) {
            log.debug("The edits of {} are not known: {}", host, e.getMessage());
            return List.of();
        }
    }

    private static List<Phrase> bounded(List<Phrase> all) {
        List<Phrase> kept = new ArrayList<>();
        int room = EDITS_CHARACTERS_MOST;
        for (Phrase edit : all) {
            room -= edit.english().length();
            if (kept.size() == EDITS_MOST || room < 0) {
                kept.add(Phrase.of("and {0, number} more", all.size() - kept.size()));
                break;
            }
            kept.add(edit);
        }
        return kept;
    }

    private static Phrase about(Edit edit) {
        Phrase said = edit.app() == null
                ? edit.said()
                : Phrase.of("{0}: {1}", edit.app().value(), edit.said());
        String words = said.english();
        return words.length() > EDIT_MOST ? Phrase.data(words.substring(0, EDIT_MOST) + "…") : said;
    }

    @EventListener
    void ended(OperationFinished event) {
        Operation operation = event.operation();
        if (table.hasEnd(operation.id())) {
            return;
        }
        String after = text(operation.result().get("toplevel"));
        boolean changed = after != null && operation.kind() != Operation.Kind.PLAN;
        add(
                clock.instant(),
                operation.requestedBy(),
                "",
                "",
                "operation",
                operation.host(),
                operation.app(),
                operation.id().value(),
                operation.title(),
                List.of(),
                text(operation.result().get("revision")),
                table.closure(operation.host()).orElse(null),
                changed ? after : null,
                operation.state().name());
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    private void add(
            Instant at,
            String who,
            String session,
            String address,
            String verb,
            @Nullable HostName host,
            @Nullable AppName app,
            @Nullable String operation,
            String object,
            List<Phrase> edits,
            @Nullable String revision,
            @Nullable String closureBefore,
            @Nullable String closureAfter,
            String outcome) {
        adding.lock();
        try {
            Position last = last();
            AuditEntry open = new AuditEntry(
                    last.sequence() + 1,
                    at.truncatedTo(ChronoUnit.MICROS),
                    who,
                    session,
                    address,
                    verb,
                    host,
                    app,
                    operation,
                    object.length() > OBJECT_MOST ? object.substring(0, OBJECT_MOST) : object,
                    edits.stream().map(Phrase::english).toList(),
                    edits,
                    revision,
                    closureBefore,
                    closureAfter,
                    outcome,
                    "");
            AuditEntry entry = open.withHash(Chain.hash(last.hash(), open));
            table.insert(entry);
            head.write(new Position(entry.sequence(), entry.hash()));
            log.info("Audit {} {}", entry.sequence(), entry.hash());
        } finally {
            adding.unlock();
        }
    }

    /** The newest row; when the file knows of newer ones than the database, then those are gone, and the gap has to stay visible. */
    private Position last() {
        Position kept = table.newest().orElse(Position.START);
        return head.read().filter(noted -> noted.sequence() > kept.sequence()).orElse(kept);
    }

    // ---- reading

    @Override
    public List<AuditEntry> list(Filter filter, @Nullable Long before, int limit) {
        if (limit < 1 || limit > MOST) {
            throw Problem.of(
                            ProblemCode.INVALID_INPUT,
                            "The audit was not read.",
                            "limit: it lies between 1 and " + MOST + ".",
                            "Correct it and try again.")
                    .toException();
        }
        return table.newestFirst(filter, before, limit);
    }

    @Override
    public void export(Filter filter, Consumer<AuditEntry> out) {
        table.eachOf(filter, out);
    }

    @Override
    public Verification verify() {
        // What is added meanwhile must not look as if the note beside the database were wrong.
        adding.lock();
        try {
            return Walk.over(table, head);
        } finally {
            adding.unlock();
        }
    }
}
