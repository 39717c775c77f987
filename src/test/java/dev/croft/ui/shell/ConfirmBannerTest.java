package dev.croft.ui.shell;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.html.Anchor;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.ScreenTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.test.context.support.WithMockUser;

class ConfirmBannerTest extends ScreenTest {

    @Autowired
    private Operations operations;

    @BeforeEach
    void open() {
        navigate("settings", com.vaadin.flow.component.Component.class);
    }

    @Test
    void asksOnWhateverPageAndTheBarCountsDown() {
        Operation applied = apply(60);

        eventually(() -> assertThat(waiting()).contains(applied.id().value()));
        assertThat(waiting())
                .contains("\"mine\":true")
                .contains("\"mayRevert\":true")
                .contains("the firewall and who may sign in to the box");
        eventually(() -> assertThat(words(pill())).contains("Confirming"));
        assertThat(pill().getHref()).isEqualTo(Links.operation(applied.id()));
    }

    @Test
    void tellsThatItWasKept() {
        Operation applied = apply(60);
        eventually(() -> assertThat(waiting()).contains(applied.id().value()));

        world.confirm(applied.id());

        eventually(() -> assertThat(outcome()).contains("\"kept\":true").contains("Generation 5 runs"));
        assertThat(waiting()).isEqualTo("null");
    }

    @Test
    void goesBackWhenAskedAndSaysSoOnPagesThatComeLater() {
        Operation applied = apply(60);
        eventually(() -> assertThat(waiting()).contains(applied.id().value()));

        fireRevert(applied);

        eventually(() -> assertThat(world.operations().getFirst().state()).isEqualTo(OperationState.ROLLED_BACK));
        eventually(() -> assertThat(outcome()).contains("\"kept\":false").contains("the box runs what ran before"));
        eventually(() -> assertThat(words(pill())).contains("Reverted"));
    }

    @Test
    void goesBackByItselfWhenNobodyAnswers() {
        apply(1);

        eventually(() -> assertThat(outcome()).contains("Nobody confirmed it within 1 seconds."));
    }

    @Test
    @WithMockUser(
            username = "ben",
            roles = {"OPERATOR", "VIEWER"})
    void somebodyElseCanOnlyRevert() {
        apply(60);

        eventually(() -> assertThat(waiting())
                .contains("\"mine\":false")
                .contains("\"mayRevert\":true")
                .contains("\"who\":\"anna\""));
    }

    @Test
    @WithMockUser(username = "vera", roles = "VIEWER")
    void somebodyWhoMayOnlyLookIsOfferedNothing() {
        apply(60);

        eventually(() -> assertThat(waiting()).contains("\"mine\":false").contains("\"mayRevert\":false"));
    }

    /** anna applies from her own browser, whoever looks at this page. */
    private Operation apply(int within) {
        world.furnishDrafts();
        var here = SecurityContextHolder.getContext();
        var hers = SecurityContextHolder.createEmptyContext();
        hers.setAuthentication(
                new TestingAuthenticationToken("anna", "", "ROLE_ADMIN", "ROLE_OPERATOR", "ROLE_VIEWER"));
        SecurityContextHolder.setContext(hers);
        try {
            return operations.apply(DemoWorld.BOX, new Operations.Apply(null, null, new Confirming(false, within)));
        } finally {
            SecurityContextHolder.setContext(here);
        }
    }

    private void fireRevert(Operation operation) {
        var banner = find(ConfirmBanner.class).single();
        com.vaadin.flow.component.ComponentUtil.fireEvent(
                banner, new ConfirmBanner.Revert(banner, true, operation.id().value()));
    }

    private Anchor pill() {
        return find(Anchor.class).id("host-state");
    }

    private String waiting() {
        return property("waiting");
    }

    private String outcome() {
        return property("outcome");
    }

    private String property(String name) {
        Object value = find(ConfirmBanner.class).single().getElement().getPropertyRaw(name);
        return String.valueOf(value);
    }
}
