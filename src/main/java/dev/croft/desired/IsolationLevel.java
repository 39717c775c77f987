package dev.croft.desired;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A level at which apps can be kept apart, with what was found of it on a box: which doors an app that tries to get out finds shut,
 * and what it costs as a multiple of the level {@code service}. The file is written by {@code nix/tests/box/test_isolation.py}.
 *
 * @param blocks ids of doors that are shut
 * @param start time from the start to the first answer
 * @param memory what the processes take
 * @param latency time for an answer
 */
public record IsolationLevel(String id, Set<String> blocks, double start, double memory, double latency) {

    /** What every app has that does not say otherwise. */
    public static final String DEFAULT = "service";

    /** Something that an app could try. */
    public record Door(String id, String what) {}

    private static final List<Door> DOORS;
    private static final List<IsolationLevel> LEVELS;

    static {
        JsonNode found = found();
        DOORS = list(found.get("doors")).stream()
                .map(door ->
                        new Door(door.get("id").stringValue(), door.get("what").stringValue()))
                .toList();
        LEVELS = list(found.get("levels")).stream().map(IsolationLevel::read).toList();
    }

    public IsolationLevel {
        blocks = Set.copyOf(blocks);
    }

    /** The levels, from the one that keeps apart least. */
    public static List<IsolationLevel> all() {
        return LEVELS;
    }

    public static List<Door> doors() {
        return DOORS;
    }

    static List<String> ids() {
        return LEVELS.stream().map(IsolationLevel::id).toList();
    }

    public boolean blocks(Door door) {
        return blocks.contains(door.id());
    }

    private static IsolationLevel read(JsonNode level) {
        Set<String> blocked = new LinkedHashSet<>();
        level.get("blocks").properties().forEach(entry -> {
            if (entry.getValue().booleanValue()) {
                blocked.add(entry.getKey());
            }
        });
        JsonNode costs = level.get("costs");
        return new IsolationLevel(
                level.get("level").stringValue(),
                blocked,
                costs.get("start").doubleValue(),
                costs.get("memory").doubleValue(),
                costs.get("latency").doubleValue());
    }

    private static List<JsonNode> list(JsonNode array) {
        List<JsonNode> nodes = new ArrayList<>();
        array.forEach(nodes::add);
        return nodes;
    }

    private static JsonNode found() {
        try (InputStream file = IsolationLevel.class.getResourceAsStream("isolation.json")) {
            if (file == null) {
                throw new IllegalStateException("This build has no isolation.json");
            }
            return JsonMapper.shared().readTree(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
