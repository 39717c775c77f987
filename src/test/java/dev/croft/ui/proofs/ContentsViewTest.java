package dev.croft.ui.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.grid.Grid;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.kernel.AppName;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.proofs.Closure.Part;
import dev.croft.proofs.Verification.Verdict;
import dev.croft.ui.demo.DemoProofs;
import dev.croft.ui.demo.DemoWorld;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ScreenTest;
import dev.croft.ui.support.StatusText;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.security.test.context.support.WithMockUser;

/** What an app is made of, why, and what was proved of it. */
class ContentsViewTest extends ScreenTest {

    @Autowired
    private DemoProofs proofs;

    @Autowired
    private Operations operations;

    @BeforeEach
    void nothingIsFoundYet() {
        proofs.found(null, true);
    }

    private void open(String path) {
        navigate(path, Component.class);
        eventually(() ->
                assertThat(find(Grid.class).withId("contents-grid").exists()).isTrue());
    }

    private Grid<Part> grid() {
        @SuppressWarnings("unchecked")
        Grid<Part> grid = find(Grid.class).id("contents-grid");
        return grid;
    }

    private int rows() {
        return grid().getListDataView().getItemCount();
    }

    @Test
    void aTableHasAllOfThreeThousandAndFiltersThem() {
        open("apps/blog/contents");
        assertThat(rows()).isEqualTo(DemoProofs.PARTS);
        assertThat(find(Span.class).id("contents-count").getText()).contains("3,000 paths");

        test(find(TextField.class).id("contents-filter")).setValue("GLIBC");

        eventually(() -> assertThat(rows()).isEqualTo(1));
        eventually(() ->
                assertThat(find(Span.class).id("contents-count").getText()).contains("1 of 3,000"));
    }

    @Test
    void theBoxHasAPageOfItsOwn() {
        open("host/contents");
        assertThat(rows()).isEqualTo(DemoProofs.PARTS);
        assertThat(find(Anchor.class).withId("sbom-cyclonedx").exists()).isTrue();
        assertThat(find(Anchor.class).withId("sbom-spdx").exists()).isTrue();
    }

    @Test
    void whatDiffersIsShownFileByFile() {
        proofs.found(Verdict.DIFFERS, true);
        open("apps/blog/contents");
        eventually(() -> assertThat(words(find(Panel.class).id("proof")))
                .contains("Comes out differently", "share/built", "+built at 12:00:09"));
    }

    @Test
    void whatWasFoundOfAnOlderVersionIsSaidToBe() {
        proofs.found(Verdict.IDENTICAL, false);
        open("apps/blog/contents");
        eventually(() -> assertThat(words(find(Panel.class).id("proof"))).contains("of an older version"));
        navigate("apps/blog", Component.class);
        eventually(() -> assertThat(words(find(ProofBadge.class).single())).contains("An older version was verified"));
    }

    @Test
    void theOverviewSaysWhetherItWasProved() {
        navigate("apps/blog", Component.class);
        eventually(() -> assertThat(words(find(ProofBadge.class).single())).contains("Not verified"));
        proofs.found(Verdict.IDENTICAL, true);
        navigate("host", Component.class);
        navigate("apps/blog", Component.class);
        eventually(() -> assertThat(words(find(ProofBadge.class).single())).contains("Rebuilt byte for byte"));
        assertThat(find(StatusText.class, find(ProofBadge.class).single())
                        .single()
                        .getElement()
                        .getAttribute("data-tone"))
                .isEqualTo("ok");
    }

    @Test
    void verifyingIsAnOperation() {
        open("apps/blog/contents");
        press("verify");
        eventually(() -> assertThat(operations.list(DemoWorld.BOX, new AppName("blog"), 20))
                .anyMatch(each -> each.kind() == Operation.Kind.VERIFY));
    }

    @Test
    @WithMockUser(username = "vic", roles = "VIEWER")
    void whoOnlyLooksDoesNotVerify() {
        open("apps/blog/contents");
        assertThat(find(Button.class).withId("verify").exists()).isFalse();
    }
}
