package dev.croft.ui.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Section;
import dev.croft.desired.HostState.Ssh;
import dev.croft.hostlink.HostCommand.Check;
import dev.croft.ui.demo.DemoContracts;
import dev.croft.ui.support.ScreenTest;
import java.util.List;
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
        assertThat(words(row("ssh-passwords")))
                .contains("Recommended", "allowed", "wanted: keys only", "guessed from anywhere");
        assertThat(words(row("ipv6"))).contains("Not known", "no router answered");
        assertThat(words(find(Div.class).id("contract-summary")))
                .contains("Croft works here")
                .contains("checked");
    }

    @Test
    void aFixIsOneClickIntoTheDraft() {
        open();

        test(find(Button.class).withClassName("fix").single()).click();

        eventually(() -> assertThat(words(row("ssh-passwords"))).contains("In the change that waits"));
        eventually(
                () -> assertThat(words(find(Div.class).id("settings-pending"))).contains("Nothing on the box"));
        assertThat(world.settingsDraft().orElseThrow().ssh()).isEqualTo(new Ssh(false));
    }

    @Test
    @WithMockUser(
            username = "olga",
            roles = {"OPERATOR", "VIEWER"})
    void whoMayNotIsToldWhoMay() {
        open();

        assertThat(find(Button.class).withClassName("fix").exists()).isFalse();
        assertThat(words(row("ssh-passwords"))).contains("An administrator can: Let in keys only");
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
        eventually(() -> assertThat(words(row("disk"))).contains("Needed", "Delete old generations"));
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
