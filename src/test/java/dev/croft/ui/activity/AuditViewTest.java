package dev.croft.ui.activity;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ScreenTest;
import org.junit.jupiter.api.Test;

/** Sixty deployments, by Anna and Bob in turns. */
class AuditViewTest extends ScreenTest {

    @Test
    void showsFiftyRowsAndTheOlderOnesBehindThem() {
        navigate(AuditView.class);
        eventually(() ->
                assertThat(find(Button.class).id("audit-older").isEnabled()).isTrue());
        assertThat(rows()).contains("anna", "192.0.2.7", "Operations.deploy", "memory limit 512M → 1G", "done");

        press("audit-older");

        eventually(() ->
                assertThat(find(Button.class).id("audit-older").isEnabled()).isFalse());
    }

    @Test
    void filtersWhatIsShownAndWhatIsExported() {
        navigate(AuditView.class);
        eventually(() -> assertThat(rows()).contains("anna"));

        test(find(TextField.class).id("audit-who")).setValue("bob");

        eventually(() -> assertThat(rows()).contains("bob").doesNotContain("anna"));
        assertThat(find(Anchor.class).withText("CSV").single().getHref())
                .isEqualTo("api/v1/audit/export?format=csv&who=bob");

        test(find(TextField.class).id("audit-who")).setValue("nobody");

        eventually(() -> assertThat(rows()).contains("No row fits the filter."));
    }

    @Test
    void saysWhetherTheChainIsWhole() {
        navigate(AuditView.class);

        press("audit-verify");

        eventually(() -> assertThat(words(find(Div.class).id("audit-chain"))).contains("The chain is whole: 60 rows"));
    }

    private String rows() {
        return words(find(Panel.class).single());
    }
}
