package dev.croft.hostlink.internal.scripted;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A dialogue, step by step. As a file it has one JSON object a line: {@code {"console": frame}} for what the console must say,
 * {@code {"box": frame}} for what the box says then, {@code {"raw": text}} for bytes that a broken box would send, and
 * {@code {"wait": true}} for a box that says nothing until the console goes. The box hangs up after the last step. Lines that begin
 * with # are comments.
 */
public record Transcript(String name, List<Step> steps) {

    public sealed interface Step {

        JsonNode toJson();
    }

    public record Console(JsonNode frame) implements Step {
        @Override
        public JsonNode toJson() {
            return object().set("console", frame);
        }
    }

    public record Box(JsonNode frame) implements Step {
        @Override
        public JsonNode toJson() {
            return object().set("box", frame);
        }
    }

    public record Raw(String text) implements Step {
        @Override
        public JsonNode toJson() {
            return object().put("raw", text);
        }
    }

    public record Wait() implements Step {
        @Override
        public JsonNode toJson() {
            return object().put("wait", true);
        }
    }

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
            if (!line.isBlank() && !line.startsWith("#")) {
                steps.add(step(JsonMapper.shared().readTree(line)));
            }
        }
        return new Transcript(name, List.copyOf(steps));
    }

    private static Step step(JsonNode line) {
        if (line.has("console")) {
            return new Console(line.get("console"));
        }
        if (line.has("box")) {
            return new Box(line.get("box"));
        }
        if (line.has("raw")) {
            return new Raw(line.get("raw").stringValue());
        }
        if (line.has("wait")) {
            return new Wait();
        }
        throw new IllegalArgumentException("no step of a transcript: " + line);
    }

    public String toText() {
        var text = new StringBuilder();
        steps.forEach(step -> text.append(step.toJson()).append('\n'));
        return text.toString();
    }

    private static ObjectNode object() {
        return JsonMapper.shared().createObjectNode();
    }
}
