package dev.croft.hostlink.internal.scripted;

import static org.assertj.core.api.Assertions.assertThat;

import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Action;
import dev.croft.hostlink.HostCommand.Apply;
import dev.croft.hostlink.HostCommand.Author;
import dev.croft.hostlink.HostCommand.Browse;
import dev.croft.hostlink.HostCommand.Cancel;
import dev.croft.hostlink.HostCommand.CheckCertificate;
import dev.croft.hostlink.HostCommand.CollectGarbage;
import dev.croft.hostlink.HostCommand.Compare;
import dev.croft.hostlink.HostCommand.Confirm;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.Control;
import dev.croft.hostlink.HostCommand.DriftedThing;
import dev.croft.hostlink.HostCommand.DropCluster;
import dev.croft.hostlink.HostCommand.DropDatabase;
import dev.croft.hostlink.HostCommand.Engine;
import dev.croft.hostlink.HostCommand.Execute;
import dev.croft.hostlink.HostCommand.FindDrift;
import dev.croft.hostlink.HostCommand.Follow;
import dev.croft.hostlink.HostCommand.Inspect;
import dev.croft.hostlink.HostCommand.Journal;
import dev.croft.hostlink.HostCommand.ListCertificates;
import dev.croft.hostlink.HostCommand.ListGenerations;
import dev.croft.hostlink.HostCommand.ListOperations;
import dev.croft.hostlink.HostCommand.ListSecrets;
import dev.croft.hostlink.HostCommand.ListSnapshots;
import dev.croft.hostlink.HostCommand.Mark;
import dev.croft.hostlink.HostCommand.Plan;
import dev.croft.hostlink.HostCommand.PlanGarbage;
import dev.croft.hostlink.HostCommand.Probe;
import dev.croft.hostlink.HostCommand.PutCertificate;
import dev.croft.hostlink.HostCommand.PutSecret;
import dev.croft.hostlink.HostCommand.ReadDatabases;
import dev.croft.hostlink.HostCommand.ReadDisk;
import dev.croft.hostlink.HostCommand.ReadFile;
import dev.croft.hostlink.HostCommand.ReadJobs;
import dev.croft.hostlink.HostCommand.ReadOrder;
import dev.croft.hostlink.HostCommand.ReadPorts;
import dev.croft.hostlink.HostCommand.ReadState;
import dev.croft.hostlink.HostCommand.ReadStorage;
import dev.croft.hostlink.HostCommand.Reconcile;
import dev.croft.hostlink.HostCommand.Reconciliation;
import dev.croft.hostlink.HostCommand.RemoveCertificate;
import dev.croft.hostlink.HostCommand.RemoveSecret;
import dev.croft.hostlink.HostCommand.RenewCertificate;
import dev.croft.hostlink.HostCommand.RenewDatabasePassword;
import dev.croft.hostlink.HostCommand.Restore;
import dev.croft.hostlink.HostCommand.RollBack;
import dev.croft.hostlink.HostCommand.RunJob;
import dev.croft.hostlink.HostCommand.RunSql;
import dev.croft.hostlink.HostCommand.SecretOwner;
import dev.croft.hostlink.HostCommand.Units;
import dev.croft.hostlink.HostCommand.Upgrade;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostReply;
import dev.croft.hostlink.internal.wire.Frame;
import dev.croft.hostlink.internal.wire.FrameCodec;
import dev.croft.kernel.AppName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.ProblemException;
import dev.croft.kernel.SecretText;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The dialogues of {@code src/test/resources/transcripts}, which the box's tests play against the real helper: here this console
 * must say its part to the letter and understand the other part whole.
 */
class TranscriptsTest {

    private static final HostEndpoint BOX = new HostEndpoint("attic.example", 22, "croft-host", "SHA256:x");

    private static final List<String> OF_OTHER_CONSOLES = List.of(
            "bad-app-name.jsonl",
            "bad-json.jsonl",
            "frame-too-long.jsonl",
            "protocol-unsupported.jsonl",
            "state.jsonl",
            "unknown-type.jsonl");

