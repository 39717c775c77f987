package dev.croft.ui.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.combobox.ComboBox;
import com.vaadin.flow.component.html.Paragraph;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.telemetry.Telemetry.Query;
import dev.croft.ui.demo.DemoTelemetry;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class MetricsViewTest extends ScreenTest {

    @Autowired
    private DemoTelemetry telemetry;

    @AfterEach
    void measuredAgain() {
        telemetry.say(null);
    }

    private void open() {
        UI.getCurrent().navigate(Links.METRICS);
        eventually(() ->
                assertThat(words(find(Paragraph.class).id("metrics-kept"))).isNotEmpty());
    }

    @Test
    void beginsWithTheLastHourAndSaysHowMuchRoomTheHistoryTakes() {
        open();

        Query first = telemetry.asked().getLast();
        assertThat(Duration.between(first.from(), first.to())).isEqualTo(Duration.ofHours(1));
        assertThat(words(find(Paragraph.class).id("metrics-kept")))
                .contains("hours for a year")
                .contains("of at most 537");
    }

    @Test
    void aUnitIsChosenByItsName() {
        open();
        @SuppressWarnings("unchecked")
        ComboBox<String> unit = find(ComboBox.class).id("metrics-unit");

        assertThat(unit.getListDataView().getItems()).containsExactly("croft-app-blog.service", "nginx.service");
        test(unit).selectItem("nginx.service");

        eventually(() -> assertThat(telemetry.asked().getLast().unit()).isEqualTo("nginx.service"));
    }

    @Test
    void whyTheBoxIsNotMeasuredIsSaid() {
        open();

        telemetry.say(
                Problem.of(ProblemCode.HOST_UNREACHABLE, "The box does not answer.", "It is off.", "Switch it on."));

        eventually(() -> assertThat(find(ProblemPanel.class).all())
                .anyMatch(panel -> words(panel).contains("It is off.")));
    }
}
