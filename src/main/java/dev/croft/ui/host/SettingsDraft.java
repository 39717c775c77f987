package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.shared.HasValidationProperties;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.Draft;
import dev.croft.desired.HostState;
import dev.croft.desired.HostState.HostSettings;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Words;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The box's settings as one page edits them: read with the draft laid over, changed in one field or two, kept as a draft. An edit names
 * the settings from which it began, so that two people do not overwrite each other unseen.
 */
public final class SettingsDraft {

    private final HostName host;
    private final DesiredStates desired;
    private final Background background;
    private final Div note = new Div();
    private final Map<String, HasValidationProperties> byPath = new LinkedHashMap<>();
    private @Nullable HostSettings base;

    /** The whole state with the drafts laid over it, and the draft of the settings when there is one. */
    private record Loaded(HostState state, Optional<Draft> draft) {}

    public SettingsDraft(HostName host, DesiredStates desired, Background background) {
        this.host = host;
        this.desired = desired;
        this.background = background;
        note.addClassNames("croft-note", "croft-note-warn");
        note.setId("settings-pending");
        note.getElement().setAttribute("role", "status");
        note.setVisible(false);
    }

    /** Says that there is a change that waits, and leads to where it is reviewed. */
    public Component note() {
        return note;
    }

    /** @param path the field below host in docs/state.md, as a refusal names it */
    public void field(String path, HasValidationProperties field) {
        byPath.put(path, field);
    }

    /** What the page shows already: edits begin from that until it was read anew. */
    public void begin(HostState shown) {
        if (base == null) {
            base = shown.host();
        }
    }

    public void load(Component owner, Consumer<HostState> onLoaded, Consumer<Problem> onProblem) {
        background.call(
                owner,
                this::read,
                loaded -> {
                    base = loaded.state().host();
                    pending(loaded.draft());
                    onLoaded.accept(loaded.state());
                },
                onProblem);
    }

    /** Keeps a draft with this edit. A refusal stands beside its field; {@code onProblem} hears of every refusal. */
    public void save(
            Component owner,
            UnaryOperator<HostSettings> edit,
            Consumer<HostState> onSaved,
            Consumer<Problem> onProblem) {
        HostSettings before = base;
        if (before == null) {
            // What the fields show is not what the box has: laid over it, it would undo somebody's settings.
            onProblem.accept(Problem.of(
                    ProblemCode.CONFLICT,
                    t("Nothing was saved."),
                    t("The settings that are in force have not been read yet."),
                    t("Wait until they are shown, or load the page again; then save once more.")));
            return;
        }
        byPath.values().forEach(field -> field.setInvalid(false));
        HostSettings after = edit.apply(before);
        background.call(
                owner,
                () -> {
                    // Who changes nothing overwrites nobody, whatever was drafted meanwhile.
                    if (!after.equals(before)) {
                        desired.putSettings(host, after, desired.digest(before));
                    }
                    return read();
                },
                loaded -> {
                    base = loaded.state().host();
                    pending(loaded.draft());
                    onSaved.accept(loaded.state());
                },
                refused -> {
                    mark(refused);
                    onProblem.accept(refused);
                });
    }

    private Loaded read() {
        return new Loaded(
                desired.draft(host),
                desired.drafts(host).stream().filter(each -> each.app() == null).findFirst());
    }

    private void pending(Optional<Draft> draft) {
        note.removeAll();
        note.setVisible(draft.isPresent());
        draft.ifPresent(waiting -> {
            var review = new Anchor(Links.CHANGES, t("Review it"));
            review.setId("settings-review");
            note.add(
                    Icons.of("info"),
                    new Span(new Span(t(
                            "Saved as a pending change by {0}. Nothing on the box has changed yet.",
                            waiting.savedBy()))),
                    review);
        });
    }

    private void mark(Problem problem) {
        int colon = problem.why().indexOf(": ");
        if (problem.code() != ProblemCode.INVALID_INPUT || colon < 0) {
            return;
        }
        String path = problem.why().substring(0, colon).replaceFirst("^host\\.", "");
        String reason = Words.capital(problem.why().substring(colon + 2));
        byPath.entrySet().stream()
                .filter(entry -> path.equals(entry.getKey()) || path.startsWith(entry.getKey() + "."))
                .findFirst()
                .ifPresent(entry -> {
                    entry.getValue().setErrorMessage(reason);
                    entry.getValue().setInvalid(true);
                });
    }
}
