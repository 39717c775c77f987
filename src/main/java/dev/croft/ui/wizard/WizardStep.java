package dev.croft.ui.wizard;

import com.vaadin.flow.component.html.Div;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.setup.Wizard.Progress;
import dev.croft.setup.Wizard.Step;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One step: what it shows, what it writes into the draft of the box's settings, and how that is taken back. */
abstract class WizardStep extends Div {

    private final Step step;
    private final String title;
    private final String words;

    /** @param words what it is about, in a sentence for somebody who has never seen NixOS */
    WizardStep(Step step, String title, String words) {
        this.step = step;
        this.title = title;
        this.words = words;
        addClassNames("croft-fields", "croft-form", "croft-wizard-step");
    }

    final Step step() {
        return step;
    }

    final String title() {
        return title;
    }

    final String words() {
        return words;
    }

    /** Shows how things are to be, by the drafts of everybody. */
    void show(HostState draft, Progress progress) {}

    /**
     * Looks at what was decided before "Next" writes it, and calls one of the two on the page's thread, now or later.
     *
     * @param stay somebody was told something here first; {@link #wasTold} is true then
     */
    void beforeLeaving(Runnable goOn, Runnable stay) {
        goOn.run();
    }

    /** Whether the next "Next" goes on in spite of what was told. */
    boolean wasTold() {
        return false;
    }

    /** What "Next" writes into the draft; empty when a field says no, which then says why. */
    Optional<UnaryOperator<HostSettings>> edit() {
        return Optional.of(UnaryOperator.identity());
    }

    /** What is decided here and no draft has. */
    @Nullable
    String answer() {
        return null;
    }

    /** Whether "Undo this step" takes back all that it did. */
    boolean isUndoable() {
        return true;
    }

    /** The settings without what this step wrote. */
    HostSettings undone(HostSettings draft, HostSettings inForce) {
        return draft;
    }

    /** Takes back what cannot be told from the settings alone; not on the page's thread. */
    void undoMore() {}

    /** It has been taken back. */
    void afterUndo() {}
}
