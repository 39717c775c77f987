package dev.croft.ui.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.ui.demo.DemoClock;
import dev.croft.ui.demo.DemoHosts;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Nothing is trusted before it was compared, and the page goes on by itself. */
class AddBoxViewTest extends ScreenTest {

    @Autowired
    private DemoHosts hosts;

    @Autowired
    private DemoClock clock;

    @BeforeEach
    void letsEverybodyIn() {
        hosts.refuse(null);
        hosts.callItself("cellar");
    }

    @AfterEach
    void itIsNow() {
        clock.setAhead(Duration.ZERO);
    }

    @Test
    void showsTheKeyAndTheCommandThatPrintsItBeforeAnythingElse() {
        ask();

        assertThat(find(Span.class).id("box-fingerprint").getText()).startsWith("SHA256:");
        assertThat(words(find(Panel.class).id("box-compare")))
                .contains("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub");
        assertThat(find(Panel.class).withId("box-let-in").exists()).isFalse();
    }

    @Test
    void aKeyThatIsAnotherEndsIt() {
        ask();

        press("box-other");

        assertThat(words(find(ProblemPanel.class)
                        .withAttribute("data-code", "HOST_KEY_UNKNOWN")
                        .single()))
                .contains("another machine, or somebody between the two");
        assertThat(find(Panel.class).withId("box-let-in").exists()).isFalse();
    }

    @Test
    void waitsUntilTheBoxLetsTheConsoleIn() {
        hosts.refuse(refusal(ProblemCode.HOST_REFUSED_KEY));
        ask();
        press("box-same");
        test(find(TextField.class).id("box-console")).setValue("http://10.0.0.7:8080/");

        eventually(() -> assertThat(find(Pre.class).id("box-command").getText())
                .contains("http://10.0.0.7:8080/enrol/croft.tar.gz", "--key 'ssh-ed25519"));
        eventually(() -> assertThat(words(find(Div.class).id("box-waiting"))).contains("Waiting for the box"));

        hosts.refuse(null);

        eventually(() -> assertThat(words(find(Div.class).id("box-waiting"))).contains("attic is here", "Set it up"));
        assertThat(hosts.enrolledAs()).isEqualTo("cellar");
    }

    @Test
    void whenItTakesLongItSaysWhatToLookAtAndGoesOnWaiting() {
        hosts.refuse(refusal(ProblemCode.HOST_REFUSED_KEY));
        ask();
        press("box-same");
        eventually(() -> assertThat(words(find(Div.class).id("box-waiting"))).contains("Waiting for the box"));
        assertThat(find(Paragraph.class).withId("box-look").exists()).isFalse();

        clock.setAhead(Duration.ofMinutes(4));
        eventually(() -> assertThat(words(find(Paragraph.class).id("box-look"))).contains("Look at the terminal"));
        hosts.refuse(refusal(ProblemCode.HOST_UNREACHABLE));
        eventually(() -> assertThat(words(find(Paragraph.class).id("box-look")))
                .contains("Nothing answers at 10.0.0.8, port 22"));
        assertThat(words(find(Div.class).id("box-waiting"))).contains("Waiting for the box");

        hosts.refuse(null);
        eventually(() -> assertThat(words(find(Div.class).id("box-waiting"))).contains("attic is here"));
    }

    @Test
    void aBoxThatCallsItselfOtherwiseIsAskedAboutBeforeItIsKept() {
        hosts.callItself("shed");
        ask();
        press("box-same");

        eventually(() -> assertThat(words(find(Paragraph.class).id("box-called")))
                .contains("calls itself shed", "wrote cellar"));
        assertThat(hosts.enrolledAs()).isEmpty();

        press("box-as-called");
        eventually(() -> assertThat(words(find(Div.class).id("box-waiting"))).contains("attic is here"));
        assertThat(hosts.enrolledAs()).isEqualTo("shed");
    }

    @Test
    void aBoxMayBeCalledOtherwiseHere() {
        hosts.callItself("Box.local");
        ask();
        press("box-same");
        eventually(
                () -> assertThat(words(find(Paragraph.class).id("box-called"))).contains("Box.local"));
        assertThat(find(Button.class).withId("box-as-called").exists()).isFalse();

        press("box-as-written");
        eventually(() -> assertThat(hosts.enrolledAs()).isEqualTo("cellar"));
    }

    @Test
    void whatTheCommandCannotMendIsTold() {
        hosts.refuse(refusal(ProblemCode.HELPER_TOO_OLD));
        ask();

        press("box-same");

        eventually(() -> assertThat(find(ProblemPanel.class)
                        .withAttribute("data-code", "HELPER_TOO_OLD")
                        .exists())
                .isTrue());
    }

    @Test
    void aNameThatIsNoneIsToldAtTheField() {
        navigate("add-box", AddBoxView.class);
        test(find(TextField.class).id("box-name")).setValue("My Box");
        test(find(TextField.class).id("box-address")).setValue("10.0.0.8");

        press("box-ask");

        assertThat(find(TextField.class).id("box-name").isInvalid()).isTrue();
    }

    private void ask() {
        navigate("add-box", AddBoxView.class);
        test(find(TextField.class).id("box-name")).setValue("cellar");
        test(find(TextField.class).id("box-address")).setValue("10.0.0.8");
        press("box-ask");
        eventually(() ->
                assertThat(find(Panel.class).withId("box-compare").exists()).isTrue());
    }

    private static Problem refusal(ProblemCode code) {
        return Problem.of(code, "The box was not added.", "Told to.", "Look at the test.");
    }
}
