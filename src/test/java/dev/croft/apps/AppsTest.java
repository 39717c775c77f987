package dev.croft.apps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.desired.AppSpec;
import dev.croft.desired.DesiredStates;
import dev.croft.hostlink.HostCommand;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.Operation;
import dev.croft.operations.OperationState;
import dev.croft.operations.Operations;
import dev.croft.support.Await;
import dev.croft.support.Console;
import dev.croft.support.FakeBox;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Apps as people see them: the wish, the draft and what the box says. */
class AppsTest {

    private static final AppName BLOG = new AppName("blog");

    private final FakeBox box = Console.newBox();
    private final Console console = Console.shared();
    private HostName attic;

    @BeforeEach
    void enrolABox() {
        attic = console.enrol(box);
        console.asAnna(() -> apps().putDraft(attic, BLOG, Console.site("v1")));
    }

    @AfterEach
    void mend() {
        box.mendLink();
    }

    @Test
    void aDraftIsAnAppThatIsNotDeployed() {
        App app = get();

        assertThat(app.pending()).isTrue();
        assertThat(app.observed().state()).isEqualTo("not deployed");
        assertThat(app.observed().url()).isNull();
    }

    @Test
    void aDraftThatSaysWhatIsInForceIsNoChange() {
        deploy();
        AppSpec inForce = get().spec();
        console.asAnna(() -> apps().putDraft(attic, BLOG, Console.site("v2")));
        assertThat(get().pending()).isTrue();

        console.asAnna(() -> apps().putDraft(attic, BLOG, inForce));

        assertThat(get().pending()).isFalse();
    }

    @Test
    void anAppWithACertificateIsOpenedOverHttps() {
        List<String> domains = List.of("blog.example.org");
        console.asAnna(
                () -> apps().putDraft(attic, BLOG, Console.site("v1").answering(domains, AppSpec.Tls.SELF_SIGNED)));
        deploy();
        assertThat(get().observed().url()).isEqualTo("https://blog.example.org");

        console.asAnna(() -> apps().putDraft(attic, BLOG, Console.site("v1").answering(domains, AppSpec.Tls.NONE)));
        deploy();
        assertThat(get().observed().url()).isEqualTo("http://blog.example.org");
    }

    @Test
    void aDiscardedDraftLeavesWhatIsInForce() {
        deploy();
        AppSpec inForce = get().spec();
        console.asAnna(() -> apps().putDraft(attic, BLOG, Console.site("v2")));

        console.asAnna(() -> {
            console.get(DesiredStates.class).discard(attic, BLOG);
            return null;
        });

        assertThat(get().spec()).isEqualTo(inForce);
        assertThat(get().pending()).isFalse();
    }

    @Test
    void isUnknownWhileTheBoxDoesNotAnswerAndSaysWhenItWasSeen() {
        deploy();
        assertThat(get().observed().state()).isEqualTo("running");
        console.asAnna(() -> apps().control(attic, BLOG, HostCommand.Action.RESTART));

        box.cutLink();
        App app = Await.until(this::get, now -> "unknown".equals(now.observed().state()));

        assertThat(app.observed().seenAt()).isNotNull();
        assertThat(app.observed().url()).isNull();
        assertThat(app.spec().run().port()).isEqualTo(8080);
    }

    @Test
    void asksTheBoxOnceForManyPages() {
        deploy();
        get();
        long before = unitQuestions();

        IntStream.range(0, 50).forEach(i -> get());

        assertThat(unitQuestions() - before).isLessThan(10);
    }

    @Test
    void inspectsASourceBeforeAnythingIsSaved() {
        HostCommand.Inspection found =
                console.asAnna(() -> apps().inspect(attic, "https://git.example/blog.git", "v2"));

        assertThat(found.rev()).isEqualTo(FakeBox.REV_2);
        assertThat(found.builder()).isEqualTo("static");
        assertThatThrownBy(() -> console.asAnna(() -> apps().inspect(attic, "file:///etc", null)))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("source.url");
    }

    @Test
    void tellsWhichVersionsThereWereAndWhatWasKeptOfTheirData() {
        Operation first = deploy("v1");
        Operation second = deploy("v2");
        box.failOperationsWith(ProblemCode.BUILD_FAILED);
        Operation failed = deploy("v1");
        box.failOperationsWith(null);
        // What concerns the box alone is no deployment of the app.
        ended(console.asAnna(() -> console.get(Operations.class).plan(attic)));

        List<Deployment> deployments = console.asAnna(() -> apps().deployments(attic, BLOG));

        assertThat(deployments).extracting(Deployment::operation).containsExactly(failed.id(), second.id(), first.id());
        assertThat(deployments)
                .extracting(Deployment::outcome)
                .containsExactly(OperationState.FAILED, OperationState.SUCCEEDED, OperationState.SUCCEEDED);
        assertThat(deployments).extracting(Deployment::rev).containsExactly(null, FakeBox.REV_2, FakeBox.REV_1);
        assertThat(deployments).extracting(Deployment::current).containsExactly(false, true, false);
        assertThat(deployments.get(1).ref()).isEqualTo("v2");
        assertThat(deployments.get(1).by()).isEqualTo("anna");
        assertThat(deployments.get(1).snapshot()).isNull();
        assertThat(deployments.get(2).generation()).isEqualTo(2);
        assertThat(deployments.get(2).snapshot().operation()).isEqualTo(second.id());

        box.cutLink();
        assertThat(console.asAnna(() -> apps().deployments(attic, BLOG)))
                .as("the history is the console's own")
                .hasSize(3);
    }

    @Test
    void aRollbackOfTheWholeBoxBringsTheVersionOfThen() {
        Operation first = deploy("v1");
        deploy("v2");
        Operation back = ended(console.asAnna(
                () -> console.get(Operations.class).rollBack(attic, Operations.RollBack.to(first.generation()))));

        Deployment now = console.asAnna(() -> apps().deployments(attic, BLOG)).getFirst();

        assertThat(now.operation()).isEqualTo(back.id());
        assertThat(now.kind()).isEqualTo(Operation.Kind.ROLLBACK);
        assertThat(now.rev()).isEqualTo(FakeBox.REV_1);
        assertThat(now.current()).isTrue();
    }

    private Operation deploy(String ref) {
        return ended(console.asAnna(() -> console.get(Operations.class).deploy(attic, BLOG, ref)));
    }

    private Operation ended(Operation operation) {
        return Await.until(
                () -> console.asAnna(() -> console.get(Operations.class).get(operation.id())),
                now -> now.state().isFinal());
    }

    private void deploy() {
        ended(console.asAnna(() -> console.get(Operations.class).deploy(attic, BLOG, null)));
    }

    private long unitQuestions() {
        return box.received().stream()
                .filter(HostCommand.Units.class::isInstance)
                .count();
    }

    private App get() {
        return console.asAnna(() -> apps().get(attic, BLOG));
    }

    private Apps apps() {
        return console.get(Apps.class);
    }
}
