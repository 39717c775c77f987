package dev.croft.ui.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.desired.HostState.Exporter;
import dev.croft.desired.HostState.Monitoring;
import dev.croft.desired.HostState.Otlp;
import dev.croft.ui.demo.DemoSecrets;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ScreenTest;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

/** Exporters and OpenTelemetry: kept as a change that waits, like every other setting of the box. */
class MonitoringViewTest extends ScreenTest {

    @Autowired
    DemoSecrets secrets;

    @Test
    void exportersAreSwitchedOnByAClick() {
        open();
        assertThat(words(row("node"))).contains("Off");

        click("exporter-node");
        click("exporter-postgresql");
        press("exporters-save");

        eventually(
                () -> assertThat(words(find(Div.class).id("settings-pending"))).contains("Nothing on the box"));
        assertThat(drafted())
                .isEqualTo(new Monitoring(
                        null, null, new TreeMap<>(Map.of(Exporter.NODE, 9100, Exporter.POSTGRESQL, 9187)), null));
        assertThat(words(row("node"))).contains("On with the pending change", "http://127.0.0.1:9100/metrics");
        assertThat(words(row("systemd"))).contains("Off");
    }

    @Test
    void whatIsOnIsSwitchedOffAgainAndNothingIsLeft() {
        world.draftSettings(settings -> settings.withServices(settings.services()
                .withMonitoring(new Monitoring("10.100.0.1", true, new TreeMap<>(Map.of(Exporter.NODE, 9200)), null))));
        open();
        eventually(() -> assertThat(
                        find(IntegerField.class).id("exporter-port-node").getValue())
                .isEqualTo(9200));
        assertThat(words(find(Panel.class).id("exporters"))).contains("Whoever reaches 10.100.0.1");

        click("exporter-node");
        press("exporters-save");

        eventually(() -> assertThat(words(row("node"))).contains("Off"));
        assertThat(world.settingsDraft().map(draft -> draft.services().monitoring()))
                .isEmpty();
    }

    @Test
    void saysAtTheFieldWhatIsWrong() {
        open();

        click("exporter-node");
        test(find(TextField.class).id("exporters-address")).setValue("0.0.0.0");
        press("exporters-save");
        eventually(
                () -> assertThat(find(TextField.class).id("exporters-address").getErrorMessage())
                        .contains("not 0.0.0.0"));

        test(find(TextField.class).id("exporters-address")).setValue("");
        click("exporter-systemd");
        test(find(IntegerField.class).id("exporter-port-systemd")).setValue(9100);
        press("exporters-save");
        eventually(() -> assertThat(
                        find(IntegerField.class).id("exporter-port-systemd").getErrorMessage())
                .contains("also the port of the exporter of the machine"));
        assertThat(world.settingsDraft()).isEmpty();
        assertThat(find(Button.class).id("exporters-save").isEnabled()).isTrue();
    }

    @Test
    void sendsToAServerThatWantsToSeeAHeader() {
        // One that no run before has set.
        String value = "Bearer " + UUID.randomUUID();
        open();

        click("otlp-sends");
        test(find(TextField.class).id("otlp-endpoint")).setValue("http://otel.example.org");
        press("otlp-save");
        eventually(() -> assertThat(find(TextField.class).id("otlp-endpoint").getErrorMessage())
                .contains("https://"));

        test(find(TextField.class).id("otlp-endpoint")).setValue("https://otel.example.org:4318");
        click("otlp-logs");
        test(find(TextField.class).id("otlp-header")).setValue("Authorization");
        test(find(PasswordField.class).id("otlp-value")).setValue(value);
        press("otlp-save");

        eventually(() -> assertThat(
                        world.settingsDraft().map(draft -> draft.services().monitoring()))
                .hasValueSatisfying(drafted -> assertThat(drafted.otlp())
                        .isEqualTo(new Otlp("https://otel.example.org:4318", null, false, "Authorization"))));
        eventually(() -> assertThat(secrets.wasSetForAService(value)).isTrue());
        eventually(() -> assertThat(words(find(Panel.class).id("otlp")))
                .contains("Metrics", "https://otel.example.org:4318")
                .doesNotContain(value));
        eventually(() -> assertThat(find(PasswordField.class).id("otlp-value").getValue())
                .isEmpty());
    }

    @Test
    void aValueHasAHeaderAndOneLine() {
        open();
        click("otlp-sends");
        test(find(TextField.class).id("otlp-endpoint")).setValue("https://otel.example.org:4318");
        test(find(PasswordField.class).id("otlp-value")).setValue("Bearer ${TOKEN}");
        press("otlp-save");

        assertThat(find(TextField.class).id("otlp-header").isInvalid()).isTrue();
        assertThat(find(PasswordField.class).id("otlp-value").getErrorMessage()).contains("dollar signs");
        assertThat(world.settingsDraft()).isEmpty();
        assertThat(find(Button.class).id("otlp-save").isEnabled()).isTrue();
    }

    @Test
    @WithMockUser(
            username = "olaf",
            roles = {"OPERATOR", "VIEWER"})
    void whoMayNotChangeTheBoxOnlySeesIt() {
        open();

        assertThat(words(row("postgresql"))).contains("Off");
        assertThat(find(Button.class).withId("exporters-save").exists()).isFalse();
        assertThat(find(Button.class).withId("otlp-save").exists()).isFalse();
        assertThat(find(Checkbox.class).all()).isEmpty();
    }

    private Monitoring drafted() {
        return world.settingsDraft().orElseThrow().services().monitoring();
    }

    private void click(String id) {
        test(find(Checkbox.class).id(id)).click();
    }

    private void open() {
        navigate(MonitoringView.class);
        eventually(() -> assertThat(find(ListItem.class)
                        .withAttribute("data-exporter", "node")
                        .exists())
                .isTrue());
    }

    private ListItem row(String exporter) {
        return find(ListItem.class).withAttribute("data-exporter", exporter).single();
    }
}
