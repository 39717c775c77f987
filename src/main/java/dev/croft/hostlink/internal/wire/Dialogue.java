package dev.croft.hostlink.internal.wire;

import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostReply;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One request and everything said about it, whatever carries the frames. Source: docs/protocol.md §2. */
public final class Dialogue<R> {

    /** A box under load may need a while to start the instance that answers. */
    private static final Duration HELLO_PATIENCE = Duration.ofSeconds(30);

    private static final Duration NO_LIMIT = Duration.ZERO;

    private final FrameCodec codec;
    private final String client;
    private final HostCommand<R> command;
    private final Consumer<HostReply> onReply;
    private volatile boolean requested;
    private volatile @Nullable String host;

    public Dialogue(FrameCodec codec, String client, HostCommand<R> command, Consumer<HostReply> onReply) {
        this.codec = codec;
        this.client = client;
        this.command = command;
        this.onReply = onReply;
    }

    /** What the box calls itself; null as long as it has not said hello. */
    public @Nullable String host() {
        return host;
    }

    /** False as long as the box cannot have seen the request, so that repeating it is harmless. */
    public boolean requested() {
        return requested;
    }

    public R run(FrameChannel channel) throws IOException {
        byte[] request = codec.request(command);
        channel.send(codec.hello(client));
        checkHello(codec.decode(channel.receive(HELLO_PATIENCE)));
        requested = true;
        channel.send(request);
        @Nullable R accepted = null;
        while (true) {
            byte[] line;
            try {
                line = channel.receive(NO_LIMIT);
            } catch (IOException e) {
                if (accepted != null) {
                    // The operation's unit runs: that the link did not hold until the good-bye changes nothing.
                    return accepted;
                }
                throw e;
            }
            switch (codec.decode(line)) {
                case Frame.Reply(HostReply.Accepted reply) -> {
                    accepted = codec.acceptance(command, reply);
                    onReply.accept(reply);
                }
                case Frame.Reply(var reply) -> onReply.accept(reply);
                case Frame.Done(var result) -> {
                    return codec.result(command, result);
                }
                case Frame.Refused(var problem) -> throw problem.toException();
                case Frame.Unknown ignored -> {} // A newer box says more than this console understands.
                case Frame.Hello ignored -> throw ProtocolProblems.notUnderstood("The box said hello twice.");
            }
        }
    }

    private void checkHello(Frame first) {
        switch (first) {
            case Frame.Hello hello -> {
                host = hello.host();
                String box = "The box runs croft-hostd " + hello.hostd();
                if (hello.protocol() > FrameCodec.PROTOCOL) {
                    throw Problem.of(
                                    ProblemCode.PROTOCOL_UNSUPPORTED,
                                    "The box was not asked.",
                                    box + ", which speaks croft-host/" + hello.protocol()
                                            + "; this console speaks croft-host/" + FrameCodec.PROTOCOL + ".",
                                    "Update this console.")
                            .toException();
                }
                if (hello.protocol() < FrameCodec.PROTOCOL) {
                    throw helperTooOld(box + ", which speaks croft-host/" + hello.protocol() + "; croft-host/"
                            + FrameCodec.PROTOCOL + " is needed.");
                }
                if (!hello.capabilities().contains(codec.type(command))) {
                    throw helperTooOld(box + ", which does not serve \"" + codec.type(command) + "\".");
                }
            }
            case Frame.Refused(var problem) -> throw problem.toException();
            case Frame.Reply ignored -> throw notHello();
            case Frame.Done ignored -> throw notHello();
            case Frame.Unknown ignored -> throw notHello();
        }
    }

    private static RuntimeException helperTooOld(String why) {
        return Problem.of(
                        ProblemCode.HELPER_TOO_OLD,
                        "The box was not asked.",
                        why,
                        "Update the box's \"croft\" flake input (nix flake update croft), rebuild it, then try again.")
                .toException();
    }

    private static RuntimeException notHello() {
        return ProtocolProblems.notUnderstood("The first frame was not hello.");
    }
}
