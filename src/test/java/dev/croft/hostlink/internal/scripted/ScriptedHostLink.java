package dev.croft.hostlink.internal.scripted;

import dev.croft.hostlink.HostCall;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.HostReply;
import dev.croft.hostlink.internal.wire.Dialogue;
import dev.croft.hostlink.internal.wire.FrameChannel;
import dev.croft.hostlink.internal.wire.FrameCodec;
import dev.croft.hostlink.internal.wire.FrameReader;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A box that plays transcripts: the real codec and the real dialogue on a channel without a network. Each call takes the first
 * transcript whose request it makes. Where a transcript names an operation, any id will do: the box answers with the caller's.
 */
public final class ScriptedHostLink implements HostLink {

    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIScriptedScriptedScriptedScriptedScripted0 croft";

    private final List<Transcript> transcripts;
    private final FrameCodec codec = new FrameCodec();

    private ScriptedHostLink(List<Transcript> transcripts) {
        this.transcripts = transcripts;
    }

    /** @param files names below {@code src/test/resources/transcripts} */
    public static ScriptedHostLink playing(String... files) {
        return new ScriptedHostLink(Arrays.stream(files).map(Transcript::named).toList());
    }

    public static ScriptedHostLink playing(Transcript... transcripts) {
        return new ScriptedHostLink(List.of(transcripts));
    }

    @Override
    public <R> R call(HostEndpoint endpoint, HostCommand<R> command, Consumer<HostReply> onReply) {
        return run(endpoint, command, onReply, new Player(transcriptFor(command)));
    }

    @Override
    public <R> R callAfresh(HostEndpoint endpoint, HostCommand<R> command) {
        return call(endpoint, command);
    }

    @Override
    public <R> HostCall<R> open(HostEndpoint endpoint, HostCommand<R> command, Consumer<HostReply> onReply) {
        var player = new Player(transcriptFor(command));
        var result = new CompletableFuture<R>();
        Thread.ofVirtual().start(() -> {
            try {
                result.complete(run(endpoint, command, onReply, player));
            } catch (ProblemException e) {
                result.completeExceptionally(e);
            } catch (RuntimeException | Error e) {
                result.completeExceptionally(problem(ProblemCode.INTERNAL, e));
            }
        });
        return new HostCall<>() {
            @Override
            public CompletableFuture<R> result() {
                return result;
            }

            @Override
            public void close() {
                player.close();
            }
        };
    }

    private <R> R run(HostEndpoint endpoint, HostCommand<R> command, Consumer<HostReply> onReply, Player player) {
        if (endpoint.fingerprint().isBlank()) {
            throw problem(ProblemCode.HOST_KEY_UNKNOWN, null);
        }
        var dialogue = new Dialogue<>(codec, "croft/test", command, onReply);
        try {
            return dialogue.run(player);
        } catch (IOException e) {
            if (player.isClosed()) {
                throw problem(ProblemCode.CANCELLED, e);
            }
            throw problem(dialogue.requested() ? ProblemCode.LINK_LOST : ProblemCode.HOST_UNREACHABLE, e);
        }
    }

    private Transcript transcriptFor(HostCommand<?> command) {
        JsonNode request = JsonMapper.shared().readTree(codec.request(command));
        for (Transcript transcript : transcripts) {
            if (transcript
                    .request()
                    .filter(r -> sameButForTheOperation(r, request))
                    .isPresent()) {
                return request.has("operation")
                        ? transcript.about(request.get("operation").stringValue())
                        : transcript;
            }
        }
        // A box that does not get as far as the request serves, or rather fails, every call.
        return transcripts.stream()
                .filter(transcript -> transcript.request().isEmpty())
                .findFirst()
                .orElseThrow(() -> new AssertionError("no transcript has the request " + request));
    }

    private static boolean sameButForTheOperation(JsonNode scripted, JsonNode request) {
        if (scripted.has("operation") != request.has("operation")) {
            return false;
        }
        var left = scripted.deepCopy();
        var right = request.deepCopy();
        ((ObjectNode) left).remove("operation");
        ((ObjectNode) right).remove("operation");
        return left.equals(right);
    }

    @Override
    public String fingerprintOf(String address, int port) {
        return "SHA256:scriptedscriptedscriptedscriptedscriptedscr";
    }

    @Override
    public String nameOf(HostEndpoint endpoint) {
        return "scripted";
    }

    @Override
    public void disconnect(HostEndpoint endpoint) {
        // There is no connection to forget.
    }

    @Override
    public String publicKey() {
        return KEY;
    }

    private static ProblemException problem(ProblemCode code, Throwable cause) {
        return new ProblemException(Problem.of(code, "scripted", "scripted", "scripted"), cause);
    }

    private static final class Player implements FrameChannel {

        private final Deque<Transcript.Step> steps;
        private final FrameReader frames = new FrameReader(FrameCodec.MAX_RECEIVED);
        private final Deque<byte[]> ready = new ArrayDeque<>();
        private final CountDownLatch closed = new CountDownLatch(1);

        Player(Transcript transcript) {
            this.steps = new ArrayDeque<>(transcript.steps());
        }

        @Override
        public void send(byte[] frame) throws IOException {
            if (isClosed()) {
                throw new IOException("closed");
            }
            JsonNode said = JsonMapper.shared().readTree(frame);
            if (steps.poll() instanceof Transcript.Console(JsonNode expected)) {
                boolean hello = "hello".equals(said.path("type").stringValue());
                if (hello ? !said.get("type").equals(expected.get("type")) : !said.equals(expected)) {
                    throw new AssertionError("said " + said + "\nexpected " + expected);
                }
            } else {
                throw new AssertionError("said out of turn: " + said);
            }
        }

        @Override
        public byte[] receive(Duration patience) throws IOException {
            while (ready.isEmpty()) {
                if (isClosed()) {
                    throw new IOException("closed");
                }
                switch (steps.poll()) {
                    case Transcript.Box(JsonNode frame) -> feed(frame + "\n");
                    case Transcript.BoxRaw(String text) -> feed(text);
                    case Transcript.Wait ignored -> awaitClose();
                    case Transcript.Flood(int lines) -> throw new UnsupportedOperationException(lines + " lines");
                    case Transcript.Console ignored -> throw new AssertionError("the console had to say something");
                    case Transcript.ConsoleRaw ignored -> throw new AssertionError("the console had to say something");
                    case null -> {
                        frames.end();
                        throw new EOFException("end of the transcript");
                    }
                }
            }
            return ready.remove();
        }

        private void feed(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            frames.feed(bytes, 0, bytes.length, ready::add);
        }

        private void awaitClose() throws IOException {
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }

        boolean isClosed() {
            return closed.getCount() == 0;
        }

        void close() {
            closed.countDown();
        }
    }
}
