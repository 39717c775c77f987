package dev.croft.ui.setup;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.textfield.PasswordField;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.ui.support.ScreenTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.security.test.context.support.WithAnonymousUser;

@WithAnonymousUser
class SetupViewTest extends ScreenTest {

    @BeforeEach
    void notClaimed() {
        world.unclaim();
    }

    @Test
    void showsTheBoxAndItsKeyBeforeAnythingIsTrusted() {
        SetupView view = navigate(SetupView.class);

        assertThat(words(view)).contains("attic").contains("SHA256:q7Xw0cXk1v3PZb4rJ9mU2sYdHf6tLgAoEiNnKp5RxQw");
    }

    @Test
    void refusesAShortPassword() {
        navigate(SetupView.class);
        test(find(TextField.class).id("setup-username")).setValue("anna");
        test(find(PasswordField.class).id("setup-password")).setValue("too short");

        press("setup-submit");

        assertThat(find(PasswordField.class).id("setup-password").isInvalid()).isTrue();
        assertThat(find(TextField.class).id("setup-username").getValue()).isEqualTo("anna");
    }

    @Test
    void saysWhenTheClaimIsWrong() {
        SetupView view = navigate(SetupView.class);
        test(find(TextField.class).id("setup-username")).setValue("anna");
        test(find(PasswordField.class).id("setup-password")).setValue("correct horse battery");

        press("setup-submit");

        eventually(() -> assertThat(words(view)).contains("The claim is not the one that was printed."));
    }

    @Test
    void whoeverComesWithTheLinkOnceMoreIsSentToSignInAndToldWhy() {
        world.claim("anna", "correct horse battery");

        LoginView view = navigate("setup", LoginView.class);

        assertThat(words(view))
                .contains(
                        "Nothing was set up.",
                        "This console already has its first administrator",
                        "Sign in with that account.");
        assertThat(find(Paragraph.class).withClassName("croft-door-sentence").exists())
                .as("no welcome beside a refusal")
                .isFalse();
    }
}
