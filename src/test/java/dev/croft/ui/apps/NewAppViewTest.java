package dev.croft.ui.apps;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.apps.Apps;
import dev.croft.kernel.AppName;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.ScreenTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NewAppViewTest extends ScreenTest {

    private NewAppView view;

    @BeforeEach
    void open() {
        view = navigate(NewAppView.class);
    }

    @Test
    void showsWhatItWouldBuildBeforeAnythingIsBuilt() {
        look("https://git.example.org/anna/guestbook.git", "");

        eventually(() -> {
            assertThat(words(find(RadioButtonGroup.class).id("new-app-builder")))
                    .contains("Python")
                    .contains("pyproject.toml names a project");
            assertThat(find(Span.class).id("new-app-commit").getText()).isEqualTo("4f2a9c81");
        });
        assertThat(find(TextField.class).id("new-app-name").getValue()).isEqualTo("guestbook");
        assertThat(find(IntegerField.class).id("new-app-port").getValue()).isEqualTo(8000);
        assertThat(world.operations()).noneMatch(operation -> !operation.state().isFinal());
    }

    @Test
    void keepsWhatWasTypedWhenTheRepositoryCannotBeRead() {
        look("https://unreachable.example.org/anna/guestbook.git", "main");

        eventually(() -> assertThat(words(problem())).contains("The repository was not read."));
        assertThat(problem().getElement().getAttribute("data-code")).isEqualTo("SOURCE_UNREACHABLE");
        assertThat(find(TextField.class).id("new-app-url").getValue())
                .isEqualTo("https://unreachable.example.org/anna/guestbook.git");
        assertThat(find(TextField.class).id("new-app-ref").getValue()).isEqualTo("main");
    }

    @Test
    void marksTheRefThatDoesNotExist() {
        look("https://git.example.org/anna/guestbook.git", "nope");

        eventually(() ->
                assertThat(find(TextField.class).id("new-app-ref").isInvalid()).isTrue());
    }

    @Test
    void offersNoDeploymentOfARepositoryWithNothingBuildable() {
        look("https://git.example.org/anna/nothing.git", "");

        eventually(() -> assertThat(words(problem())).contains("does not know how to build"));
        assertThat(find(com.vaadin.flow.component.button.Button.class)
                        .withId("new-app-deploy")
                        .exists())
                .isFalse();
    }

    @Test
    void putsARefusalBesideItsField() {
        look("https://git.example.org/anna/guestbook.git", "");
        eventually(
                () -> assertThat(find(TextField.class).withId("new-app-domain").exists())
                        .isTrue());

        test(find(TextField.class).id("new-app-domain")).setValue("Bad_Domain");
        press("new-app-deploy");

        eventually(() -> assertThat(find(TextField.class).id("new-app-domain").isInvalid())
                .isTrue());
        assertThat(find(TextField.class).id("new-app-domain").getErrorMessage()).startsWith("It is a domain name");
        assertThat(find(TextField.class).id("new-app-domain").getValue()).isEqualTo("Bad_Domain");
    }

    @Test
    void doesNotReplaceAnAppOfTheSameName() {
        look("https://git.example.org/anna/guestbook.git", "");
        eventually(() -> assertThat(find(TextField.class).withId("new-app-name").exists())
                .isTrue());

        test(find(TextField.class).id("new-app-name")).setValue("blog");
        press("new-app-deploy");

        eventually(() ->
                assertThat(find(TextField.class).id("new-app-name").isInvalid()).isTrue());
        assertThat(problem().getElement().getAttribute("data-code")).isEqualTo("CONFLICT");
    }

    @Test
    void deploysAndGoesToTheApp() {
        look("https://git.example.org/anna/guestbook.git", "");
        eventually(() -> assertThat(find(TextField.class).withId("new-app-name").exists())
                .isTrue());

        press("new-app-deploy");

        eventually(() ->
                assertThat(UI.getCurrent().getActiveViewLocation().getPath()).isEqualTo("apps/guestbook"));
        assertThat(world.operations().getFirst().app()).isEqualTo(new AppName("guestbook"));
        assertThat(world.operations().getFirst().host()).isEqualTo(DemoWorld.BOX);
    }

    @Test
    void warnsOfPlainHttp() {
        test(find(TextField.class).id("new-app-url")).setValue("http://10.0.0.5/guestbook.git");

        assertThat(words(view)).contains("Plain http");
    }

    @ParameterizedTest
    @CsvSource({
        "https://git.example.org/Me/My_Blog.git, my-blog",
        "git@git.example.org:me/shop.git, shop",
        "ssh://git@git.example.org/9lives/, lives",
        "https://git.example.org/me/a-name-that-is-much-longer-than-any-app-name.git, a-name-that-is-much-longer-than",
    })
    void suggestsAName(String address, String name) {
        assertThat(Apps.nameFrom(address)).isEqualTo(name);
    }

    private void look(String url, String ref) {
        test(find(TextField.class).id("new-app-url")).setValue(url);
        test(find(TextField.class).id("new-app-ref")).setValue(ref);
        press("new-app-inspect");
    }

    private ProblemPanel problem() {
        return find(ProblemPanel.class, view).first();
    }
}
