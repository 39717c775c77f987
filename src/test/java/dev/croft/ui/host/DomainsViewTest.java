package dev.croft.ui.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.textfield.EmailField;
import dev.croft.desired.HostState.Acme;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ScreenTest;
import dev.croft.ui.support.TimeText;
import org.junit.jupiter.api.Test;
import org.springframework.security.test.context.support.WithMockUser;

/** Domains with their certificates, and the ports that nobody declared. */
class DomainsViewTest extends ScreenTest {

    @Test
    void saysHowLongEachCertificateLastsAndWhatWentWrong() {
        open();

        assertThat(words(row("blog.example.org"))).contains("64 days left", "Let's Encrypt", "blog");
        assertThat(words(row("shop.example.org"))).contains("5 days left", "no valid A records");
        assertThat(words(row("mine.example.org"))).contains("self-signed one stands in");
        assertThat(words(find(Panel.class).id("leftovers"))).contains("old.example.org", "generation 3");
    }

    @Test
    void renewsNow() {
        open();

        test(button(row("shop.example.org"), "domain-renew-now")).click();
        press("certificate-renew");

        eventually(() -> assertThat(words(row("shop.example.org"))).contains("90 days left"));
        assertThat(words(find(Div.class).id("domains-note"))).contains("nginx.service");
    }

    @Test
    void saysWhenTheBoxTriesNext() {
        open();

        assertThat(words(row("shop.example.org"))).contains("next try");
        assertThat(find(TimeText.class, row("shop.example.org")).exists()).isTrue();
    }

    @Test
    void keepsTheAccountAsAPendingChangeWithTheTrialFirst() {
        open();

        test(find(EmailField.class).id("acme-email")).setValue("ada@attic.example");
        press("acme-save");

        eventually(() -> assertThat(world.settingsDraft().orElseThrow().acme())
                .isEqualTo(new Acme("ada@attic.example", Acme.STAGING)));
    }

    @Test
    @WithMockUser(username = "vera", roles = "VIEWER")
    void aViewerMayLookAndCheck() {
        open();

        assertThat(find(Button.class, row("shop.example.org")).all())
                .extracting(Button::getText)
                .containsExactly("Check");
        assertThat(find(EmailField.class).all()).isEmpty();
    }

    @Test
    void whatNobodyDeclaredStandsFirst() {
        navigate(NetworkView.class);

        eventually(() -> {
            var listening = find(ListItem.class).all().stream()
                    .filter(each -> each.getElement().hasAttribute("data-listening"))
                    .toList();
            assertThat(listening).hasSize(5);
            assertThat(words(listening.getFirst())).contains("4000", "Not declared, and open", "End it");
            assertThat(words(listening.get(1))).contains("5353", "the firewall keeps it shut");
        });
    }

    private void open() {
        navigate(DomainsView.class);
        eventually(() -> assertThat(row("blog.example.org")).isNotNull());
    }

    private ListItem row(String domain) {
        return find(ListItem.class).all().stream()
                .filter(each -> domain.equals(each.getElement().getAttribute("data-domain")))
                .findFirst()
                .orElseThrow();
    }

    private Button button(ListItem row, String className) {
        return find(Button.class, row).all().stream()
                .filter(each -> each.hasClassName(className))
                .findFirst()
                .orElseThrow();
    }
}
