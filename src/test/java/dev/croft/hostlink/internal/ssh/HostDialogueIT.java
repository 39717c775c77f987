package dev.croft.hostlink.internal.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.hostlink.HostCall;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Action;
import dev.croft.hostlink.HostCommand.Apply;
import dev.croft.hostlink.HostCommand.Author;
import dev.croft.hostlink.HostCommand.Cancel;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.Control;
import dev.croft.hostlink.HostCommand.Follow;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostCommand.Inspect;
import dev.croft.hostlink.HostCommand.Journal;
import dev.croft.hostlink.HostCommand.JournalEnd;
import dev.croft.hostlink.HostCommand.ListGenerations;
import dev.croft.hostlink.HostCommand.ListOperations;
import dev.croft.hostlink.HostCommand.Metrics;
import dev.croft.hostlink.HostCommand.OperationReport;
import dev.croft.hostlink.HostCommand.Plan;
import dev.croft.hostlink.HostCommand.Probe;
import dev.croft.hostlink.HostCommand.ReadState;
import dev.croft.hostlink.HostCommand.RollBack;
import dev.croft.hostlink.HostCommand.Units;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostReply;
import dev.croft.hostlink.Measurement;
import dev.croft.kernel.AppName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.OperationIds;
import dev.croft.kernel.Outgoing;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.support.Await;
import dev.croft.support.Sandbox;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every request, asked of a real box by the real link: the two sides must mean the same by docs/protocol.md. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostDialogueIT {

    private static final Outgoing ANYWHERE = new Outgoing(List.of());

    private static final Author ANNA = new Author("Anna", "anna@example.org");
    private static final AppName NO_APP = new AppName("no-such-app");

    private static Sandbox box;
    private static SshHostLink link;
    private static HostEndpoint endpoint;

    private final OperationIds ids = new OperationIds(Clock.systemUTC());

    @BeforeAll
    static void connect() {
        box = Sandbox.get();
        link = new SshHostLink(
                box.console(), "croft/test", SshSettings.defaults(), ANYWHERE, Clock.systemUTC(), new Random(1));
        endpoint = new HostEndpoint(box.address(), box.port(), box.user(), box.fingerprint());
    }

    @AfterAll
    static void disconnect() {
        if (link != null) {
            link.close();
        }
    }

    @Test
    void probe() {
        HostCommand.ProbeResult result = link.call(endpoint, new Probe());

        // Not all of them: the sandbox host is honest about what it is not.
        assertThat(result.checks())
                .filteredOn(check -> Boolean.TRUE.equals(check.ok()))
                .extracting(HostCommand.Check::id)
                .contains("nix", "flakes", "systemd", "flake", "profile");
        assertThat(result.system()).containsKeys("os", "nix", "kernel", "arch", "sandbox");
    }

    @Test
    void state() {
        HostCommand.StateResult result = link.call(endpoint, new ReadState(null));

        assertThat(result.revision()).matches("[0-9a-f]{40}");
        assertThat(result.state()).contains("\"version\": 1");
    }

    @Test
    void theNameOfTheHello() {
        assertThat(link.call(endpoint, new ReadState(null)).state())
                .contains("\"name\": \"" + link.nameOf(endpoint) + "\"");
    }

    @Test
    void generations() {
        List<Generation> generations = link.call(endpoint, new ListGenerations());

        assertThat(generations).isNotEmpty();
        assertThat(generations).filteredOn(Generation::current).hasSize(1);
        assertThat(generations).filteredOn(Generation::bootDefault).hasSize(1);
        assertThat(generations.getFirst().closure()).startsWith("/nix/store/");
    }

    @Test
    void unitsOfAppsThatAreNotThere() {
        HostCommand.UnitsResult result = link.call(endpoint, new Units(List.of(NO_APP)));

        assertThat(result.time()).isNotNull();
        assertThat(result.units()).singleElement().satisfies(unit -> {
            assertThat(unit.unit()).isEqualTo("croft-app-no-such-app.service");
            assertThat(unit.load()).isEqualTo("not-found");
        });
    }

    @Test
    void whatTheBoxUsesComesEverySecondUntilTheCallIsClosed() {
        List<Measurement> found = new CopyOnWriteArrayList<>();
        HostCall<HostCommand.MeasuringEnd> call = link.open(endpoint, new Metrics(1), reply -> {
            if (reply instanceof Measurement measurement) {
                found.add(measurement);
            }
        });
        Await.until(found::size, count -> count >= 3);
        call.close();

        Measurement first = found.getFirst();
        assertThat(first.whole()).isTrue();
        assertThat(first.processors()).isNotNull();
        assertThat(first.memory()).isNotNull();
        assertThat(first.fileSystems()).containsKey("/");
        assertThat(first.appeared())
                .extracting(Measurement.Unit::name)
                .contains("croft-hostd.service", "croft-sampler.service");
        assertThat(first.units()).hasSameSizeAs(first.appeared());
        assertThat(found.get(2).atMicros() - found.get(1).atMicros()).isBetween(900_000L, 5_000_000L);
        assertThat(found.get(2).whole()).isFalse();
    }

    @Test
    void aPlanFromRequestToReport() {
        OperationId operation = ids.next();
        String state = link.call(endpoint, new ReadState(null)).state();

        var acceptance = link.call(endpoint, new Plan(operation, state, null, ANNA, "look at it"));
        assertThat(acceptance.operation()).isEqualTo(operation);
        // A console that lost the link repeats itself; the box runs it once.
        assertThat(link.call(endpoint, new Plan(operation, state, null, ANNA, "look at it"))
                        .operation())
                .isEqualTo(operation);

        List<HostReply> replies = new ArrayList<>();
        OperationReport report = link.call(endpoint, new Follow(operation, null), replies::add);

        assertThat(report.state()).as("%s", report).isEqualTo("SUCCEEDED");
        assertThat(report.result()).containsKeys("toplevel", "revision", "units", "closure");
        assertThat(replies).isNotEmpty();

        // Following from a cursor says what came after it and nothing twice.
        String cursor = replies.stream()
                .map(reply -> switch (reply) {
                    case HostReply.Line line -> line.cursor();
                    case HostReply.Progress progress -> progress.cursor();
                    case HostReply.Step step -> step.cursor();
                    case HostReply.Accepted accepted -> "";
                    case HostReply.Chunk chunk -> "";
                    case HostReply.Skipped skipped -> "";
                    case Measurement measurement -> "";
                })
                .toList()
                .get(replies.size() / 2);
        List<HostReply> rest = new ArrayList<>();
        link.call(endpoint, new Follow(operation, cursor), rest::add);
        assertThat(rest).isEqualTo(replies.subList(replies.size() / 2 + 1, replies.size()));

        assertThat(link.call(endpoint, new ListOperations(operation)))
                .singleElement()
                .isEqualTo(report);
        assertThat(link.call(endpoint, new Cancel(operation))).isEqualTo(report);
    }

    @Test
    void anApplyOfNonsenseIsRefusedOrFailsWithTheStateAsItsReason() {
        OperationId operation = ids.next();
        Problem problem;
        try {
            link.call(
                    endpoint,
                    new Apply(
                            operation,
                            "{\"version\":1,\"apps\":7}\n",
                            null,
                            ANNA,
                            "nonsense",
                            null,
                            Confirming.DEFAULT,
                            List.of()));
            problem = link.call(endpoint, new Follow(operation, null)).problem();
        } catch (ProblemException e) {
            problem = e.problem();
        }

        assertThat(problem.code()).isEqualTo(ProblemCode.STATE_REFUSED);
        assertThat(problem.why()).isNotBlank();
        assertThat(problem.next()).isNotBlank();
    }

    @Test
    void rollingBackToAGenerationThatIsNotThere() {
        OperationId operation = ids.next();
        Problem problem;
        try {
            link.call(endpoint, new RollBack(operation, 987_654, ANNA, false, Confirming.DEFAULT));
            problem = link.call(endpoint, new Follow(operation, null)).problem();
        } catch (ProblemException e) {
            problem = e.problem();
        }

        assertThat(problem.code()).isEqualTo(ProblemCode.GENERATION_NOT_FOUND);
    }

    @Test
    void whatIsNotThereIsNotFound() {
        assertThat(refusal(new Follow(ids.next(), null)).code()).isEqualTo(ProblemCode.NOT_FOUND);
        assertThat(refusal(new Cancel(ids.next())).code()).isEqualTo(ProblemCode.NOT_FOUND);
        assertThat(refusal(new Control(NO_APP, Action.RESTART)).code()).isEqualTo(ProblemCode.NOT_FOUND);
    }

    @Test
    void sourcesThatAreNotAllowed() {
        for (String url : List.of("file:///etc", "ext::sh -c id", "--upload-pack=id", "http://example.org/x")) {
            assertThat(refusal(new Inspect(url, null)).code()).as(url).isEqualTo(ProblemCode.SOURCE_REFUSED);
        }
    }

    @Test
    void theJournalOfAUnitReadAndFollowed() throws Exception {
        List<HostReply> lines = new ArrayList<>();
        JournalEnd end = link.call(endpoint, new Journal(null, "croft-app-x.service", null, 10, false), lines::add);
        assertThat(lines).isEmpty();
        assertThat(end).isNotNull();

        try (HostCall<JournalEnd> call =
                link.open(endpoint, new Journal(null, "croft-app-x.service", null, 10, true), reply -> {})) {
            assertThat(call.result()).isNotDone();
        }
        assertThat(refusal(new Journal(null, "sshd.service", null, 10, false)).code())
                .isEqualTo(ProblemCode.BAD_REQUEST);
    }

    private static Problem refusal(HostCommand<?> command) {
        try {
            throw new AssertionError("not refused: " + link.call(endpoint, command));
        } catch (ProblemException e) {
            return e.problem();
        }
    }
}
