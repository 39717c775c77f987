package dev.croft.ui.home;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import dev.croft.hostlink.HostCommand.FullVolume;
import dev.croft.kernel.AppName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.ui.alerts.FiringNote;
import dev.croft.ui.demo.DemoAlerts;
import dev.croft.ui.demo.DemoMaintenance;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.ScreenTest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class HomeViewTest extends ScreenTest {

    @Autowired
    private DemoMaintenance maintenance;

    @Autowired
    private DemoAlerts alerts;

    @Test
    void offersOneThingToDoOnAnEmptyBox() {
        world.restart(0);
        HomeView view = navigate(HomeView.class);

        eventually(() ->
                assertThat(find(Anchor.class, view).id("first-app").getHref()).isEqualTo("new-app"));
    }

    @Test
    void tellsThatABackupFailed() {
        Operation plan = world.operations().getFirst();
        world.backupFailed(new Operation(
                plan.id(),
                Operation.Kind.BACKUP,
                DemoWorld.BOX,
                null,
                "Back up to cellar",
                OperationState.FAILED,
                null,
                "Croft",
                Instant.EPOCH,
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                Problem.of(ProblemCode.BACKUP_UNREACHABLE, "cellar cannot be reached.", "It is off.", "Mount it."),
                Map.of(),
                null,
                List.of()));

        // From another page: the one that was open first had asked before.
        navigate("activity", Component.class);
        HomeView view = navigate(HomeView.class);

        eventually(() -> assertThat(words(find(Div.class, view).id("home-backups-failed")))
                .contains("Back up to cellar", "failed", "cellar cannot be reached."));
    }

    @Test
    void tellsWhichAlertsAreOpenAndSoDoesTheNavigation() {
        alerts.wrong(true);
        try {
            navigate("activity", Component.class);
            HomeView view = navigate(HomeView.class);

            eventually(() -> assertThat(words(find(FiringNote.class, view).id("firing-alerts")))
                    .contains("blog is in a restart loop"));
            assertThat(find(Anchor.class, find(FiringNote.class, view).id("firing-alerts"))
                            .all())
                    .extracting(Anchor::getHref)
                    .containsExactly("alerts/2", "alerts");
            eventually(() ->
                    assertThat(find(Span.class).id("open-alerts").getText()).isEqualTo("1"));
        } finally {
            alerts.wrong(false);
        }
    }

    @Test
    void tellsWhichVolumesAreNearTheirQuotaOrBeyondIt() {
        maintenance.full(
                new FullVolume(new AppName("bookmarks"), "covers", 47_100_000, 50_000_000),
                new FullVolume(new AppName("weather"), "maps", 1_200_000_000, 1_000_000_000));
        try {
            navigate("activity", Component.class);
            HomeView view = navigate(HomeView.class);

            eventually(() -> assertThat(words(find(Div.class, view).id("home-volumes-full")))
                    .contains("The volume covers (bookmarks) is nearly full: 47.1 MB of 50.0 MB.")
                    .contains("The volume maps (weather) is over its quota: 1.2 GB of 1.0 GB."));
            assertThat(find(Anchor.class, find(Div.class, view).id("home-volumes-full"))
                            .all())
                    .extracting(Anchor::getHref)
                    .containsExactly("apps/bookmarks/storage", "apps/weather/storage");
        } finally {
            maintenance.restart();
        }

        navigate("activity", Component.class);
        HomeView again = navigate(HomeView.class);
        eventually(() -> assertThat(words(again)).contains("Recent activity"));
        assertThat(find(Div.class, again).withId("home-volumes-full").exists()).isFalse();
    }

    @Test
    void showsTheBoxAndItsApps() {
        HomeView view = navigate(HomeView.class);

        eventually(() -> assertThat(words(view))
                .contains("Sandbox host (not NixOS)")
                .contains("bookmarks")
                .contains("Running")
                .contains("Recent activity"));
    }
}
