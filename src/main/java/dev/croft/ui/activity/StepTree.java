package dev.croft.ui.activity;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.ComponentEvent;
import com.vaadin.flow.component.ComponentEventListener;
import com.vaadin.flow.component.DomEvent;
import com.vaadin.flow.component.EventData;
import com.vaadin.flow.component.HasStyle;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.dependency.JsModule;
import com.vaadin.flow.internal.JacksonUtils;
import com.vaadin.flow.shared.Registration;
import dev.croft.hostlink.HostReply;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;

/** Builds and downloads as a tree, arranged and drawn by the browser. */
@Tag("croft-step-tree")
@JsModule("./croft/step-tree.ts")
final class StepTree extends Component implements HasStyle {

    private final Runnable onFirst;
    private boolean filled;

    /** @param onFirst called when there is something to show */
    StepTree(Runnable onFirst) {
        this.onFirst = onFirst;
        setId("operation-steps");
    }

    void add(Collection<HostReply.Step> steps) {
        if (!filled) {
            filled = true;
            onFirst.run();
        }
        ArrayNode batch = JacksonUtils.createArrayNode();
        for (HostReply.Step step : steps) {
            ArrayNode row = batch.addArray();
            row.add(step.id());
            row.add(step.kind());
            row.add(step.name());
            row.add(step.path());
            row.add(step.state());
            ArrayNode inputs = row.addArray();
            step.inputs().forEach(inputs::add);
            add(row, step.bytesDone());
            add(row, step.bytesExpected());
            row.add(step.time().toEpochMilli());
        }
        getElement().callJsFunction("addSteps", batch);
    }

    private static void add(ArrayNode row, @Nullable Long figure) {
        if (figure == null) {
            row.addNull();
        } else {
            row.add(figure);
        }
    }

    void unchoose() {
        getElement().callJsFunction("unchoose");
    }

    Registration addChosenListener(ComponentEventListener<StepChosen> listener) {
        return addListener(StepChosen.class, listener);
    }

    /** The reader wants to see the log of this build; with an empty path, everything again. */
    @DomEvent("step-chosen")
    public static final class StepChosen extends ComponentEvent<StepTree> {

        private final String path;
        private final String name;

        public StepChosen(
                StepTree source,
                boolean fromClient,
                @EventData("event.detail.path") String path,
                @EventData("event.detail.name") String name) {
            super(source, fromClient);
            this.path = path;
            this.name = name;
        }

        String path() {
            return path;
        }

        String name() {
            return name;
        }
    }
}
