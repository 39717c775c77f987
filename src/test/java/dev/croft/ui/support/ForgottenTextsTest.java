package dev.croft.ui.support;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.dom.Element;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import dev.croft.ui.shell.Links;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Opens every page in a language in which each translated text stands in brackets. Words outside of them are data, or were forgotten: in a
 * literal that {@link SourceTexts} took for something else, or in what another module hands to the screens.
 */
class ForgottenTextsTest extends ScreenTest {

    private static final String OPEN = Bracketing.OPEN;
    private static final String SHUT = Bracketing.SHUT;
    private static final Pattern BRACKETED = Pattern.compile(OPEN + "[^" + OPEN + SHUT + "]*" + SHUT);
    /** One that stands in brackets, from its beginning or to its end where a component stands within the sentence. */
    private static final Pattern PART =
            Pattern.compile("^[^" + OPEN + SHUT + "]*" + SHUT + "|" + OPEN + "[^" + OPEN + SHUT + "]*$");

    /** Addresses of pages, people and machines, and units with their programs. */
    private static final Pattern ADDRESS =
            Pattern.compile("https?://\\S+|\\S+@\\S+|\\S+\\.example\\.org|\\S+\\.service( \\(\\S+\\))?");

    /** Said by the box in memory: its version of Nix, and what Nix calls its features. */
    private static final Set<String> SAID_BY_THE_BOX = Set.of("nix (Nix) 2.28.3", "nix-command flakes", "cgroup2");

    /** Abbreviations such as CSV are the same in each language. */
    private static final Pattern WORD = Pattern.compile("\\p{L}{2,}\\p{Ll}");

    private static final Set<String> ATTRIBUTES = Set.of("aria-label", "title", "placeholder", "alt");
    private static final Set<String> PROPERTIES =
            Set.of("label", "placeholder", "helperText", "errorMessage", "headerTitle", "empty");

    /** Names that are the same in each language, and each language by its own name. */
    private static final Set<String> NAMES = Stream.concat(
                    SourceTexts.NAMES.stream(),
                    Texts.languages().stream().map(language -> Words.capital(language.getDisplayLanguage(language))))
            .collect(Collectors.toSet());

    /** In the words of the use cases and of the box in memory: they speak for themselves, but for the host contract. */
    private static final String SAID = SourceTexts.literals("src/test/java/dev/croft/ui/demo", "DemoContracts.java")
            + SourceTexts.literals("src/main/java/dev/croft/kernel", "package-info.java");

    @BeforeAll
    static void inBrackets() {
        Bracketing.on = true;
    }

    @AfterAll
    static void asEverybodyElse() {
        Bracketing.on = false;
    }

    @Test
    void everyWordOnEveryPageIsTranslatedOrData() {
        world.furnishDrafts();
        var forgotten = new TreeSet<String>();
        for (Class<?> page : pages()) {
            UI.getCurrent().navigate(address(page));
            List<String> texts = settled();
            assertThat(texts)
                    .as(page.getSimpleName() + " in brackets")
                    .filteredOn(text -> text.contains(OPEN))
                    .isNotEmpty();
            forgotten(page.getSimpleName(), texts).forEach(forgotten::add);
        }
        assertThat(forgotten).isEmpty();
    }

    @Test
    void everyWordOfAReviewIsTranslatedOrData() {
        world.furnishDrafts();
        UI.getCurrent().navigate(Links.CHANGES);
        eventually(
                () -> assertThat(find(Button.class).withId("review").exists()).isTrue());
        press("review");
        eventually(() ->
                assertThat(find(Div.class).withId("review-verdict").exists()).isTrue());

        assertThat(forgotten("Review", settled())).isEmpty();
    }

    private static Stream<String> forgotten(String page, List<String> texts) {
        return texts.stream()
                .map(text -> BRACKETED.matcher(text).replaceAll(" "))
                .map(text -> PART.matcher(text).replaceAll(" "))
                .map(text -> ADDRESS.matcher(text).replaceAll(" ").strip())
                .filter(text -> WORD.matcher(text).find()
                        && !SAID.contains(text)
                        && !NAMES.contains(text)
                        && !SAID_BY_THE_BOX.contains(text))
                .map(text -> page + ": " + text);
    }

    private static List<Class<?>> pages() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("dev.croft.ui").stream()
                        .filter(type -> type.isAnnotatedWith(Route.class))
                        .filter(type -> !type.isAnnotatedWith(AnonymousAllowed.class))
                        .<Class<?>>map(JavaClass::reflect)
                        .toList();
    }

    private static String address(Class<?> page) {
        return Arrays.stream(page.getAnnotation(Route.class).value().split("/"))
                .filter(part -> !part.endsWith("?"))
                .map(part -> switch (part) {
                    case ":app" -> "blog";
                    case ":engine" -> "postgresql";
                    default -> part;
                })
                .collect(Collectors.joining("/"));
    }

    /** What the page says once nothing more arrives. */
    private List<String> settled() {
        var seen = new ArrayList<List<String>>();
        eventually(() -> {
            // The outermost layout: what is routed hangs below the UI, but is none of its children.
            List<String> now = texts(UI.getCurrent()
                            .getInternals()
                            .getActiveRouterTargetsChain()
                            .getLast()
                            .getElement())
                    .toList();
            seen.add(now);
            assertThat(seen).hasSizeGreaterThan(20);
            assertThat(seen.subList(seen.size() - 20, seen.size())).containsOnly(now);
        });
        return seen.getLast();
    }

    private static Stream<String> texts(Element element) {
        if (element.isTextNode()) {
            return Stream.of(element.getText());
        }
        if (!element.isVisible()
                || element.getClassList().contains("croft-code")
                || element.getClassList().contains("croft-diff")
                || element.getTag().equals("pre")) {
            return Stream.empty();
        }
        return Stream.of(
                        ATTRIBUTES.stream().filter(element::hasAttribute).map(element::getAttribute),
                        PROPERTIES.stream().filter(element::hasProperty).map(name -> element.getProperty(name, "")),
                        element.getChildren().flatMap(ForgottenTextsTest::texts))
                .flatMap(each -> each);
    }
}
