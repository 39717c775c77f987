package dev.croft.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.apps.Apps;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.DriftedThing;
import dev.croft.hostlink.HostCommand.Reconciliation;
import dev.croft.hostlink.HostCommand.Restore;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.Operations.Apply;
import dev.croft.operations.Operations.RollBack;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Going back, and what else ends what should not be: one app, its data, a drift, garbage. */
@Tag("stores")
class UndoTest {

    private static final AppName BLOG = new AppName("blog");
    private static final AppName SHOP = new AppName("shop");
    private static final String REV_3 = "3".repeat(40);

    private final FakeBox box = Console.newBox();
    private final Console console = Console.shared();
    private HostName attic;

    @BeforeEach
    void enrolABox() {
        attic = console.enrol(box);
        box.moveRef("v3", REV_3);
        draft(BLOG, "v1", 8080);
    }

    @AfterEach
    void letTheBoxGoOn() {
        box.release();
    }

    @Test
    void returnsOneAppToTheVersionBeforeAndLeavesTheOthers() {
        deploy(BLOG, "v1");
        deploy(BLOG, "v2");
        draft(SHOP, "v1", 9000);
        deploy(SHOP, "v2");

        Operation ended = ended(rollBack(null, false));

        assertThat(ended.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(ended.title()).isEqualTo("Roll back blog");
        assertThat(ended.kind()).isEqualTo(Operation.Kind.ROLLBACK);
        assertThat(revision(BLOG)).isEqualTo(FakeBox.REV_1);
        assertThat(revision(SHOP)).isEqualTo(FakeBox.REV_2);
    }

    @Test
    void goesOnBackFromWhereItIs() {
        deploy(BLOG, "v1");
        deploy(BLOG, "v2");
        deploy(BLOG, "v3");

        ended(rollBack(null, false));
        assertThat(revision(BLOG)).isEqualTo(FakeBox.REV_2);
        ended(rollBack(null, false));
        assertThat(revision(BLOG)).isEqualTo(FakeBox.REV_1);

        Operation further = ended(rollBack(null, false));
        assertThat(further.state()).isEqualTo(OperationState.FAILED);
        assertThat(further.problem().code()).isEqualTo(ProblemCode.NOT_FOUND);
    }

    @Test
    void returnsToADeploymentThatIsNamed() {
        Operation first = deploy(BLOG, "v1");
        deploy(BLOG, "v2");
        deploy(BLOG, "v3");

        ended(rollBack(first.id(), false));

        assertThat(revision(BLOG)).isEqualTo(FakeBox.REV_1);
    }

    @Test
    void putsTheDataBackThatWasCopiedWhenTheVersionWasReplaced() {
        Operation first = deploy(BLOG, "v1");
        Operation second = deploy(BLOG, "v2");
        deploy(BLOG, "v3");

        ended(rollBack(first.id(), true));

        assertThat(lastApply().restore())
                .containsExactly(new Restore(BLOG, second.id().value()));
    }

    @Test
    void putsNoDataBackWhenThatIsNotAskedFor() {
        deploy(BLOG, "v1");
        deploy(BLOG, "v2");

        ended(rollBack(null, false));

        assertThat(lastApply().restore()).isEmpty();
    }

    @Test
    void findsAVersionAfterTheWholeBoxWentBack() {
        deploy(BLOG, "v1");
        deploy(BLOG, "v2");
        ended(console.asAnna(() -> operations().rollBack(attic, RollBack.to(2))));
        assertThat(revision(BLOG)).isEqualTo(FakeBox.REV_1);

        ended(rollBack(null, false));

        assertThat(revision(BLOG)).isEqualTo(FakeBox.REV_2);
    }

    @Test
    void refusesADeploymentThatNeverWas() {
        assertThat(code(() -> rollBack(new OperationId("0".repeat(26)), false))).isEqualTo(ProblemCode.NOT_FOUND);
        box.failOperationsWith(ProblemCode.BUILD_FAILED);
        Operation failed = deploy(BLOG, "v1");

        assertThat(code(() -> rollBack(failed.id(), false))).isEqualTo(ProblemCode.NOT_FOUND);
    }

    @Test
    void passesOnThatTheWholeBoxIsToGetItsDataBack() {
        deploy(BLOG, "v1");
        deploy(BLOG, "v2");

        ended(console.asAnna(() ->
                operations().rollBack(attic, new RollBack(2, true, new HostCommand.Confirming(false, 30)))));

        HostCommand.RollBack sent = last(HostCommand.RollBack.class);
        assertThat(sent.data()).isTrue();
        assertThat(sent.confirm().within()).isEqualTo(30);
    }

    @Test
    void removesOneAppAndAppliesNothingElse() {
        deploy(BLOG, "v1");
        draft(SHOP, "v1", 9000);

        Operation ended = ended(console.asAnna(() -> operations().remove(attic, BLOG)));

        assertThat(ended.title()).isEqualTo("Remove blog");
        assertThat(ended.app()).isEqualTo(BLOG);
        assertThat(box.state()).doesNotContain("blog").doesNotContain("shop");
        assertThat(code(() -> operations().remove(attic, BLOG))).isEqualTo(ProblemCode.NOT_FOUND);
    }

    @Test
    void appliesTheDraftOfOneAppOnly() {
        draft(SHOP, "v1", 9000);

        Operation ended = ended(console.asAnna(
                () -> operations().apply(attic, new Apply(null, SHOP, HostCommand.Confirming.DEFAULT))));

        assertThat(ended.title()).isEqualTo("Apply shop");
        assertThat(box.state()).contains("\"shop\"").doesNotContain("\"blog\"");
        assertThat(code(() -> operations()
                        .apply(attic, new Apply(null, new AppName("nothing"), HostCommand.Confirming.DEFAULT))))
                .isEqualTo(ProblemCode.NOT_FOUND);
    }

    @Test
    void appliesWhatWasReviewedThoughTheBranchMovedMeanwhile() {
        box.moveRef("main", FakeBox.REV_1);
        draft(BLOG, "main", 8080);
        Operation review = ended(console.asAnna(() -> operations().plan(attic)));
        String reviewed = (String) review.result().get("toplevel");
        box.moveRef("main", FakeBox.REV_2);

        ended(console.asAnna(
                () -> operations().apply(attic, new Apply(reviewed, null, HostCommand.Confirming.DEFAULT))));

        assertThat(revision(BLOG)).isEqualTo(FakeBox.REV_1);
        assertThat(lastApply().expect()).isEqualTo(reviewed);
    }

    @Test
    void collectsWhatThePlanNamed() {
        Operation ended = ended(console.asAnna(() -> operations().collectGarbage(attic, "d1", List.of(1), 5)));

        assertThat(ended.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(ended.result()).containsEntry("bytes", 4096);
        HostCommand.CollectGarbage sent = last(HostCommand.CollectGarbage.class);
        assertThat(sent.digest()).isEqualTo("d1");
        assertThat(sent.deleteGenerations()).containsExactly(1);
        assertThat(sent.keepGenerations()).isEqualTo(5);
    }

    @Test
    void endsADrift() {
        Operation ended =
                ended(console.asAnna(() -> operations().reconcile(attic, DriftedThing.SYSTEM, Reconciliation.RETURN)));

        assertThat(ended.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(ended.title()).isEqualTo("Return to the configured system");
        HostCommand.Reconcile sent = last(HostCommand.Reconcile.class);
        assertThat(sent.what()).isEqualTo(DriftedThing.SYSTEM);
        assertThat(sent.action()).isEqualTo(Reconciliation.RETURN);
    }

    @Test
    void knowsHowLongAnOperationUsuallyTakes() {
        assertThat(console.asAnna(() -> operations().usualSeconds(Operation.Kind.DEPLOY, attic, BLOG)))
                .isEmpty();
        deploy(BLOG, "v1");
        deploy(BLOG, "v2");

        assertThat(console.asAnna(() -> operations().usualSeconds(Operation.Kind.DEPLOY, attic, BLOG)))
                .containsOnlyKeys("resolve", "evaluate", "build", "activate", "health", "persist")
                .allSatisfy((phase, seconds) -> assertThat(seconds).isBetween(0.0, 10.0));
        assertThat(console.asAnna(() -> operations().usualSeconds(Operation.Kind.DEPLOY, attic, SHOP)))
                .isEmpty();
    }

    // ---- words of this test

    private Operations operations() {
        return console.get(Operations.class);
    }

    private void draft(AppName app, String ref, int port) {
        console.asAnna(() -> console.get(Apps.class).putDraft(attic, app, Console.site(ref, port)));
    }

    private Operation deploy(AppName app, String ref) {
        return ended(console.asAnna(() -> operations().deploy(attic, app, ref)));
    }

    private Operation rollBack(OperationId deployment, boolean data) {
        return console.asAnna(
                () -> operations().rollBackApp(attic, BLOG, deployment, Operations.AppData.comesBack(data)));
    }

    private Operation ended(Operation operation) {
        return Await.until(
                () -> console.asAnna(() -> operations().get(operation.id())),
                now -> now.state().isFinal());
    }

    private String revision(AppName app) {
        return console.asAnna(() -> console.get(Apps.class).get(attic, app))
                .spec()
                .source()
                .rev();
    }

    private HostCommand.Apply lastApply() {
        return last(HostCommand.Apply.class);
    }

    private <T> T last(Class<T> type) {
        return box.received().stream()
                .filter(type::isInstance)
                .map(type::cast)
                .reduce((earlier, later) -> later)
                .orElseThrow();
    }

    private ProblemCode code(Supplier<?> work) {
        ProblemCode[] code = new ProblemCode[1];
        assertThatThrownBy(() -> console.asAnna(work))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> code[0] = refused.problem().code());
        return code[0];
    }
}
