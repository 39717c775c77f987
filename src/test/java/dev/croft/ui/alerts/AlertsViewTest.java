package dev.croft.ui.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import dev.croft.alerts.Channel;
import dev.croft.alerts.ChannelType;
import dev.croft.ui.demo.DemoAlerts;
import dev.croft.ui.support.ScreenTest;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class AlertsViewTest extends ScreenTest {

    @Autowired
    private DemoAlerts alerts;

    @BeforeEach
    void somethingIsWrong() {
        alerts.wrong(true);
        alerts.failing(false);
    }

    @AfterEach
    void allIsWell() {
        alerts.wrong(false);
        alerts.remove("mail");
    }

    @Test
    void whatIsWrongAndWhatWasStandApart() {
        AlertsView view = navigate("alerts", AlertsView.class);

        eventually(() -> assertThat(words(view))
                .contains("blog is in a restart loop", "The last whole backup to depot is 40 hours old.")
                .contains("Deploy blog"));
    }

    /** The view is the same for both pages. */
    @Test
    void theWayFromTheListToOneAndBack() {
        AlertsView view = navigate("alerts", AlertsView.class);
        eventually(() -> assertThat(words(view)).contains("Deploy blog"));

        navigate("alerts/2", AlertsView.class);
        eventually(() -> assertThat(words(view)).contains("Likely cause", "It ended with exit code 1."));
        navigate("alerts", AlertsView.class);

        eventually(() -> assertThat(words(view)).contains("Silenced", "The last whole backup to depot"));
    }

    @Test
    void oneSaysItsCauseAndWhereItIsRolledBack() {
        AlertsView view = navigate("alerts/2", AlertsView.class);

        eventually(() -> assertThat(find(Anchor.class, view).all())
                .extracting(Anchor::getHref)
                .contains("apps/blog/deployments", "activity/01jd0000000000000000000001"));
        assertThat(words(view)).contains("It ended with exit code 1.", "Cannot find module 'express'", "alert sent");
    }

    @Test
    void theBoxAndTheAppSayWhatIsWrong() {
        for (String page : new String[] {"host", "apps/blog"}) {
            Component view = navigate(page, Component.class);
            eventually(() -> assertThat(words(view)).contains("blog is in a restart loop", "Cannot find module"));
        }
        alerts.wrong(false);
        // From another page: the one that is open asks again only later.
        navigate("activity", Component.class);
        Component view = navigate("apps/blog", Component.class);
        eventually(() -> assertThat(words(view)).contains("croft-app-blog.service"));
        assertThat(words(view)).doesNotContain("is in a restart loop");
    }

    @Test
    void aTestSaysWhetherItWasTaken() {
        alerts.save(new Channel.Wish("mail", ChannelType.EMAIL, true, Map.of("to", "anna@attic.example")), null);
        ChannelsView view = navigate("alerts/channels", ChannelsView.class);
        eventually(() -> assertThat(words(view)).contains("anna@attic.example"));

        pressTest(view);
        eventually(() -> assertThat(words(view)).contains("The test was taken."));

        alerts.failing(true);
        pressTest(view);
        eventually(() -> assertThat(words(view)).contains("The test was not delivered."));
    }

    private void pressTest(ChannelsView view) {
        eventually(() -> assertThat(test(view).isEnabled()).isTrue());
        test(view).click();
    }

    private Button test(ChannelsView view) {
        return find(Button.class, view).all().stream()
                .filter(button -> button.getText().equals("Test"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void rulesSayWhenSomethingIsTold() {
        RulesView view = navigate("alerts/rules", RulesView.class);

        eventually(() -> assertThat(words(view)).contains("3× or more, at once", "7 days or less, for 30 min"));
    }
}
