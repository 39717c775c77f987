package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import dev.croft.desired.AppSpec;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.Edit;
import dev.croft.desired.HostState;
import dev.croft.hostlink.HostCommand.Comparison;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostCommand.Snapshot;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemException;
import dev.croft.maintenance.Generations;
import dev.croft.operations.Operations;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.DataChoice;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.TimeText;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Says what a rollback of the whole box does, asks for the box what it would change, and starts it. */
final class RollBackDialog extends Dialogs {

    private static final int MOST_EDITS = 8;

    private final HostName host;
    private final Generation generation;
    private final Generations generations;
    private final DesiredStates desired;
    private final Background background;
    private final DataChoice choice;
    private final Div changes;
    private final Div confirming;
    private final Div major;

    /** @param edits what is known of the two states; null when one of them has none */
    private record Preview(@Nullable List<Edit> edits, List<DataChoice.Loss> apps, List<MajorNote> majors) {}

    RollBackDialog(
            HostName host,
            Generation generation,
            Operations operations,
            Generations generations,
            DesiredStates desired,
            Background background) {
        this(
                host,
                generation,
                operations,
                generations,
                desired,
                background,
                new DataChoice(),
                new Div(),
                new Div(),
                new Div());
    }

    private RollBackDialog(
            HostName host,
            Generation generation,
            Operations operations,
            Generations generations,
            DesiredStates desired,
            Background background,
            DataChoice choice,
            Div changes,
            Div confirming,
            Div major) {
        super(
                t("Roll back to generation {0}?", generation.number()),
                "confirm-roll-back",
                t("Roll back"),
                dialog -> background.call(
                        dialog,
                        () -> operations.rollBack(
                                host,
                                new Operations.RollBack(generation.number(), choice.withData(), Confirming.DEFAULT)),
                        operation -> dialog.close(),
                        dialog::refuse),
                what(generation),
                new Facts()
                        .fact(t("Generation"), t("{0}: {1}", generation.number(), GenerationRow.title(generation)))
                        .fact(t("From"), TimeText.clock(generation.date()), TimeText.ago(generation.date())),
                major,
                changes,
                choice,
                confirming);
        this.host = host;
        this.generation = generation;
        this.generations = generations;
        this.desired = desired;
        this.background = background;
        this.choice = choice;
        this.changes = changes;
        this.confirming = confirming;
        this.major = major;
        major.setVisible(false);
        changes.setId("roll-back-changes");
        changes.addClassName("croft-hint");
        changes.setText(t("Asking the box what this changes …"));
        confirming.setId("roll-back-confirming");
        confirming.addClassName("croft-note");
        confirming.setVisible(false);
        addAttachListener(attached -> preview());
    }

    private static Paragraph what(Generation generation) {
        return new Paragraph(t(
                "The whole box returns to generation {0}: its apps, their versions and its settings become what they were then. Nothing is deleted; what runs now stays in this list, and you can come back to it.",
                generation.number()));
    }

    private void preview() {
        background.call(this, this::read, this::render, problem -> {
            changes.removeAll();
            changes.add(new ProblemPanel(problem));
        });
    }

    private Preview read() {
        Comparison comparison = generations.compare(host, null, generation.number());
        Optional<HostState> from = state(comparison.state().from());
        Optional<HostState> to = state(comparison.state().to());
        if (from.isEmpty() || to.isEmpty()) {
            return new Preview(null, List.of(), MajorNote.of(comparison));
        }
        List<Snapshot> snapshots = generations.snapshots(host, null);
        List<DataChoice.Loss> apps = to.get().apps().entrySet().stream()
                .filter(entry -> !sameVersion(from.get().apps().get(entry.getKey()), entry.getValue()))
                .map(entry -> new DataChoice.Loss(entry.getKey(), newest(snapshots, entry.getKey(), entry.getValue())))
                .toList();
        return new Preview(desired.edits(from.get(), to.get()), apps, MajorNote.of(comparison));
    }

    /** A state that this console cannot read (an older or newer format) is no reason not to go back to it. */
    private Optional<HostState> state(@Nullable String text) {
        try {
            return Optional.ofNullable(text).map(desired::parse);
        } catch (ProblemException unreadable) {
            return Optional.empty();
        }
    }

    private static boolean sameVersion(@Nullable AppSpec running, AppSpec wanted) {
        return running != null
                && running.source().url().equals(wanted.source().url())
                && Objects.equals(running.source().rev(), wanted.source().rev());
    }

    /** Snapshots come newest first. */
    private static @Nullable Snapshot newest(List<Snapshot> snapshots, AppName app, AppSpec wanted) {
        return snapshots.stream()
                .filter(each -> each.app().equals(app)
                        && each.rev() != null
                        && each.rev().equals(wanted.source().rev()))
                .findFirst()
                .orElse(null);
    }

    private void render(Preview preview) {
        changes.removeAll();
        major.setVisible(!preview.majors().isEmpty());
        preview.majors().forEach(major::add);
        choice.about(preview.apps());
        List<Edit> edits = preview.edits();
        confirming.setVisible(true);
        if (edits == null) {
            changes.setText(
                    t(
                            "One of the two systems does not carry its state, so Croft cannot say what differs. Compare them first."));
            confirm(
                    t(
                            "Croft activates it and then asks whether you can still see this page. Without an answer within 60 seconds the box goes back by itself."));
            return;
        }
        if (edits.isEmpty()) {
            changes.setText(t("The configuration is the same; only the system built from it differs."));
        } else {
            changes.removeClassName("croft-hint");
            changes.add(new EditList(edits, MOST_EDITS));
        }
        boolean hostLevel = edits.stream().anyMatch(edit -> edit.app() == null);
        confirm(
                hostLevel
                        ? t(
                                "This changes the box itself. Croft activates it and then asks whether you can still see this page. Without an answer within 60 seconds the box goes back by itself.")
                        : t(
                                "Only apps change: their health checks decide whether it is kept. Should the box find that more than apps changes, it asks you to confirm within 60 seconds, or goes back by itself."));
    }

    private void confirm(String words) {
        confirming.removeAll();
        confirming.add(Icons.of("shield"), new Span(words));
    }
}
