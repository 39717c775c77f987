package dev.croft.ui.settings;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.NativeTableRow;
import dev.croft.ui.support.ScreenTest;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeopleViewTest extends ScreenTest {

    @Test
    void whatAProvidersRulesGiveIsNotOfferedToBeChangedHere() {
        PeopleView view = navigate("settings/people", PeopleView.class);
        eventually(() -> assertThat(words(view)).contains("anna", "grace"));

        assertThat(buttonsOf("anna")).containsExactly("Change", "New link", "Disable", "Remove");
        assertThat(buttonsOf("grace")).containsExactly("Disable", "Remove");
        assertThat(words(rowOf("grace"))).contains("by the rules of their provider");
    }

    private List<String> buttonsOf(String person) {
        return find(Button.class, rowOf(person)).all().stream()
                .map(Button::getText)
                .toList();
    }

    private NativeTableRow rowOf(String person) {
        return find(NativeTableRow.class).all().stream()
                .filter(row -> words(row).contains(person))
                .findFirst()
                .orElseThrow();
    }
}
