package dev.croft.hostlink.internal.scripted;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A dialogue, step by step, in the form that the box's own tests play too: one JSON object a line.
 *
 * <ul>
 *   <li>{@code {"from": "console" | "box", "frame": {…}}}: a frame
 *   <li>{@code {"from": …, "raw": text, "times": n}}: bytes that are no frame
 *   <li>{@code {"from": "box", "wait": true}}: says nothing more until the console goes
 *   <li>{@code {"from": "box", "flood": n}}: that many log lines as fast as they are taken
 * </ul>
 *
 * The box hangs up after the last step.
 */
public record Transcript(String name, String text, List<Step> steps) {

    public sealed interface Step {}

    public record Console(JsonNode frame) implements Step {}

    /** What a console other than this one said. */
    public record ConsoleRaw(String text) implements Step {}

    public record Box(JsonNode frame) implements Step {}

    public record BoxRaw(String text) implements Step {}

    public record Wait() implements Step {}

    public record Flood(int lines) implements Step {}

    /** From {@code src/test/resources/transcripts}. */
    public static Transcript named(String file) {
        try (InputStream in = Transcript.class.getResourceAsStream("/transcripts/" + file)) {
            if (in == null) {
                throw new IllegalArgumentException("no transcript " + file);
            }
            return parse(file, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Transcript parse(String name, String text) {
        List<Step> steps = new ArrayList<>();
        // Not lines(): a NEL or a line separator inside of a frame is no line end.
        for (String line : text.split("\n")) {
            if (!line.isBlank()) {
                steps.add(step(JsonMapper.shared().readTree(line)));
            }
        }
        return new Transcript(name, text, List.copyOf(steps));
    }

    private static Step step(JsonNode line) {
        boolean console = line.get("from").stringValue().equals("console");
        if (line.has("frame")) {
            return console ? new Console(line.get("frame")) : new Box(line.get("frame"));
        }
        if (line.has("raw")) {
            String text =
                    line.get("raw").stringValue().repeat(line.path("times").asInt(1));
            return console ? new ConsoleRaw(text) : new BoxRaw(text);
        }
        if (line.has("wait")) {
            return new Wait();
        }
        if (line.has("flood")) {
            return new Flood(line.get("flood").intValue());
        }
        throw new IllegalArgumentException("no step of a transcript: " + line);
    }

    /** The frame after hello; empty when the dialogue does not get that far or the request is none. */
    public Optional<JsonNode> request() {
        return steps.stream()
                .filter(Console.class::isInstance)
                .map(step -> ((Console) step).frame())
                .skip(1)
                .findFirst();
    }

    /** The same dialogue about another operation. */
    Transcript about(String operation) {
        return request()
                .map(request -> request.get("operation"))
                .map(scripted -> parse(name, text.replace(scripted.stringValue(), operation)))
                .orElse(this);
    }
}
