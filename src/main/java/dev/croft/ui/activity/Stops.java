package dev.croft.ui.activity;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Paragraph;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.Titles;
import java.util.Locale;
import java.util.Optional;

/** The way out of an operation that runs: Cancel while nothing has changed on the box, Revert from then on. */
@org.springframework.stereotype.Component
public class Stops {

    /** What stopping means in an operation's present state. */
    public enum Meaning {
        CANCEL(
                mark("Cancel"),
                "cross",
                mark(
                        "What was built so far stays in the box's store, so the next try is quicker. Nothing on the box has been changed.")),
        REVERT(
                mark("Revert"),
                "back",
                mark(
                        "The new system is active already. The box goes back to the one that ran before, and starts its apps' former versions."));

        private final String label;
        private final String icon;
        private final String words;

        Meaning(String label, String icon, String words) {
            this.label = label;
            this.icon = icon;
            this.words = words;
        }

        static Optional<Meaning> of(Operation operation) {
            int phase = operation.phase() == null ? -1 : PhaseSteps.ALL.indexOf(operation.phase());
            boolean active = phase >= PhaseSteps.ALL.indexOf("activate");
            return switch (operation.state()) {
                case QUEUED -> Optional.of(CANCEL);
                case AWAITING_CONFIRM -> Optional.of(REVERT);
                case RUNNING ->
                    // what is being made the boot default is over the hill; a collection cannot be taken back
                    "persist".equals(operation.phase()) || operation.kind() == Operation.Kind.GC
                            ? Optional.empty()
                            : Optional.of(active ? REVERT : CANCEL);
                default -> Optional.empty();
            };
        }
    }

    private final Operations operations;
    private final Background background;
    private final Rights rights;

    Stops(Operations operations, Background background, Rights rights) {
        this.operations = operations;
        this.background = background;
        this.rights = rights;
    }

    public static Optional<Meaning> meaning(Operation operation) {
        return Meaning.of(operation);
    }

    /** Empty when it cannot be stopped now, or not by this person. The id is operation-cancel or operation-revert behind the prefix. */
    public Optional<Button> button(Component owner, Operation operation, String idPrefix) {
        if (!rights.mayOperate(operation.app())) {
            return Optional.empty();
        }
        return Meaning.of(operation).map(meaning -> {
            String id = meaning.name().toLowerCase(Locale.ROOT);
            var button = Actions.button(
                    idPrefix + "-" + id, marked(meaning.label), meaning.icon, () -> ask(owner, operation, meaning, id));
            button.setTooltipText(marked(meaning.words));
            return button;
        });
    }

    private void ask(Component owner, Operation operation, Meaning meaning, String id) {
        new Dialogs(
                        t("{0}: {1}", marked(meaning.label), Titles.of(operation)),
                        id + "-confirmed",
                        marked(meaning.label),
                        dialog -> background.call(
                                owner,
                                () -> operations.cancel(operation.id()),
                                stopped -> dialog.close(),
                                dialog::refuse),
                        new Paragraph(marked(meaning.words)))
                .orElse(t("Let it go on"))
                .open();
    }
}
