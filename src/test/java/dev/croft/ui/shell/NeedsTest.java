package dev.croft.ui.shell;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.menubar.MenuBar;
import com.vaadin.flow.component.sidenav.SideNav;
import com.vaadin.flow.component.sidenav.SideNavItem;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import dev.croft.ui.support.ScreenTest;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.security.test.context.support.WithMockUser;

/** Every page, at its address, for somebody who holds one app and for somebody who holds nothing. */
class NeedsTest extends ScreenTest {

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
                    case ":operation" -> "0".repeat(26);
                    default -> part;
                })
                .collect(Collectors.joining("/"));
    }

    private static String shown() {
        return UI.getCurrent()
                .getInternals()
                .getActiveRouterTargetsChain()
                .getFirst()
                .getClass()
                .getSimpleName();
    }

    @Test
    void everyPageSaysForWhomItIs() {
        assertThat(pages())
                .hasSizeGreaterThan(15)
                .allSatisfy(page -> assertThat(page.isAnnotationPresent(Needs.class))
                        .as(page.getSimpleName())
                        .isTrue());
    }

    @Test
    void everyPageHasTheWayOut() {
        // In a tab of their own, on the way back from a provider: "Close this tab".
        assertThat(pages())
                .filteredOn(page -> !page.getAnnotation(Route.class).autoLayout())
                .extracting(Class::getSimpleName)
                .containsExactlyInAnyOrder("SignInConfirmedView", "SignInTestView");
        for (Class<?> page : pages()) {
            if (!page.getAnnotation(Route.class).autoLayout()) {
                continue;
            }
            UI.getCurrent().navigate(address(page));

            assertThat(find(MenuBar.class)
                            .withId("user-menu")
                            .single()
                            .getItems()
                            .getFirst()
                            .getSubMenu()
                            .getItems())
                    .as(page.getSimpleName())
                    .anyMatch(item -> item.getId().filter("sign-out"::equals).isPresent() && item.isEnabled());
        }
    }

    @Test
    @WithMockUser(
            username = "eve",
            authorities = {"ROLE_ADMIN", "ON_attic/blog"})
    void whoHoldsAnAppFindsItsPagesAndNoOthers() {
        for (Class<?> page : pages()) {
            boolean theirs = switch (page.getAnnotation(Needs.class).value()) {
                case NOTHING, ANYTHING_ON_THE_BOX -> true;
                case THE_BOX, OPERATE_THE_BOX, ADMINISTER_EVERYTHING -> false;
            };

            UI.getCurrent().navigate(address(page));

            // What is shown instead of a page that wants more in its address is no refusal.
            assertThat(shown().equals("NotYoursView"))
                    .as(page.getSimpleName() + " shows " + shown())
                    .isEqualTo(!theirs);
        }
        UI.getCurrent().navigate(Links.SETTINGS);
        assertThat(find(SideNav.class).single().getItems().stream().map(SideNavItem::getLabel))
                .containsExactly("Home", "Apps", "Activity", "Alerts", "Settings");
    }

    @Test
    @WithMockUser(
            username = "eve",
            authorities = {"ROLE_VIEWER"})
    void aViewerIsOfferedNoPageOfAdministrators() {
        UI.getCurrent().navigate(Links.PEOPLE);
        assertThat(shown()).isEqualTo("NotYoursView");
        UI.getCurrent().navigate(Links.AUDIT);
        assertThat(shown()).isEqualTo("NotYoursView");
        UI.getCurrent().navigate(Links.DISK);
        assertThat(shown()).isEqualTo("DiskView");
    }
}
