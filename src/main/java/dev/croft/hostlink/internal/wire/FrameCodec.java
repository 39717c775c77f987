package dev.croft.hostlink.internal.wire;

import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostCommand.Acceptance;
import dev.croft.hostlink.HostCommand.Apply;
import dev.croft.hostlink.HostCommand.Author;
import dev.croft.hostlink.HostCommand.BackupCommand;
import dev.croft.hostlink.HostCommand.Cancel;
import dev.croft.hostlink.HostCommand.Candidate;
import dev.croft.hostlink.HostCommand.Check;
import dev.croft.hostlink.HostCommand.CollectGarbage;
import dev.croft.hostlink.HostCommand.Compare;
import dev.croft.hostlink.HostCommand.Confirm;
import dev.croft.hostlink.HostCommand.Confirming;
import dev.croft.hostlink.HostCommand.Control;
import dev.croft.hostlink.HostCommand.FindDrift;
import dev.croft.hostlink.HostCommand.Fix;
import dev.croft.hostlink.HostCommand.FixedMember;
import dev.croft.hostlink.HostCommand.Follow;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.hostlink.HostCommand.Inspect;
import dev.croft.hostlink.HostCommand.Inspection;
import dev.croft.hostlink.HostCommand.Journal;
import dev.croft.hostlink.HostCommand.JournalEnd;
import dev.croft.hostlink.HostCommand.JournalFilter;
import dev.croft.hostlink.HostCommand.ListAutomatic;
import dev.croft.hostlink.HostCommand.ListGenerations;
import dev.croft.hostlink.HostCommand.ListOperations;
import dev.croft.hostlink.HostCommand.ListSnapshots;
import dev.croft.hostlink.HostCommand.MailCommand;
import dev.croft.hostlink.HostCommand.Mark;
import dev.croft.hostlink.HostCommand.MeasuringEnd;
import dev.croft.hostlink.HostCommand.Metrics;
import dev.croft.hostlink.HostCommand.OperationReport;
import dev.croft.hostlink.HostCommand.Plan;
import dev.croft.hostlink.HostCommand.PlanGarbage;
import dev.croft.hostlink.HostCommand.Probe;
import dev.croft.hostlink.HostCommand.ProbeResult;
import dev.croft.hostlink.HostCommand.ProofCommand;
import dev.croft.hostlink.HostCommand.ReadDisk;
import dev.croft.hostlink.HostCommand.ReadState;
import dev.croft.hostlink.HostCommand.Reconcile;
import dev.croft.hostlink.HostCommand.RollBack;
import dev.croft.hostlink.HostCommand.ServiceCommand;
import dev.croft.hostlink.HostCommand.StateResult;
import dev.croft.hostlink.HostCommand.TrustCommand;
import dev.croft.hostlink.HostCommand.UnitState;
import dev.croft.hostlink.HostCommand.Units;
import dev.croft.hostlink.HostCommand.UnitsResult;
import dev.croft.hostlink.HostCommand.Waiting;
import dev.croft.hostlink.HostCommand.WatchUnits;
import dev.croft.hostlink.HostReply;
import dev.croft.hostlink.UnitStates;
import dev.croft.kernel.AppName;
import dev.croft.kernel.OperationId;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Writes requests as frames and reads the box's frames. Source: docs/protocol.md §1 to §4. */
public final class FrameCodec {

    public static final int PROTOCOL = 1;

    /** The longest frame that a box takes, line end included. */
    public static final int MAX_SENT = 8 * 1024 * 1024;

    /** The longest frame that a box sends, line end included. */
    public static final int MAX_RECEIVED = 1024 * 1024;

    /** What a box gives when a request names no number. */
    private static final int DEFAULT_JOURNAL_LINES = 200;

    private static final int MAX_DEPTH = 64;

    private static final TypeReference<Map<String, Object>> FREE_FORM = new TypeReference<>() {};

    private final JsonMapper json = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    // Two readers could take different ones of two equal names.
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    // ---- to the box

    public byte[] hello(String client) {
        return frame(json.createObjectNode()
                .put("type", "hello")
                .put("protocol", PROTOCOL)
                .put("client", client));
    }

