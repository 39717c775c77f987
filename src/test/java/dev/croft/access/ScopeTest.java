package dev.croft.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.apps.Apps;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import dev.croft.support.Http;
import dev.croft.support.Http.Answer;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What somebody sees and does who holds a role for a part: asked through the HTTP API, of a box with two apps. */
@Tag("stores")
class ScopeTest {

    private static final AppName BLOG = new AppName("blog");
    private static final AppName SHOP = new AppName("shop");

    private final Console console = Console.shared();
    private final FakeBox box = Console.newBox();
    private HostName attic;
    private HostName cellar;
    private String host;

    @BeforeEach
    void twoAppsAndAnotherBox() {
        attic = console.enrol(box);
        cellar = console.enrol(Console.newBox());
        host = "/api/v1/hosts/" + attic;
        console.asAnna(() -> {
            console.get(Apps.class).putDraft(attic, BLOG, Console.site("main"));
            return console.get(Apps.class).putDraft(attic, SHOP, Console.site("main", 8081));
        });
    }

    @Test
    void listsShowWhatOneMaySeeAndNothingElse() {
        Operation blogs = apply(BLOG);
        Operation shops = apply(SHOP);
        Http viewer = token(Role.VIEWER, Scope.of(attic, BLOG));

        assertThat(names(viewer.get(host + "/apps"))).containsExactly("blog");
        assertThat(names(viewer.get("/api/v1/hosts"))).contains(attic.value()).doesNotContain(cellar.value());
        assertThat(viewer.get("/api/v1/operations").text())
                .contains(blogs.id().value())
                .doesNotContain(shops.id().value());
        assertThat(token(Role.VIEWER, Scope.of(cellar))
                        .get("/api/v1/operations")
                        .text())
                .doesNotContain(blogs.id().value(), shops.id().value());
        assertThat(token(Role.VIEWER, Scope.of(attic)).get("/api/v1/operations").text())
                .contains(blogs.id().value(), shops.id().value());
    }

    @Test
    void aPageOfAListIsFullEvenWhenMostOfItIsOthers() {
        Operation first = apply(BLOG);
        for (int i = 0; i < 3; i++) {
            ended(console.asAnna(() -> console.get(Operations.class).deploy(attic, SHOP, null)));
        }

        assertThat(token(Role.VIEWER, Scope.of(attic, BLOG))
                        .get("/api/v1/operations?host=" + attic + "&limit=1")
                        .text())
                .contains(first.id().value());
    }

    @Test
    void aRefusalIsTheSameForWhatThereIsAndWhatThereIsNot() {
        Http operator = token(Role.OPERATOR, Scope.of(attic, BLOG));
        Operation shops = apply(SHOP);

        for (List<String> pair : List.of(
                List.of(host + "/apps/shop", host + "/apps/no-such-app"),
                List.of("/api/v1/hosts/" + cellar, "/api/v1/hosts/no-such-box"),
                List.of("/api/v1/operations/" + shops.id(), "/api/v1/operations/" + "0".repeat(26)))) {
            Answer there = operator.get(pair.getFirst());
            Answer not = operator.get(pair.getLast());

            assertThat(there.status()).as(pair.getFirst()).isEqualTo(403);
            assertThat(not.status()).as(pair.getLast()).isEqualTo(403);
            assertThat(not.text()).isEqualTo(there.text());
        }
    }

    @Test
    void theBoxIsNobodysWhoHoldsAnApp() {
        Http admin = token(Role.ADMIN, Scope.of(attic, BLOG));

        assertThat(admin.get(host + "/generations").status()).isEqualTo(403);
        assertThat(admin.post(host + "/rollback", "{\"generation\":1}").status())
                .isEqualTo(403);
        assertThat(admin.get(host + "/disk").status()).isEqualTo(403);
    }

    @Test
    void severalDraftsAreAppliedOnlyByWhoMayChangeEachOfThem() {
        Http one = token(Role.OPERATOR, Scope.of(attic, BLOG));

        Answer refused = one.post(host + "/apply", "{}");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.text()).doesNotContain("shop");
        assertThat(one.post(host + "/plan", null).status()).isEqualTo(403);
        assertThat(one.delete(host + "/apps/shop").status()).isEqualTo(403);

        Operator both = new Operator(
                "both",
                "both@croft.invalid",
                Grants.of(
                        new Grant(Role.OPERATOR, Scope.of(attic, BLOG)),
                        new Grant(Role.OPERATOR, Scope.of(attic, SHOP))));
        Operations operations = console.get(Operations.class);
        Operation applied =
                ended(console.get(ActingAs.class).call(both, () -> operations.apply(attic, Operations.Apply.ALL)));
        assertThat(applied.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(console.get(ActingAs.class).call(both, () -> operations.list(attic, null, 10)))
                .extracting(Operation::id)
                .containsExactly(applied.id());
        // A change of both is nobody's who holds one.
        assertThat(one.get("/api/v1/operations/" + applied.id()).status()).isEqualTo(403);
        assertThat(one.get("/api/v1/operations").text())
                .doesNotContain(applied.id().value());
    }

    // ---- helpers

    private Operation apply(AppName app) {
        return ended(console.asAnna(() -> console.get(Operations.class).deploy(attic, app, null)));
    }

    private Operation ended(Operation asked) {
        return Await.until(
                () -> console.asAnna(() -> console.get(Operations.class).get(asked.id())),
                operation -> operation.state().isFinal());
    }

    private Http token(Role role, Scope scope) {
        return Http.anonymous(console.port())
                .with(console.asAnna(() -> console.get(Tokens.class).create("part", role, scope, null))
                        .secret()
                        .reveal());
    }

    private static List<String> names(Answer answer) {
        return answer.json()
                .valueStream()
                .map(each -> each.path("name").asString())
                .toList();
    }
}
