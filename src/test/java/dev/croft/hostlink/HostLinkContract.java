package dev.croft.hostlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.hostlink.HostCommand.Acceptance;
import dev.croft.hostlink.HostCommand.Apply;
import dev.croft.hostlink.HostCommand.Author;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.Follow;
import dev.croft.hostlink.HostCommand.Journal;
import dev.croft.hostlink.HostCommand.ReadState;
import dev.croft.hostlink.internal.scripted.Transcript;
import dev.croft.kernel.AppName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every link to a box must do, whatever carries the frames. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class HostLinkContract {

    private static final String HELLO = """
            {"from":"console","frame":{"type":"hello","protocol":1,"client":"croft/test"}}
            {"from":"box","frame":{"type":"hello","protocol":1,"hostd":"0.1.0","host":"attic","capabilities":["state","apply","follow","journal"]}}
            """;
    private static final String ASK_STATE = "{\"from\":\"console\",\"frame\":{\"type\":\"state\"}}\n";
    private static final OperationId OPERATION = new OperationId("01jd0000000000000000000000");
    private static final String ASK_FOLLOW =
            "{\"from\":\"console\",\"frame\":{\"type\":\"follow\",\"operation\":\"01jd0000000000000000000000\"}}\n";

    /** A link to a box that plays this dialogue with everyone who calls. */
    protected abstract HostLink linkTo(Transcript transcript);

    protected abstract HostEndpoint endpoint();

    private HostLink box(String... parts) {
        return linkTo(Transcript.parse("test", String.join("", parts)));
    }

    @Test
    void givesTheResultOfDone() {
        HostLink link = box(
                HELLO,
                ASK_STATE,
                "{\"from\":\"box\",\"frame\":{\"type\":\"done\",\"result\":{\"revision\":\"abc\",\"state\":\"{}\\n\"}}}\n");

        HostCommand.StateResult result = link.call(endpoint(), new ReadState(null));

        assertThat(result).isEqualTo(new HostCommand.StateResult("abc", "{}\n"));
    }

    @Test
    void handsOverRepliesInOrderBeforeTheResult() {
        HostLink link = box(HELLO, ASK_FOLLOW, """
                {"from":"box","frame":{"type":"line","cursor":"1","time":"2026-11-21T03:00:00Z","priority":6,"unit":"u","stream":"op","text":"one"}}
                {"from":"box","frame":{"type":"reading","time":"2026-11-21T03:00:00Z","cpu":1}}
                {"from":"box","frame":{"type":"progress","cursor":"2","time":"2026-11-21T03:00:01Z","phase":"build","done":1,"expected":2}}
                {"from":"box","frame":{"type":"line","cursor":"3","time":"2026-11-21T03:00:02Z","priority":6,"unit":"u","stream":"build","derivation":"d","text":"a\\u0000\\u001b[0m\\ud83d\\ude00\\u2028\\n"}}
                {"from":"box","frame":{"type":"done","result":{"operation":{"operation":"01jd0000000000000000000000","kind":"apply","state":"SUCCEEDED","phase":"persist","startedAt":"2026-11-21T03:00:00Z","finishedAt":"2026-11-21T03:00:05Z","result":{"generation":4}}}}}
                """);
        List<HostReply> replies = new ArrayList<>();

        HostCommand.OperationReport report = link.call(endpoint(), new Follow(OPERATION, null), replies::add);

        assertThat(replies)
                .extracting(reply -> switch (reply) {
                    case HostReply.Line line -> line.text();
                    case HostReply.Progress progress -> progress.phase() + " " + progress.done();
                    case HostReply.Step step -> "step " + step.name();
                    case HostReply.Accepted accepted -> "accepted";
                    case HostReply.Chunk chunk -> "chunk";
                    case HostReply.Skipped skipped -> "skipped";
                    case Measurement measurement -> "measurement";
                })
                .containsExactly("one", "build 1", "a\0\u001b[0m\ud83d\ude00\u2028\n");
        assertThat(report.state()).isEqualTo("SUCCEEDED");
    }

    @Test
    void anOperationIsAcceptedEvenWhenTheLinkBreaksRightAfter() {
        HostLink link = box(HELLO, """
                {"from":"console","frame":{"type":"apply","operation":"01jd0000000000000000000000","state":"{}\\n","author":{"name":"Anna","email":"anna@example.org"},"message":"m"}}
                {"from":"box","frame":{"type":"accepted","operation":"01jd0000000000000000000000"}}
                """);
        List<HostReply> replies = new ArrayList<>();

        Acceptance acceptance = link.call(
                endpoint(),
                new Apply(
                        OPERATION,
                        "{}\n",
                        null,
                        new Author("Anna", "anna@example.org"),
                        "m",
                        null,
                        Confirming.DEFAULT,
                        List.of()),
                replies::add);

        assertThat(acceptance.operation()).isEqualTo(OPERATION);
        assertThat(replies).containsExactly(new HostReply.Accepted(OPERATION));
    }

    @Test
    void anAnswerOverAConnectionOfItsOwn() {
        HostLink link = box(HELLO, ASK_STATE, """
                {"from":"box","frame":{"type":"done","result":{"revision":"abc","state":"{}\\n"}}}
                """);

        assertThat(link.callAfresh(endpoint(), new ReadState(null)))
                .isEqualTo(new HostCommand.StateResult("abc", "{}\n"));
    }

    @Test
    void repeatsTheWordsOfABoxThatRefuses() {
        HostLink link = box(
                HELLO,
                ASK_STATE,
                "{\"from\":\"box\",\"frame\":{\"type\":\"refused\",\"problem\":{\"code\":\"HOST_BUSY\",\"what\":\"a\",\"why\":\"b\",\"next\":\"c\"},\"detail\":\"d\"}}\n");

        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> link.call(endpoint(), new ReadState(null)))
                .extracting(ProblemException::problem)
                .isEqualTo(new Problem(ProblemCode.HOST_BUSY, "a", "b", "c", "d"));
    }

    @Test
    void doesNotAskABoxThatCannotServeTheRequest() {
        HostLink link = box("""
                {"from":"console","frame":{"type":"hello","protocol":1,"client":"croft/test"}}
                {"from":"box","frame":{"type":"hello","protocol":1,"hostd":"0.0.9","host":"attic","capabilities":["apply"]}}
                {"from":"console","frame":{"type":"state"}}
                """);

        assertThat(refusal(link))
                .returns(ProblemCode.HELPER_TOO_OLD, Problem::code)
                .satisfies(problem -> assertThat(problem.why()).contains("0.0.9"));
    }

    @Test
    void doesNotAskABoxOfAnOlderProtocol() {
        HostLink link = box("""
                {"from":"console","frame":{"type":"hello","protocol":1,"client":"croft/test"}}
                {"from":"box","frame":{"type":"hello","protocol":0,"hostd":"0.0.1","host":"attic","capabilities":["state"]}}
                {"from":"console","frame":{"type":"state"}}
                """);

        assertThat(refusal(link).code()).isEqualTo(ProblemCode.HELPER_TOO_OLD);
    }

    @Test
    void hearsARefusalInsteadOfHello() {
        HostLink link = box("""
                {"from":"console","frame":{"type":"hello","protocol":1,"client":"croft/test"}}
                {"from":"box","frame":{"type":"refused","problem":{"code":"PROTOCOL_UNSUPPORTED","what":"a","why":"b","next":"c"}}}
                """);

        assertThat(refusal(link).code()).isEqualTo(ProblemCode.PROTOCOL_UNSUPPORTED);
    }

    @Test
    void refusesMalformedFrames() {
        assertThat(refusal(box(HELLO, ASK_STATE, "{\"from\":\"box\",\"raw\":\"Welcome to attic!\\n\"}\n"))
                        .code())
                .isEqualTo(ProblemCode.PROTOCOL_ERROR);
        assertThat(refusal(box(HELLO, ASK_STATE, "{\"from\":\"box\",\"raw\":\"{\\\"type\\\":\\\"do\"}\n"))
                        .code())
                .isEqualTo(ProblemCode.PROTOCOL_ERROR);
    }

    @Test
    void refusesOversizedFrames() {
        HostLink link = box(HELLO, ASK_STATE, "{\"from\":\"box\",\"raw\":\"" + "x".repeat(1024 * 1024) + "\"}\n");

        assertThat(refusal(link))
                .returns(ProblemCode.PROTOCOL_ERROR, Problem::code)
                .satisfies(problem -> assertThat(problem.why()).contains("1048576"));
    }

    @Test
    void takesAFrameOfAlmostAMebibyte() {
        String state = "x".repeat(1_000_000);
        HostLink link = box(
                HELLO,
                ASK_STATE,
                "{\"from\":\"box\",\"frame\":{\"type\":\"done\",\"result\":{\"revision\":\"abc\",\"state\":\"" + state
                        + "\"}}}\n");

        assertThat(link.call(endpoint(), new ReadState(null)).state()).isEqualTo(state);
    }

    @Test
    void tellsALinkThatBrokeAfterTheRequestFromABoxThatNeverAnswered() {
        assertThat(refusal(box(HELLO, ASK_STATE)).code()).isEqualTo(ProblemCode.LINK_LOST);
        assertThat(refusal(
                                box(
                                        "{\"from\":\"console\",\"frame\":{\"type\":\"hello\",\"protocol\":1,\"client\":\"croft/test\"}}\n"))
                        .code())
                .isEqualTo(ProblemCode.HOST_UNREACHABLE);
    }

    @Test
    void doesNotConnectWithoutAnApprovedHostKey() {
        HostLink link = box(HELLO);
        var unapproved = new HostEndpoint(
                endpoint().address(), endpoint().port(), endpoint().user(), " ");

        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> link.call(unapproved, new ReadState(null)))
                .extracting(e -> e.problem().code())
                .isEqualTo(ProblemCode.HOST_KEY_UNKNOWN);
    }

    @Test
    void anOpenCallRunsUntilItIsClosedHere() throws Exception {
        HostLink link = box(
                HELLO,
                "{\"from\":\"console\",\"frame\":{\"type\":\"journal\",\"app\":\"blog\",\"lines\":10,\"follow\":true}}\n",
                "{\"from\":\"box\",\"frame\":{\"type\":\"line\",\"cursor\":\"1\",\"time\":\"2026-11-21T03:00:00Z\",\"priority\":6,\"unit\":\"u\",\"text\":\"one\"}}\n",
                "{\"from\":\"box\",\"wait\":true}\n");
        var came = new CountDownLatch(1);

        HostCall<HostCommand.JournalEnd> call = link.open(
                endpoint(), new Journal(new AppName("blog"), null, null, 10, true), reply -> came.countDown());
        came.await();
        assertThat(call.result()).isNotDone();
        call.close();
        call.close();

        assertThatThrownBy(() -> call.result().get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .extracting(e -> ((ProblemException) e.getCause()).problem().code())
                .isEqualTo(ProblemCode.CANCELLED);
    }

    @Test
    void anOpenCallTellsItsFailureByItsResult() {
        HostLink link = box(HELLO, ASK_STATE);

        HostCall<HostCommand.StateResult> call = link.open(endpoint(), new ReadState(null), reply -> {});

        assertThatThrownBy(() -> call.result().get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .extracting(e -> ((ProblemException) e.getCause()).problem().code())
                .isEqualTo(ProblemCode.LINK_LOST);
    }

    @Test
    void aListenerThatFailsEndsTheCall() {
        HostLink link = box(
                HELLO,
                ASK_FOLLOW,
                "{\"from\":\"box\",\"frame\":{\"type\":\"line\",\"cursor\":\"1\",\"time\":\"2026-11-21T03:00:00Z\",\"priority\":6,\"unit\":\"u\",\"text\":\"one\"}}\n",
                "{\"from\":\"box\",\"wait\":true}\n");

        assertThatThrownBy(() -> link.call(endpoint(), new Follow(OPERATION, null), reply -> {
                    throw new IllegalStateException("of the listener");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("of the listener");
    }

    @Test
    void manyCallsRunAtOnce() throws Exception {
        HostLink link = box(
                HELLO,
                ASK_FOLLOW,
                "{\"from\":\"box\",\"frame\":{\"type\":\"line\",\"cursor\":\"1\",\"time\":\"2026-11-21T03:00:00Z\",\"priority\":6,\"unit\":\"u\",\"text\":\"one\"}}\n",
                "{\"from\":\"box\",\"wait\":true}\n");
        int calls = 8;
        var came = new CountDownLatch(calls);
        List<HostCall<?>> open = Collections.synchronizedList(new ArrayList<>());

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> started = new ArrayList<>();
            for (int i = 0; i < calls; i++) {
                started.add(threads.submit(
                        () -> open.add(link.open(endpoint(), new Follow(OPERATION, null), reply -> came.countDown()))));
            }
            for (Future<?> one : started) {
                one.get();
            }
        }
        came.await();

        assertThat(open)
                .hasSize(calls)
                .allSatisfy(call -> assertThat(call.result()).isNotDone());
        open.forEach(HostCall::close);
    }

    @Test
    void namesThePublicHalfOfItsKey() {
        assertThat(box(HELLO).publicKey()).matches("ssh-ed25519 \\S+ croft");
    }

    private Problem refusal(HostLink link) {
        try {
            HostCommand.StateResult result = link.call(endpoint(), new ReadState(null));
            throw new AssertionError("not refused: " + result);
        } catch (ProblemException e) {
            assertThat(e.problem().what()).isNotBlank();
            assertThat(e.problem().why()).isNotBlank();
            assertThat(e.problem().next()).isNotBlank();
            return e.problem();
        }
    }
}