    /** The request's {@code type}, which is also the capability that a box must have to serve it. */
    public String type(HostCommand<?> command) {
        return switch (command) {
            case Probe ignored -> "probe";
            case ReadState ignored -> "state";
            case Reconcile ignored -> "reconcile";
            case CollectGarbage ignored -> "gc";
            case Confirm ignored -> "confirm";
            case Compare ignored -> "compare";
            case Mark ignored -> "mark";
            case ListSnapshots ignored -> "snapshots";
            case ServiceCommand<?> c -> ServiceFrames.type(c);
            case BackupCommand<?> c -> BackupFrames.type(c);
            case MailCommand<?> c -> MailFrames.type(c);
            case ProofCommand<?> c -> ProofFrames.type(c);
            case ReadDisk ignored -> "disk";
            case PlanGarbage ignored -> "gc-plan";
            case FindDrift ignored -> "drift";
            case Inspect ignored -> "inspect";
            case Plan ignored -> "plan";
            case Apply ignored -> "apply";
            case RollBack ignored -> "rollback";
            case ListOperations ignored -> "operations";
            case ListAutomatic ignored -> "operations";
            case Follow ignored -> "follow";
            case Cancel ignored -> "cancel";
            case ListGenerations ignored -> "generations";
            case Units ignored -> "units";
            case Control ignored -> "control";
            case Journal ignored -> "journal";
            case Metrics ignored -> "metrics";
            case WatchUnits ignored -> "unit-states";
            case TrustCommand<?> c -> TrustFrames.type(c);
        };
    }

    public byte[] request(HostCommand<?> command) {
        ObjectNode frame = json.createObjectNode().put("type", type(command));
        switch (command) {
            case Probe ignored -> {}
            case ReadState(var generation) -> putIfKnown(frame, "generation", generation);
            case ListGenerations ignored -> {}
            case ReadDisk ignored -> {}
            case Confirm(var operation) -> putOperation(frame, operation);
            case Reconcile(var operation, var what, var action, Author author, Confirming confirm) -> {
                putOperation(frame, operation);
                frame.put("what", lower(what));
                frame.put("action", lower(action));
                putAuthor(frame, author);
                putConfirming(frame, confirm);
            }
            case CollectGarbage(var operation, String digest, var delete, var keep, Author author) -> {
                putOperation(frame, operation);
                frame.put("digest", digest);
                putGarbage(frame, delete, keep);
                putAuthor(frame, author);
            }
            case PlanGarbage(var delete, var keep) -> putGarbage(frame, delete, keep);
            case Compare(var from, int to) -> {
                putIfKnown(frame, "from", from);
                frame.put("to", to);
            }
            case Mark(int generation, var pinned, var label) -> {
                frame.put("generation", generation);
                if (pinned != null) {
                    frame.put("pinned", pinned);
                }
                putIfKnown(frame, "label", label);
            }
            case ListSnapshots(var app) -> {
                if (app != null) {
                    frame.put("app", app.value());
                }
            }
            case ServiceCommand<?> c -> ServiceFrames.write(c, frame);
            case BackupCommand<?> c -> BackupFrames.write(c, frame);
            case MailCommand<?> c -> MailFrames.write(c, frame);
            case ProofCommand<?> c -> ProofFrames.write(c, frame);
            case FindDrift(boolean evaluate) -> {
                if (evaluate) {
                    frame.put("evaluate", true);
                }
            }
            case Inspect(String url, var ref) -> {
                frame.put("url", url);
                putIfKnown(frame, "ref", ref);
            }
            case Plan(var operation, String state, var base, Author author, String message) -> {
                putOperation(frame, operation);
                putState(frame, state, base);
                putAuthor(frame, author);
                frame.put("message", message);
            }
            case Apply(
                    var operation,
                    String state,
                    var base,
                    Author author,
                    String message,
                    var expect,
                    Confirming confirm,
                    var restore) -> {
                putOperation(frame, operation);
                putState(frame, state, base);
                putAuthor(frame, author);
                frame.put("message", message);
                putIfKnown(frame, "expect", expect);
                putConfirming(frame, confirm);
                if (!restore.isEmpty()) {
                    var list = frame.putArray("restore");
                    restore.forEach(one ->
                            list.addObject().put("app", one.app().value()).put("snapshot", one.snapshot()));
                }
            }
            case RollBack(var operation, var generation, Author author, boolean data, Confirming confirm) -> {
                putOperation(frame, operation);
                putIfKnown(frame, "generation", generation);
                putAuthor(frame, author);
                if (data) {
                    frame.put("data", true);
                }
                putConfirming(frame, confirm);
            }
            case ListOperations(var operation) -> {
                if (operation != null) {
                    putOperation(frame, operation);
                }
            }
            case ListAutomatic ignored -> frame.put("automatic", true);
            case Follow(var operation, var after) -> {
                putOperation(frame, operation);
                putIfKnown(frame, "after", after);
            }
            case Cancel(var operation) -> putOperation(frame, operation);
            case Units(var apps) -> {
                var names = frame.putArray("apps");
                apps.forEach(app -> names.add(app.value()));
            }
            case Control(var app, var action) -> {
                frame.put("app", app.value());
                frame.put("action", lower(action));
            }
            case Metrics(int interval) -> frame.put("interval", interval);
            case WatchUnits ignored -> {}
            case Journal(var app, var unit, var after, int lines, boolean follow, JournalFilter filter) -> {
                if (app != null) {
                    frame.put("app", app.value());
                }
                putIfKnown(frame, "unit", unit);
                putIfKnown(frame, "after", after);
                if (lines != DEFAULT_JOURNAL_LINES) {
                    frame.put("lines", lines);
                }
                if (follow) {
                    frame.put("follow", true);
                }
                putFilter(frame, filter);
            }
            case TrustCommand<?> c -> TrustFrames.write(c, frame);
        }
        return frame(frame);
    }

