package dev.croft.ui.shell;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.ComponentEvent;
import com.vaadin.flow.component.ComponentEventListener;
import com.vaadin.flow.component.DomEvent;
import com.vaadin.flow.component.EventData;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import com.vaadin.flow.internal.JacksonUtils;
import com.vaadin.flow.shared.Registration;
import dev.croft.kernel.OperationId;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.ui.support.Titles;
import dev.croft.ui.support.Words;
import java.time.Duration;
import java.time.Instant;
import tools.jackson.databind.node.ObjectNode;

/**
 * "Can you see this? Keep · Revert", on every page while a change waits for it, and how it ended. The browser counts down and sends Keep
 * by itself, over a connection of its own: what comes through this page's connection proves nothing.
 */
@Tag("croft-confirm")
@JsModule("./croft/confirm.ts")
final class ConfirmBanner extends Component {

    ConfirmBanner() {
        setId("confirm");
        getElement().setAttribute("hidden", true);
    }

    /**
     * @param mine whether this browser started it, and so may keep it
     * @param mayRevert whether this person may stop operations
     */
    void ask(Operation operation, boolean mine, boolean mayRevert, Instant now) {
        Operation.Waiting waiting = operation.confirm();
        if (waiting == null) {
            return;
        }
        Instant began = operation.phases().stream()
                .filter(each -> each.phase().equals("confirm"))
                .map(Operation.PhaseTime::startedAt)
                .reduce((first, second) -> second)
                .orElse(now);
        ObjectNode json = JacksonUtils.createObjectNode();
        json.put("operation", operation.id().value());
        json.put("title", Titles.of(operation));
        json.put("until", waiting.until().toEpochMilli());
        json.put("span", Duration.between(began, waiting.until()).toSeconds());
        json.put("touches", Words.touches(waiting.reasons()));
        json.put("mine", mine && mayRevert);
        json.put("who", operation.requestedBy());
        json.put("mayRevert", mayRevert);
        getElement().setPropertyJson("outcome", JacksonUtils.nullNode());
        getElement().setPropertyJson("waiting", json);
    }

    /** Nothing waits any more. */
    void quiet() {
        getElement().setPropertyJson("waiting", JacksonUtils.nullNode());
    }

    /** How a change ended that had waited. */
    void ended(Operation operation) {
        boolean kept = operation.state() == OperationState.SUCCEEDED;
        ObjectNode json = JacksonUtils.createObjectNode();
        json.put("operation", operation.id().value());
        json.put("kept", kept);
        json.put("title", kept ? t("Kept: {0}", Titles.of(operation)) : t("Reverted: {0}", Titles.of(operation)));
        json.put("words", kept ? keptWords(operation) : revertedWords(operation));
        json.put("href", Links.operation(operation.id()));
        quiet();
        getElement().setPropertyJson("outcome", json);
    }

    /** Another change began: the end of the last one is history. */
    void forget() {
        getElement().setPropertyJson("outcome", JacksonUtils.nullNode());
    }

    void revertRefused() {
        getElement().callJsFunction("revertRefused");
    }

    Registration addRevertListener(ComponentEventListener<Revert> listener) {
        return addListener(Revert.class, listener);
    }

    private static String keptWords(Operation operation) {
        return operation.generation() == null
                ? t("The box boots from it from now on.")
                : t("Generation {0} runs, and the box boots from it from now on.", operation.generation());
    }

    private static String revertedWords(Operation operation) {
        return operation.problem() == null
                ? t("The box runs what ran before.")
                : operation.problem().what() + " " + operation.problem().why();
    }

    /** Somebody pressed Revert. */
    @DomEvent("revert")
    public static final class Revert extends ComponentEvent<ConfirmBanner> {

        private final String operation;

        public Revert(ConfirmBanner source, boolean fromClient, @EventData("event.detail.operation") String operation) {
            super(source, fromClient);
            this.operation = operation;
        }

        OperationId operation() {
            return new OperationId(operation);
        }
    }
}
