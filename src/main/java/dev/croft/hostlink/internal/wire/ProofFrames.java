package dev.croft.hostlink.internal.wire;

import dev.croft.hostlink.HostCommand.Acceptance;
import dev.croft.hostlink.HostCommand.Author;
import dev.croft.hostlink.HostCommand.ClosurePage;
import dev.croft.hostlink.HostCommand.ContentsIdentity;
import dev.croft.hostlink.HostCommand.ProofCommand;
import dev.croft.hostlink.HostCommand.ReadClosure;
import dev.croft.hostlink.HostCommand.ReadIdentity;
import dev.croft.hostlink.HostCommand.StorePath;
import dev.croft.hostlink.HostCommand.Verify;
import dev.croft.kernel.AppName;
import dev.croft.kernel.OperationId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Requests about what runs is made of, and what a box answers to them. Source: docs/protocol.md §4. */
final class ProofFrames {

    private ProofFrames() {}

    static String type(ProofCommand<?> command) {
        return switch (command) {
            case ReadClosure ignored -> "closure";
            case ReadIdentity ignored -> "closure";
            case Verify ignored -> "verify";
        };
    }

    static void write(ProofCommand<?> command, ObjectNode frame) {
        switch (command) {
            case ReadClosure(var app, int from) -> {
                putApp(frame, app);
                if (from > 0) {
                    frame.put("from", from);
                }
            }
            case ReadIdentity(var app) -> {
                putApp(frame, app);
                frame.put("identity", true);
            }
            case Verify(OperationId operation, var app, Author author) -> {
                FrameCodec.putOperation(frame, operation);
                putApp(frame, app);
                FrameCodec.putAuthor(frame, author);
            }
        }
    }

    /** Null for those that start none. */
    static @Nullable OperationId operation(ProofCommand<?> command) {
        return command instanceof Verify verify ? verify.operation() : null;
    }

    static Object result(ProofCommand<?> command, Members result) {
        return switch (command) {
            case ReadClosure ignored ->
                new ClosurePage(
                        result.text("identity"),
                        positions(result, "roots"),
                        result.integer("total"),
                        result.longInteger("bytes"),
                        result.optionalInteger("next"),
                        result.objects("paths", ProofFrames::path));
            case ReadIdentity ignored -> new ContentsIdentity(result.text("identity"));
            case Verify c -> new Acceptance(c.operation());
        };
    }

    private static StorePath path(Members path) {
        return new StorePath(
                path.text("path"),
                path.text("name"),
                path.text("version"),
                path.longInteger("bytes"),
                path.optionalText("sha256"),
                path.flag("fetched"),
                positions(path, "references"));
    }

    private static List<Integer> positions(Members members, String name) {
        return members.longIntegers(name).stream().map(Math::toIntExact).toList();
    }

    private static void putApp(ObjectNode frame, @Nullable AppName app) {
        if (app != null) {
            frame.put("app", app.value());
        }
    }
}
