package dev.croft.ui.logs;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.combobox.ComboBox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Input;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.QueryParameters;
import dev.croft.logs.LogQuery;
import dev.croft.ui.demo.DemoLogs;
import dev.croft.ui.support.ScreenTest;
import dev.croft.ui.support.StatusText;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;

class LogsPanelTest extends ScreenTest {

    @Autowired
    private DemoLogs logs;

    @BeforeEach
    void nobodyHasAsked() {
        logs.restart();
    }

    @org.junit.jupiter.api.RepeatedTest(50)
    void followsAnAppAndPauses() {
        UI.getCurrent().navigate("apps/bookmarks/logs");
        eventually(() -> assertThat(state()).isEqualTo("Live"));
        eventually(() -> assertThat(logs.asked()).isNotEmpty());
        assertThat(logs.asked().getFirst().colours()).isTrue();
        assertThat(logs.asked().getFirst().after()).isNull();

        // Lines have come, and the page knows its app.
        eventually(() -> assertThat(
                        find(ComboBox.class).id("log-unit").getListDataView().getItemCount())
                .isPositive());
        eventually(
                () -> assertThat(find(Button.class).id("log-pause").isEnabled()).isTrue());
        press("log-pause");
        assertThat(state()).isEqualTo("Paused");
        press("log-pause");
        eventually(() -> assertThat(logs.asked().getLast().after()).isNotNull());
        assertThat(state()).isEqualTo("Live");
    }

    @org.junit.jupiter.api.RepeatedTest(50)
    void searchesOnTheBoxAndShowsWhyAPatternIsNone() {
        UI.getCurrent().navigate("host/logs");
        eventually(() -> assertThat(logs.asked()).isNotEmpty());
        test(find(TextField.class).id("log-filter")).setValue("needle");
        eventually(() -> assertThat(logs.asked().getLast().filter().search()).isEqualTo("needle"));
        assertThat(logs.asked().getLast().filter().regex()).isFalse();

        test(find(Input.class).id("log-until")).setValue("2026-05-04T12:00");
        eventually(() -> assertThat(logs.asked().getLast().filter().until()).isNotNull());
        eventually(() -> assertThat(state()).isEqualTo("Not following"));
        test(find(TextField.class).id("log-filter")).setValue("needle(");
        test(find(Checkbox.class).id("log-pattern")).click();
        eventually(() -> assertThat(words(find(Div.class).id("log-problem"))).contains("no pattern"));
    }

    @org.junit.jupiter.api.RepeatedTest(50)
    void opensALineThatAnAddressNames() {
        UI.getCurrent().navigate("host/logs", QueryParameters.of("line", "c2500"));
        eventually(() -> assertThat(logs.asked()).extracting(LogQuery::around).containsExactly("c2500"));
        assertThat(state()).isEqualTo("Not following");

        press("log-live");
        eventually(() -> assertThat(state()).isEqualTo("Live"));
        eventually(() -> assertThat(logs.asked().getLast().around()).isNull());
    }

    @org.junit.jupiter.api.RepeatedTest(50)
    void saysWhenTheLineHasLeftTheJournal() {
        logs.forget();
        UI.getCurrent().navigate("apps/bookmarks/logs", QueryParameters.of("line", "c2500"));
        eventually(() -> assertThat(
                        words(find(com.vaadin.flow.component.html.Span.class).id("log-note")))
                .contains("does not have this line any more"));
        assertThat(find(Button.class).id("log-newer").isVisible()).isTrue();
    }

    private String state() {
        return words(find(StatusText.class).id("log-state"));
    }
}
