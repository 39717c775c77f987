package dev.croft.ui.activity;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.kernel.OperationId;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ActivityViewTest extends ScreenTest {

    @Test
    void findsOperationsByWords() {
        navigate(ActivityView.class);
        eventually(() -> assertThat(rows()).isEqualTo(4));

        test(find(TextField.class).id("activity-filter")).setValue("weather");

        eventually(() -> assertThat(rows()).isEqualTo(2));
    }

    @Test
    void showsAFailureWithItsLog() {
        OperationId failed = world.operations().stream()
                .filter(each -> each.state() == OperationState.FAILED)
                .map(Operation::id)
                .findFirst()
                .orElseThrow();

        OperationView view = navigate(OperationView.class, Map.of("operation", failed.value()));

        eventually(() -> assertThat(find(ProblemPanel.class, view)
                        .withAttribute("data-code", "BUILD_FAILED")
                        .exists())
                .isTrue());
        assertThat(words(view)).contains("Cannot find module './forecast'");
        assertThat(view.getElement().getAttribute("data-state")).isEqualTo("FAILED");
    }

    private int rows() {
        return find(ListItem.class).withClassName("croft-row").all().size();
    }
}
