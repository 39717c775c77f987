package dev.croft.ui.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.ui.demo.DemoHosts;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ScreenTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

/** The box moved, or was reinstalled. */
class HostViewTest extends ScreenTest {

    private static final String NEW_KEY = "SHA256:" + "B".repeat(43);

    @Autowired
    private DemoHosts hosts;

    private HostEndpoint before;

    @BeforeEach
    void remember() {
        before = endpoint();
    }

    @AfterEach
    void asItWas() {
        hosts.showKey(before.fingerprint());
        hosts.move(DemoWorld.BOX, before);
    }

    @Test
    void aNewKeyIsComparedBeforeItIsApproved() {
        hosts.showKey(NEW_KEY);
        ask("10.213.7.2");

        assertThat(words(find(Div.class).id("host-move-shown")))
                .contains("another key than the one you approved", NEW_KEY, "ssh-keygen -lf");
        assertThat(endpoint()).isEqualTo(before);

        press("host-move");

        eventually(() -> assertThat(endpoint().fingerprint()).isEqualTo(NEW_KEY));
    }

    @Test
    void whatWasComparedCountsForThatPlaceOnly() {
        ask("10.213.7.9");
        assertThat(words(find(Div.class).id("host-move-shown"))).contains("it is this box");

        test(find(TextField.class).id("host-move-address")).setValue("10.213.7.10");

        assertThat(find(Span.class).withId("host-move-fingerprint").exists()).isFalse();
        assertThat(find(Button.class).id("host-move").getText()).isEqualTo("Ask for its key");
    }

    @Test
    @WithMockUser(
            username = "olga",
            roles = {"OPERATOR", "VIEWER"})
    void whoMayNotIsNotOffered() {
        navigate("host", HostView.class);
        eventually(() -> assertThat(find(Panel.class).all().stream().map(ScreenTest::words))
                .anyMatch(each -> each.contains(before.fingerprint())));

        assertThat(find(Button.class).withId("host-move-open").exists()).isFalse();
    }

    private HostEndpoint endpoint() {
        return hosts.get(DemoWorld.BOX).endpoint();
    }

    private void ask(String address) {
        navigate("host", HostView.class);
        eventually(() ->
                assertThat(find(Button.class).withId("host-move-open").exists()).isTrue());
        press("host-move-open");
        test(find(TextField.class).id("host-move-address")).setValue(address);
        press("host-move");
        eventually(() -> assertThat(
                        find(Span.class).withId("host-move-fingerprint").exists())
                .isTrue());
    }
}
