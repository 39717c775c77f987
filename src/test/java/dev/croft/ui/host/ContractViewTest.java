package dev.croft.ui.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Section;
import dev.croft.desired.HostState.Machine;
import dev.croft.hostlink.HostCommand.Check;
import dev.croft.ui.demo.DemoContracts;
import dev.croft.ui.support.ScreenTest;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;
import org.springframework.test.annotation.DirtiesContext;

/** The standing page of what a box must offer, and its badge at home. */
class ContractViewTest extends ScreenTest {

    @Autowired
    private DemoContracts contracts;

    @Test
    void showsGroupByGroupWhatWasFoundAndWhatIsWanted() {
        open();

        assertThat(groups()).containsExactly("Kernel", "Nix", "System", "Network");
        assertThat(words(row("journal")))
                .contains("Recommended", "volatile", "wanted: persistent", "The logs from before a restart");
        assertThat(words(row("ports"))).contains("Not known", "443: nothing listens, closed in the firewall");
        assertThat(words(find(Div.class).id("contract-summary")))
                .contains("Croft works here")
                .contains("checked");
    }

    @Test
    void tellsItInTheReadersLanguage() {
        UI.getCurrent().setLocale(Locale.GERMAN);
        open();

        assertThat(words(row("journal")))
                .contains("Empfohlen", "flüchtig", "erwartet: dauerhaft", "Das Journal auf dem Datenträger behalten");
        assertThat(words(row("ports")))
                .contains("80: etwas lauscht, in der Firewall offen; 443: nichts lauscht, in der Firewall geschlossen");
    }

    @Test
    void aFixIsOneClickIntoTheDraft() {
        open();

        test(find(Button.class).withClassName("fix").single()).click();

        eventually(() -> assertThat(words(row("journal"))).contains("In the change that waits"));
        eventually(
                () -> assertThat(words(find(Div.class).id("settings-pending"))).contains("Nothing on the box"));
        assertThat(world.settingsDraft().orElseThrow().machine())
                .isEqualTo(new Machine(true, null, null, null, List.of()));
    }

    @Test
    @WithMockUser(
            username = "olga",
            roles = {"OPERATOR", "VIEWER"})
    void whoMayNotIsToldWhoMay() {
        open();

        assertThat(find(Button.class).withClassName("fix").exists()).isFalse();
        assertThat(words(row("journal"))).contains("An administrator can: Keep the journal on the disk");
    }

    @Test
    @DirtiesContext
    void homeWarnsOnlyWhenSomethingNeededIsMissing() {
        navigate("", com.vaadin.flow.component.Component.class);
        eventually(() ->
                assertThat(find(Anchor.class).withText("Details").exists()).isTrue());
        assertThat(find(Anchor.class).withId("contract-badge").exists()).isFalse();

        contracts.fillTheDisk();
        navigate("host/contract", ContractView.class);
        eventually(() -> assertThat(words(row("disk"))).contains("Needed", "Make room on Host"));
        navigate("", com.vaadin.flow.component.Component.class);

        eventually(() ->
                assertThat(find(Anchor.class).id("contract-badge").getHref()).isEqualTo("host/contract"));
    }

    @Test
    void whatIsNotKnownHasNotPassed() {
        assertThat(ContractPanel.verdict(List.of(found("nix", true), found("flakes", true)))
                        .getElement()
                        .getTextRecursively())
                .isEqualTo("All 2 checks pass");
        assertThat(ContractPanel.verdict(List.of(found("nix", true), found("flakes", true), found("ipv6", null)))
                        .getElement()
                        .getTextRecursively())
                .isEqualTo("2 checks pass; 1 is not known");
    }

    private static Check found(String id, @Nullable Boolean ok) {
        return new Check(id, "nix", Check.MUST, ok, "", "", "", null, null);
    }

    private void open() {
        navigate("host/contract", ContractView.class);
        eventually(() -> assertThat(row("nix")).isNotNull());
    }

    private List<String> groups() {
        return find(Section.class).withClassName("croft-contract-group").all().stream()
                .map(section -> section.getElement().getAttribute("aria-label"))
                .toList();
    }

    private ListItem row(String check) {
        return find(ListItem.class).withAttribute("data-check", check).single();
    }
}