    private final FrameCodec codec = new FrameCodec();

    static Stream<String> files() throws URISyntaxException {
        var directory = Path.of(Objects.requireNonNull(TranscriptsTest.class.getResource("/transcripts"))
                .toURI());
        return Arrays.stream(Objects.requireNonNull(directory.toFile().list())).sorted();
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyFrameOfTheBoxIsUnderstood(String file) {
        for (Transcript.Step step : Transcript.named(file).steps()) {
            if (step instanceof Transcript.Box(JsonNode frame)) {
                assertThat(codec.decode(frame.toString().getBytes(StandardCharsets.UTF_8)))
                        .as("%s", frame)
                        .isNotInstanceOf(Frame.Unknown.class);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void theConsoleSaysItsPart(String file) {
        Transcript transcript = Transcript.named(file);
        HostCommand<?> command =
                transcript.request().map(TranscriptsTest::command).orElse(null);
        if (command == null) {
            // The dialogue is about another console: one that breaks the protocol or says more than this one.
            assertThat(file).isIn(OF_OTHER_CONSOLES);
            return;
        }
        assertThat(JsonMapper.shared().readTree(codec.request(command)))
                .isEqualTo(transcript.request().orElseThrow());

        List<HostReply> replies = new ArrayList<>();
        try {
            assertThat((Object) ScriptedHostLink.playing(transcript).call(BOX, command, replies::add))
                    .isNotNull();
            assertThat(transcript.steps().getLast().toString()).contains("\"done\"");
        } catch (ProblemException e) {
            assertThat(transcript.steps().getLast().toString())
                    .contains("\"refused\"", e.problem().code().name());
        }
        long said = transcript.steps().stream()
                .filter(Transcript.Box.class::isInstance)
                .count();
        // All but hello and the end.
        assertThat(replies).hasSize((int) said - 2);
    }

    /** The command that a request frame stands for; null when it is none that this console could make. */
    private static @Nullable HostCommand<?> command(JsonNode frame) {
        String type = frame.get("type").stringValue();
        if (frame.has("future")) {
            return null;
        }
        if (frame.has("app") && !frame.get("app").stringValue().matches("[a-z][a-z0-9-]{0,30}")) {
            return null;
        }
        return switch (type) {
            case "probe" -> new Probe();
            case "state" -> new ReadState(integer(frame, "generation"));
            case "inspect" -> new Inspect(frame.get("url").stringValue(), text(frame, "ref"));
            case "plan" ->
                new Plan(
                        operation(frame),
                        frame.get("state").stringValue(),
                        text(frame, "base"),
                        author(frame),
                        frame.get("message").stringValue());
            case "apply" ->
                new Apply(
                        operation(frame),
                        frame.get("state").stringValue(),
                        text(frame, "base"),
                        author(frame),
                        frame.get("message").stringValue(),
                        text(frame, "expect"),
                        confirming(frame),
                        restores(frame));
            case "rollback" ->
                new RollBack(
                        operation(frame),
                        integer(frame, "generation"),
                        author(frame),
                        frame.path("data").asBoolean(false),
                        confirming(frame));
            case "operations" -> new ListOperations(frame.has("operation") ? operation(frame) : null);
            case "follow" -> new Follow(operation(frame), text(frame, "after"));
            case "cancel" -> new Cancel(operation(frame));
            case "confirm" -> new Confirm(operation(frame));
            case "reconcile" ->
                new Reconcile(
                        operation(frame),
                        DriftedThing.valueOf(frame.get("what").stringValue().toUpperCase(Locale.ROOT)),
                        Reconciliation.valueOf(frame.get("action").stringValue().toUpperCase(Locale.ROOT)),
                        author(frame),
                        confirming(frame));
            case "snapshots" ->
                new ListSnapshots(
                        frame.has("app") ? new AppName(frame.get("app").stringValue()) : null);
            case "generations" -> new ListGenerations();
            case "closure" ->
                frame.path("identity").asBoolean(false)
                        ? new HostCommand.ReadIdentity(optionalApp(frame))
                        : new HostCommand.ReadClosure(
                                optionalApp(frame), frame.path("from").asInt(0));
            case "verify" -> new HostCommand.Verify(operation(frame), optionalApp(frame), author(frame));
            case "compare" ->
                new Compare(integer(frame, "from"), frame.get("to").intValue());
            case "mark" ->
                new Mark(
                        frame.get("generation").intValue(),
                        frame.has("pinned") ? frame.get("pinned").booleanValue() : null,
                        text(frame, "label"));
            case "disk" -> new ReadDisk();
            case "gc-plan" -> new PlanGarbage(integers(frame, "deleteGenerations"), integer(frame, "keepGenerations"));
            case "gc" ->
                new CollectGarbage(
                        operation(frame),
                        frame.get("digest").stringValue(),
                        integers(frame, "deleteGenerations"),
                        integer(frame, "keepGenerations"),
                        author(frame));
            case "databases" -> new ReadDatabases();
            case "database-drop" ->
                new DropDatabase(engine(frame), frame.get("database").stringValue());
            case "database-password-renew" -> new RenewDatabasePassword(engine(frame), app(frame));
            case "sql" ->
                new RunSql(
                        engine(frame),
                        frame.get("database").stringValue(),
                        frame.get("text").stringValue(),
                        frame.get("write").booleanValue(),
                        frame.get("rows").intValue(),
                        frame.get("timeoutSeconds").intValue());
            case "upgrade" ->
                new Upgrade(
                        operation(frame),
                        frame.get("state").stringValue(),
                        text(frame, "base"),
                        author(frame),
                        frame.get("message").stringValue(),
                        confirming(frame));
            case "cluster-drop" ->
                new DropCluster(engine(frame), frame.get("major").intValue());
            case "order" -> new ReadOrder();
            case "data-list" -> new HostCommand.ReadLeftData();
            case "data-drop" ->
                new HostCommand.DropLeftData(
                        HostCommand.LeftKind.valueOf(
                                frame.get("kind").stringValue().toUpperCase(Locale.ROOT)),
                        app(frame),
                        text(frame, "volume"));
            case "mail" -> new HostCommand.ReadMail();
            case "mail-dns" -> new HostCommand.ReadMailRecords();
            case "mail-queue" -> new HostCommand.ReadMailQueue();
            case "mail-queue-act" ->
                new HostCommand.ActOnMailQueue(
                        HostCommand.QueueAction.valueOf(
                                frame.get("action").stringValue().toUpperCase(Locale.ROOT)),
                        frame.has("id") ? frame.get("id").stringValue() : null);
            case "mail-test" ->
                new HostCommand.TestMail(
                        frame.get("to").stringValue(),
                        frame.has("app") ? new AppName(frame.get("app").stringValue()) : null);
            case "mail-password" ->
                new HostCommand.SetMailPassword(
                        frame.get("mailbox").stringValue(),
                        SecretText.of(frame.get("value").stringValue()));
            case "mailbox-drop" ->
                new HostCommand.DropMailbox(frame.get("mailbox").stringValue());
            case "jobs" ->
                new ReadJobs(frame.has("app") ? new AppName(frame.get("app").stringValue()) : null);
            case "job-run" -> new RunJob(app(frame), frame.get("job").stringValue());
            case "exec" ->
                !frame.has("app")
                        ? null
                        : new Execute(
                                app(frame),
                                frame.get("command")
                                        .valueStream()
                                        .map(JsonNode::stringValue)
                                        .toList(),
                                frame.get("timeoutSeconds").intValue());
            case "storage" -> new ReadStorage(app(frame));
            case "browse" -> new Browse(app(frame), frame.get("path").stringValue());
            case "read-file" ->
                new ReadFile(
                        app(frame),
                        frame.get("path").stringValue(),
                        frame.get("offset").longValue());
            case "drift" -> new FindDrift(frame.path("evaluate").asBoolean(false));
            case "units" ->
                new Units(frame.get("apps")
                        .valueStream()
                        .map(app -> new AppName(app.stringValue()))
                        .toList());
            case "control" ->
                new Control(
                        new AppName(frame.get("app").stringValue()),
                        Action.valueOf(frame.get("action").stringValue().toUpperCase(Locale.ROOT)));
            case "unit-states" -> new HostCommand.WatchUnits();
            case "metrics" -> new HostCommand.Metrics(frame.get("interval").intValue());
            case "journal" ->
                new Journal(
                        frame.has("app") ? new AppName(frame.get("app").stringValue()) : null,
                        text(frame, "unit"),
                        text(frame, "after"),
                        frame.path("lines").asInt(200),
                        frame.path("follow").asBoolean(false),
                        new HostCommand.JournalFilter(
                                frame.path("host").asBoolean(false),
                                text(frame, "before"),
                                text(frame, "around"),
                                frame.path("oldest").asBoolean(false),
                                text(frame, "search"),
                                frame.path("regex").asBoolean(false),
                                frame.has("priority") ? frame.get("priority").intValue() : null,
                                frame.has("boot") ? frame.get("boot").intValue() : null,
                                frame.has("since")
                                        ? Instant.parse(frame.get("since").stringValue())
                                        : null,
                                frame.has("until")
                                        ? Instant.parse(frame.get("until").stringValue())
                                        : null,
                                frame.path("colours").asBoolean(false)));
            case "secret-put" ->
                new PutSecret(
                        owner(frame),
                        frame.get("name").stringValue(),
                        SecretText.of(frame.get("value").stringValue()),
                        frame.path("restart").asBoolean(false));
            case "secret-remove" ->
                new RemoveSecret(owner(frame), frame.get("name").stringValue());
            case "secrets" -> new ListSecrets();
            case "certificates" -> new ListCertificates();
            case "certificate-check" -> new CheckCertificate(frame.get("domain").stringValue());
            case "certificate-renew" -> new RenewCertificate(frame.get("name").stringValue());
            case "certificate-remove" -> new RemoveCertificate(frame.get("name").stringValue());
            case "certificate-put" ->
                new PutCertificate(
                        frame.get("name").stringValue(),
                        frame.get("chain").stringValue(),
                        SecretText.of(frame.get("key").stringValue()));
            case "ports" -> new ReadPorts();
            default -> null;
        };
    }

    private static SecretOwner owner(JsonNode frame) {
        return frame.has("app")
                ? SecretOwner.of(new AppName(frame.get("app").stringValue()))
                : SecretOwner.ofService(frame.get("service").stringValue());
    }

    private static @Nullable AppName optionalApp(JsonNode frame) {
        return frame.has("app") ? app(frame) : null;
    }

    private static AppName app(JsonNode frame) {
        return new AppName(frame.get("app").stringValue());
    }

    private static Engine engine(JsonNode frame) {
        return Engine.valueOf(frame.get("engine").stringValue().toUpperCase(Locale.ROOT));
    }

    private static OperationId operation(JsonNode frame) {
        return new OperationId(frame.get("operation").stringValue());
    }

    private static Author author(JsonNode frame) {
        return new Author(
                frame.at("/author/name").stringValue(),
                frame.at("/author/email").stringValue());
    }

    private static Confirming confirming(JsonNode frame) {
        return new Confirming(
                "manual".equals(text(frame, "confirm")),
                frame.path("confirmWithin").asInt(Confirming.DEFAULT.within()));
    }

    private static List<Restore> restores(JsonNode frame) {
        return frame.path("restore")
                .valueStream()
                .map(one -> new Restore(
                        new AppName(one.get("app").stringValue()),
                        one.get("snapshot").stringValue()))
                .toList();
    }

    private static List<Integer> integers(JsonNode frame, String name) {
        return frame.path(name).valueStream().map(JsonNode::intValue).toList();
    }

    private static @Nullable Integer integer(JsonNode frame, String name) {
        return frame.has(name) ? frame.get(name).intValue() : null;
    }

    private static @Nullable String text(JsonNode frame, String name) {
        return frame.has(name) ? frame.get(name).stringValue() : null;
    }
}
