package dev.croft.ui.support;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.browserless.SpringBrowserlessTest;
import com.vaadin.browserless.ViewPackages;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.server.VaadinSession;
import dev.croft.ui.demo.DemoConsole;
import dev.croft.ui.demo.DemoWorld;
import java.time.Duration;
import java.util.NoSuchElementException;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.security.test.context.support.WithMockUser;
import org.springframework.test.context.TestPropertySource;

/** A signed-in person in front of the screens, on the box in memory, without a browser. */
@SpringBootTest(classes = DemoConsole.class)
@TestPropertySource(properties = {"demo.pace=15", "demo.apps=0", "spring.main.banner-mode=off"})
@ViewPackages(packages = "dev.croft.ui")
@WithMockUser(
        username = "anna",
        roles = {"ADMIN", "OPERATOR", "VIEWER"})
public abstract class ScreenTest extends SpringBrowserlessTest {

    @Autowired
    protected DemoWorld world;

    @BeforeEach
    void freshWorld() {
        world.restart(3);
    }

    /** Use cases answer on threads of their own: lets the page take what has arrived until the fact is there. */
    protected void eventually(ThrowingRunnable fact) {
        Awaitility.await()
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .atMost(Duration.ofSeconds(20))
                .ignoreException(NoSuchElementException.class)
                .untilAsserted(() -> {
                    VaadinSession session = VaadinSession.getCurrent();
                    session.getService().runPendingAccessTasks(session);
                    roundTrip();
                    fact.run();
                });
    }

    /** Presses a button, as soon as a person could: some wait for what the box says. */
    protected void press(String id) {
        eventually(() -> assertThat(test(find(Button.class).id(id)).isUsable()).isTrue());
        test(find(Button.class).id(id)).click();
    }

    /** Every word below a component, as a screen reader would find it. */
    protected static String words(Component component) {
        return component.getElement().getTextRecursively();
    }
}
