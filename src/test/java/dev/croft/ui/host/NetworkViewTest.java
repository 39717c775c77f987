package dev.croft.ui.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeTableRow;
import dev.croft.desired.HostState.Exporter;
import dev.croft.desired.HostState.Firewall;
import dev.croft.desired.HostState.Monitoring;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ScreenTest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Which ports are open now, by the box's own word, which a draft would open or close, and what listens. */
class NetworkViewTest extends ScreenTest {

    @Test
    void aDraftedPortIsNotShownAsOpen() {
        world.draftSettings(settings -> settings.withFirewall(new Firewall(List.of(9000), List.of(51820))));

        open();

        assertThat(standing("51820/udp")).isEqualTo("open");
        assertThat(standing("9000/tcp")).isEqualTo("opens");
        assertThat(words(row("9000/tcp"))).contains("Opens with the pending change");
        assertThat(standing("8443/tcp")).isEqualTo("closes");
        assertThat(words(row("8443/tcp"))).contains("Closes with the pending change");
        assertThat(words(find(Panel.class).id("open-ports"))).contains("1 port opens and 1 closes");
    }

    @Test
    void theSameOfAnApp() {
        world.furnishDrafts();

        open();

        assertThat(standing("8082/tcp")).isEqualTo("opens");
        assertThat(standing("8081/tcp")).isEqualTo("closes");
        assertThat(find(Anchor.class, row("8082/tcp")).single().getHref()).contains("bookmarks");
        assertThat(standing("51820/udp")).isEqualTo("closes");
    }

    @Test
    void sshIsWhereItIs() {
        open();

        assertThat(words(row("2222/tcp"))).contains("SSH").contains("sshd.service");
        assertThat(find(NativeTableRow.class).all())
                .noneMatch(each -> "22/tcp".equals(each.getElement().getAttribute("data-port")));
    }

    @Test
    void exportersThatOthersMayReachOpenTheirPorts() {
        world.draftSettings(settings -> settings.withServices(settings.services()
                .withMonitoring(new Monitoring("10.100.0.1", true, new TreeMap<>(Map.of(Exporter.NODE, 9100)), null))));

        open();

        assertThat(standing("9100/tcp")).isEqualTo("opens");
        assertThat(find(Anchor.class, row("9100/tcp")).single().getHref()).contains("host/monitoring");
    }

    @Test
    void mailHasItsPorts() {
        open();

        for (int port : List.of(25, 465, 587, 993)) {
            assertThat(words(row(port + "/tcp"))).contains("Mail server").contains("Nothing listens");
        }
    }

    @Test
    void saysWhoDeclaredAPortAndWhoListens() {
        open();

        assertThat(words(row("80/tcp")))
                .contains("Web server for blog.example.org")
                .contains("nginx.service");
        assertThat(words(row("8081/tcp"))).contains("bookmarks").contains("croft-app-bookmarks.service");
        assertThat(words(row("51820/udp"))).contains("Opened here").contains("Nothing listens");
    }

    @Test
    void whatNobodyDeclaredIsRed() {
        open();

        for (String port : List.of("4000/tcp", "5353/udp")) {
            ListItem item = find(ListItem.class).all().stream()
                    .filter(each -> port.equals(each.getElement().getAttribute("data-listening")))
                    .findFirst()
                    .orElseThrow();
            assertThat(item.getElement().getOuterHTML()).contains("data-tone=\"bad\"");
            assertThat(words(item)).contains("Not declared");
        }
    }

    private void open() {
        navigate(NetworkView.class);
        eventually(() -> {
            assertThat(words(find(Panel.class).id("open-ports"))).contains("SSH");
            assertThat(words(find(Panel.class).id("listening"))).contains("4000");
        });
    }

    private String standing(String port) {
        return String.valueOf(row(port).getElement().getAttribute("data-standing"));
    }

    private NativeTableRow row(String port) {
        Optional<NativeTableRow> found = find(NativeTableRow.class).all().stream()
                .filter(each -> port.equals(each.getElement().getAttribute("data-port")))
                .findFirst();
        assertThat(found).as("a row for " + port).isPresent();
        return found.orElseThrow();
    }
}