    private static void putFilter(ObjectNode frame, JournalFilter filter) {
        putIfTrue(frame, "host", filter.host());
        putIfKnown(frame, "before", filter.before());
        putIfKnown(frame, "around", filter.around());
        putIfTrue(frame, "oldest", filter.oldest());
        putIfKnown(frame, "search", filter.search());
        putIfTrue(frame, "regex", filter.regex());
        putIfKnown(frame, "priority", filter.priority());
        putIfKnown(frame, "boot", filter.boot());
        putIfKnown(frame, "since", time(filter.since()));
        putIfKnown(frame, "until", time(filter.until()));
        putIfTrue(frame, "colours", filter.colours());
    }

    private static @Nullable String time(@Nullable Instant at) {
        return at == null ? null : at.truncatedTo(ChronoUnit.MICROS).toString();
    }

    private static void putIfTrue(ObjectNode frame, String name, boolean value) {
        if (value) {
            frame.put(name, true);
        }
    }

    static String lower(Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT);
    }

    /** What the box does anyway is left out. */
    static void putConfirming(ObjectNode frame, Confirming confirm) {
        if (confirm.always()) {
            frame.put("confirm", "manual");
        }
        if (confirm.within() != Confirming.DEFAULT.within()) {
            frame.put("confirmWithin", confirm.within());
        }
    }

    private static void putGarbage(ObjectNode frame, List<Integer> delete, @Nullable Integer keep) {
        if (!delete.isEmpty()) {
            var numbers = frame.putArray("deleteGenerations");
            delete.forEach(number -> numbers.add(number));
        }
        putIfKnown(frame, "keepGenerations", keep);
    }

    static void putOperation(ObjectNode frame, OperationId operation) {
        frame.put("operation", operation.value());
    }

    static void putState(ObjectNode frame, String state, @Nullable String base) {
        frame.put("state", state);
        putIfKnown(frame, "base", base);
    }

    static void putAuthor(ObjectNode frame, Author author) {
        frame.putObject("author").put("name", author.name()).put("email", author.email());
    }

    private static void putIfKnown(ObjectNode frame, String name, @Nullable String value) {
        if (value != null) {
            frame.put(name, value);
        }
    }

    private static void putIfKnown(ObjectNode frame, String name, @Nullable Integer value) {
        if (value != null) {
            frame.put(name, value);
        }
    }

    private byte[] frame(ObjectNode object) {
        byte[] line = (escapeLoneSurrogates(json.writeValueAsString(object)) + "\n").getBytes(StandardCharsets.UTF_8);
        if (line.length > MAX_SENT) {
            throw Problem.of(
                            ProblemCode.BAD_REQUEST,
                            "The request was not sent.",
                            "It has " + line.length + " bytes; a box takes at most " + MAX_SENT + ".",
                            "Make the state smaller: long values of environment variables are the usual cause.")
                    .toException();
        }
        return line;
    }

    /**
     * UTF-8 has no form for half of a surrogate pair, and Java would send a question mark in its place. JSON has one, the escape;
     * these characters occur inside of JSON strings only.
     */
    private static String escapeLoneSurrogates(String text) {
        StringBuilder escaped = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (Character.isSurrogate(c) && !pair) {
                if (escaped == null) {
                    escaped = new StringBuilder(text.length() + 16).append(text, 0, i);
                }
                escaped.append(String.format("\\u%04x", (int) c));
            } else if (escaped != null) {
                escaped.append(c);
            }
            if (pair) {
                i++;
                if (escaped != null) {
                    escaped.append(text.charAt(i));
                }
            }
        }
        return escaped == null ? text : escaped.toString();
    }

    // ---- from the box

    /** @param line one frame without its line end */
    public Frame decode(byte[] line) {
        Members frame = Members.of(parse(line), "");
        String type = frame.text("type");
        return switch (type) {
            case "hello" ->
                new Frame.Hello(
                        frame.integer("protocol"),
                        frame.text("hostd"),
                        frame.text("host"),
                        Set.copyOf(frame.texts("capabilities")));
            case "accepted" -> new Frame.Reply(new HostReply.Accepted(operation(frame)));
            case "line" ->
                new Frame.Reply(new HostReply.Line(
                        frame.text("cursor"),
                        frame.instant("time"),
                        frame.integer("priority"),
                        frame.optionalText("unit"),
                        frame.optionalText("stream"),
                        frame.optionalText("derivation"),
                        frame.text("text")));
            case "progress" ->
                new Frame.Reply(new HostReply.Progress(
                        frame.text("cursor"),
                        frame.instant("time"),
                        frame.text("phase"),
                        frame.optionalLong("done"),
                        frame.optionalLong("expected"),
                        frame.optionalLong("running"),
                        frame.optionalLong("failed"),
                        frame.optionalLong("bytesDone"),
                        frame.optionalLong("bytesExpected"),
                        frame.optionalInteger("secondsLeft")));
            case "step" ->
                new Frame.Reply(new HostReply.Step(
                        frame.text("cursor"),
                        frame.instant("time"),
                        frame.longInteger("id"),
                        frame.text("kind"),
                        frame.text("name"),
                        frame.text("path"),
                        frame.text("state"),
                        frame.longIntegers("inputs"),
                        frame.optionalLong("bytesDone"),
                        frame.optionalLong("bytesExpected")));
            // What else a newer box may read is none of this console's business.
            case "reading" ->
                frame.has("sample")
                        ? new Frame.Reply(MeasurementFrames.read(frame))
                        : frame.has("states") ? new Frame.Reply(states(frame)) : new Frame.Unknown(type);
            case "skipped" -> new Frame.Reply(new HostReply.Skipped(frame.integer("lines"), frame.text("why")));
            case "chunk" -> new Frame.Reply(new HostReply.Chunk(frame.bytes("data")));
            case "done" -> new Frame.Done(frame.object("result").node());
            case "refused" -> new Frame.Refused(problem(frame.object("problem"), frame.optionalText("detail")));
            default -> new Frame.Unknown(type);
        };
    }

    private JsonNode parse(byte[] line) {
        // Jackson would guess UTF-16 and UTF-32 too; the protocol has UTF-8 only.
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(line))
                    .toString();
        } catch (CharacterCodingException e) {
            throw ProtocolProblems.notUnderstood("A frame was not UTF-8.", e);
        }
        try {
            return json.readTree(text);
        } catch (JacksonException e) {
            // The message of the parser may quote the frame; the place is enough.
            throw ProtocolProblems.notUnderstood(
                    "A frame was not one JSON object (column "
                            + (e.getLocation() == null ? "?" : e.getLocation().getColumnNr()) + ").",
                    e);
        }
    }

    /** What the caller of a request that starts an operation gets. */
    @SuppressWarnings("unchecked") // These commands are those whose result is Acceptance.
    <R> R acceptance(HostCommand<R> command, HostReply.Accepted accepted) {
        OperationId asked = switch (command) {
            case Plan c -> c.operation();
            case Apply c -> c.operation();
            case RollBack c -> c.operation();
            case Reconcile c -> c.operation();
            case CollectGarbage c -> c.operation();
            case ServiceCommand<?> c -> ServiceFrames.operation(c);
            case BackupCommand<?> c -> BackupFrames.operation(c);
            case ProofCommand<?> c -> ProofFrames.operation(c);
            case Confirm ignored -> null;
            case Compare ignored -> null;
            case Mark ignored -> null;
            case ListSnapshots ignored -> null;
            case ReadDisk ignored -> null;
            case PlanGarbage ignored -> null;
            case FindDrift ignored -> null;
            case Probe ignored -> null;
            case ReadState ignored -> null;
            case Inspect ignored -> null;
            case ListOperations ignored -> null;
            case ListAutomatic ignored -> null;
            case Follow ignored -> null;
            case Cancel ignored -> null;
            case ListGenerations ignored -> null;
            case Units ignored -> null;
            case Control ignored -> null;
            case Journal ignored -> null;
            case Metrics ignored -> null;
            case WatchUnits ignored -> null;
            case TrustCommand<?> ignored -> null;
            case MailCommand<?> ignored -> null;
        };
        if (!accepted.operation().equals(asked)) {
            throw ProtocolProblems.notUnderstood("The box accepted an operation that it was not asked for.");
        }
        return (R) new Acceptance(accepted.operation());
    }

    /** Reads what {@code done} carries for this command. */
    @SuppressWarnings("unchecked") // Each case gives the type that its command names.
    public <R> R result(HostCommand<R> command, JsonNode done) {
        Members result = Members.of(done, "result");
        Object value = switch (command) {
            case Probe ignored -> probe(result);
            case ReadState ignored -> new StateResult(result.optionalText("revision"), result.optionalText("state"));
            case Inspect ignored -> inspection(result);
            case Plan c -> new Acceptance(c.operation());
            case Apply c -> new Acceptance(c.operation());
            case RollBack c -> new Acceptance(c.operation());
            case Reconcile c -> new Acceptance(c.operation());
            case CollectGarbage c -> new Acceptance(c.operation());
            case Confirm ignored -> report(result.object("operation"));
            case Compare ignored -> UpkeepResults.comparison(result);
            case Mark ignored -> generation(result.object("generation"));
            case ListSnapshots ignored -> result.objects("snapshots", UpkeepResults::snapshot);
            case ReadDisk ignored -> UpkeepResults.disk(result);
            case PlanGarbage ignored -> UpkeepResults.garbagePlan(result);
            case ServiceCommand<?> c -> ServiceFrames.result(c, result);
            case BackupCommand<?> c -> BackupFrames.result(c, result);
            case MailCommand<?> c -> MailFrames.result(c, result);
            case ProofCommand<?> c -> ProofFrames.result(c, result);
            case FindDrift ignored -> UpkeepResults.drift(result);
            case ListOperations ignored -> result.objects("operations", this::report);
            case ListAutomatic ignored -> result.objects("operations", this::report);
            case Follow ignored -> report(result.object("operation"));
            case Cancel ignored -> report(result.object("operation"));
            case ListGenerations ignored -> result.objects("generations", FrameCodec::generation);
            case Units ignored -> new UnitsResult(result.instant("time"), result.objects("units", FrameCodec::unit));
            case Control ignored -> unit(result.object("unit"));
            case Journal ignored ->
                new JournalEnd(
                        result.optionalText("cursor"),
                        !result.has("complete") || result.flag("complete"),
                        !result.has("found") || result.flag("found"));
            case Metrics ignored -> new MeasuringEnd();
            case WatchUnits ignored -> new MeasuringEnd();
            case TrustCommand<?> c -> TrustFrames.result(c, result);
        };
        return (R) value;
    }

    private ProbeResult probe(Members result) {
        return new ProbeResult(result.objects("checks", this::check), freeForm(result.object("system")));
    }

    /** A box of before the contract had groups and levels says neither: then nothing is said to be more than worth knowing. */
    private Check check(Members check) {
        String group = check.optionalText("group");
        String level = check.optionalText("level");
        return new Check(
                check.text("id"),
                group == null ? "system" : group,
                level == null ? Check.SHOULD : level,
                check.has("ok") ? check.flag("ok") : null,
                check.text("found"),
                check.text("wanted"),
                check.text("why"),
                check.optionalText("next"),
                check.optionalObject("fix", this::fix));
    }

    private Fix fix(Members fix) {
        return new Fix(
                fix.text("label"),
                fix.objects(
                        "set",
                        member -> new FixedMember(
                                member.text("pointer"),
                                json.treeToValue(member.node().get("value"), Object.class))));
    }

    private static Inspection inspection(Members result) {
        return new Inspection(
                result.text("url"),
                result.text("ref"),
                result.text("rev"),
                result.text("narHash"),
                result.optionalInstant("lastModified"),
                result.optionalText("builder"),
                result.text("reason"),
                result.objects("candidates", c -> new Candidate(c.text("builder"), c.text("reason"))),
                result.optionalInteger("port"),
                result.has("command") ? result.texts("command") : null);
    }

    private OperationReport report(Members report) {
        return new OperationReport(
                operation(report),
                report.text("kind"),
                report.text("state"),
                report.optionalText("phase"),
                report.optionalInstant("startedAt"),
                report.optionalInstant("finishedAt"),
                report.has("problem") ? problem(report.object("problem"), report.optionalText("detail")) : null,
                report.has("result") ? freeForm(report.object("result")) : Map.of(),
                report.has("confirm") ? waiting(report.object("confirm")) : null,
                report.optionalText("target"),
                report.has("automatic") && report.flag("automatic"));
    }

    private static Waiting waiting(Members confirm) {
        return new Waiting(
                confirm.instant("until"),
                confirm.integer("secondsLeft"),
                confirm.text("level"),
                confirm.texts("reasons"));
    }

    private static Generation generation(Members generation) {
        return new Generation(
                generation.integer("number"),
                generation.instant("date"),
                generation.flag("current"),
                generation.flag("booted"),
                generation.flag("bootDefault"),
                generation.text("closure"),
                generation.optionalLong("closureBytes"),
                generation.text("description"),
                generation.has("operation") ? operation(generation) : null,
                generation.optionalText("author"),
                generation.optionalText("revision"),
                generation.has("pinned") && generation.flag("pinned"),
                generation.optionalText("label"),
                generation.optionalLong("bytesFreed"),
                generation.optionalText("kind"));
    }

    private static UnitState unit(Members unit) {
        return new UnitState(
                unit.value("app", AppName::new),
                unit.text("unit"),
                unit.text("load"),
                unit.text("active"),
                unit.text("sub"),
                unit.optionalText("result"),
                unit.optionalInstant("since"),
                unit.integer("restarts"),
                unit.optionalInteger("mainPid"));
    }

    private static UnitStates states(Members frame) {
        Members states = frame.object("states");
        return new UnitStates(
                frame.instant("time"),
                states.flag("whole"),
                states.objects(
                        "units",
                        unit -> new UnitStates.SeenUnit(
                                unit.text("unit"),
                                unit.has("app") ? unit.value("app", AppName::new) : null,
                                unit.text("load"),
                                unit.text("active"),
                                unit.text("sub"),
                                unit.text("result"),
                                unit.optionalInstant("since"),
                                unit.integer("restarts"),
                                unit.optionalObject(
                                        "exit",
                                        exit -> new UnitStates.Exit(exit.text("code"), exit.integer("status"))))),
                states.texts("gone"));
    }

    private static OperationId operation(Members members) {
        return members.value("operation", OperationId::new);
    }

    static Problem problem(Members problem, @Nullable String detail) {
        return new Problem(
                code(problem.text("code")), problem.text("what"), problem.text("why"), problem.text("next"), detail);
    }

    /** A newer box may know more problems; its words still tell what happened. */
    private static ProblemCode code(String name) {
        try {
            return ProblemCode.valueOf(name);
        } catch (IllegalArgumentException e) {
            return ProblemCode.INTERNAL;
        }
    }

    private Map<String, Object> freeForm(Members members) {
        return json.treeToValue(members.node(), FREE_FORM);
    }
}
