package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;
import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.dom.Element;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In another language than English: what is read out in which. */
class ProblemPanelTest {

    private UI page;

    @BeforeEach
    void aGermanPage() {
        page = new UI();
        page.setLocale(Locale.GERMAN);
        UI.setCurrent(page);
    }

    @AfterEach
    void noPage() {
        UI.setCurrent(null);
    }

    @Test
    void whatAPageRefusesItselfIsSaidInItsLanguageAndCalledNothingElse() {
        var panel = new ProblemPanel(Problem.of(
                ProblemCode.INVALID_INPUT,
                t("Nothing was saved."),
                t("Mail has a relay, a server or both."),
                t("Choose at least one of the two.")));

        assertThat(paragraphs(panel))
                .containsExactly(
                        "Nichts wurde gespeichert.",
                        t("Mail has a relay, a server or both."),
                        t("Choose at least one of the two."));
        assertThat(inEnglish(panel)).isEmpty();
    }

    @Test
    void whatAUseCaseRefusesIsCalledByItsCodeAndToldInEnglishWhichIsMarked() {
        var panel = new ProblemPanel(Problem.of(
                ProblemCode.PORT_TAKEN, "blog was not deployed.", "shop has port 8080.", "Choose another port."));

        assertThat(paragraphs(panel).getFirst()).isEqualTo("Der Port ist belegt.");
        assertThat(inEnglish(panel)).containsExactly("blog was not deployed. shop has port 8080.");
    }

    private static List<String> paragraphs(ProblemPanel panel) {
        return all(panel.getElement())
                .filter(each -> each.getTag().equals("p"))
                .map(Element::getText)
                .toList();
    }

    private static List<String> inEnglish(ProblemPanel panel) {
        return all(panel.getElement())
                .filter(each -> "en".equals(each.getAttribute("lang")))
                .map(Element::getText)
                .toList();
    }

    private static Stream<Element> all(Element element) {
        return Stream.concat(
                Stream.of(element),
                element.getChildren().filter(each -> !each.isTextNode()).flatMap(ProblemPanelTest::all));
    }
}
