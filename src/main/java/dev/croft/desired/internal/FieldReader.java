package dev.croft.desired.internal;

import dev.croft.desired.Worded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads one JSON object member by member and knows its path, so that a refusal can name the field. */
final class FieldReader {

    /** A member that is missing, unknown or of another type. */
    static final class FieldRefused extends RuntimeException {

        private static final long serialVersionUID = 1L;

        FieldRefused(String message, Throwable cause) {
            super(message, cause);
        }

        FieldRefused(String path, String why) {
            super(path.isEmpty() ? why : path + ": " + why);
        }
    }

    private final String path;
    private final JsonNode object;
    private final boolean strict;

    /** @param strict whether null and an empty list are refused, as state.json has them, or taken as "not given", as people send them */
    FieldReader(String path, JsonNode node, Set<String> known, boolean strict) {
        this.path = path;
        this.object = node;
        this.strict = strict;
        if (!node.isObject()) {
            throw new FieldRefused(path, "an object is expected.");
        }
        for (String name : node.propertyNames()) {
            if (!known.contains(name)) {
                throw new FieldRefused(
                        at(shortened(name)),
                        "unknown field; known are "
                                + String.join(", ", known.stream().sorted().toList()) + ".");
            }
        }
    }

    String text(String name) {
        String value = optionalText(name);
        if (value == null) {
            throw new FieldRefused(at(name), "the field is missing.");
        }
        return value;
    }

    @Nullable
    String optionalText(String name) {
        JsonNode node = present(name);
        if (node == null) {
            return null;
        }
        if (!node.isString()) {
            throw new FieldRefused(at(name), "a string is expected.");
        }
        return node.stringValue();
    }

    @Nullable
    Integer optionalInteger(String name) {
        JsonNode node = present(name);
        if (node == null) {
            return null;
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt()) {
            throw new FieldRefused(at(name), "a whole number is expected.");
        }
        return node.intValue();
    }

    int integer(String name) {
        Integer value = optionalInteger(name);
        if (value == null) {
            throw new FieldRefused(at(name), "the field is missing.");
        }
        return value;
    }

    <E extends Enum<E> & Worded> @Nullable E optionalChoice(String name, Class<E> type) {
        String word = optionalText(name);
        return word == null
                ? null
                : Worded.of(type, word)
                        .orElseThrow(() -> new FieldRefused(
                                at(name),
                                "it is one of "
                                        + Arrays.stream(type.getEnumConstants())
                                                .map(Worded::word)
                                                .collect(Collectors.joining(", "))
                                        + "."));
    }

    @Nullable
    Boolean optionalBoolean(String name) {
        JsonNode node = present(name);
        if (node == null) {
            return null;
        }
        if (!node.isBoolean()) {
            throw new FieldRefused(at(name), "true or false is expected.");
        }
        return node.booleanValue();
    }

    List<Integer> integers(String name) {
        JsonNode node = present(name);
        if (node == null) {
            return List.of();
        }
        if (!node.isArray()) {
            throw new FieldRefused(at(name), "a list is expected.");
        }
        List<Integer> integers = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
            JsonNode element = node.get(i);
            if (!element.isIntegralNumber() || !element.canConvertToInt()) {
                throw new FieldRefused(at(name) + "[" + i + "]", "a whole number is expected.");
            }
            integers.add(element.intValue());
        }
        return integers;
    }

    List<String> texts(String name) {
        JsonNode node = present(name);
        return node == null ? List.of() : texts(at(name), node);
    }

    private static List<String> texts(String path, JsonNode node) {
        if (!node.isArray()) {
            throw new FieldRefused(path, "a list is expected.");
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
            if (!node.get(i).isString()) {
                throw new FieldRefused(path + "[" + i + "]", "a string is expected.");
            }
            texts.add(node.get(i).stringValue());
        }
        return texts;
    }

    SortedMap<String, List<String>> textListsByName(String name) {
        SortedMap<String, List<String>> lists = new TreeMap<>();
        each(name, (key, node) -> lists.put(key, texts(at(name) + "." + shortened(key), node)));
        return lists;
    }

    /** As {@link #texts}, where an empty list would mean something else than none. */
    List<String> textsOrNone(String name) {
        List<String> texts = texts(name);
        if (strict && texts.isEmpty() && object.has(name)) {
            throw new FieldRefused(at(name), "the list is empty; leave the field out.");
        }
        return texts;
    }

    Map<String, String> textsByName(String name) {
        Map<String, String> texts = new TreeMap<>();
        JsonNode node = present(name);
        if (node == null) {
            return texts;
        }
        if (!node.isObject()) {
            throw new FieldRefused(at(name), "an object is expected.");
        }
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            if (!member.getValue().isString()) {
                throw new FieldRefused(at(name) + "." + shortened(member.getKey()), "a string is expected.");
            }
            texts.put(member.getKey(), member.getValue().stringValue());
        }
        return texts;
    }

    /** Texts, booleans, whole numbers (Integer) and decimal ones (Double). */
    SortedMap<String, Object> scalarsByName(String name) {
        SortedMap<String, Object> scalars = new TreeMap<>();
        each(name, (key, node) -> scalars.put(key, scalar(at(name) + "." + shortened(key), node)));
        return scalars;
    }

    private static Object scalar(String path, JsonNode node) {
        if (node.isString()) {
            return node.stringValue();
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isIntegralNumber() && node.canConvertToInt()) {
            return node.intValue();
        }
        if (node.isNumber()) {
            return node.doubleValue();
        }
        throw new FieldRefused(path, "a text, a number or true or false is expected.");
    }

    FieldReader object(String name, Set<String> known) {
        FieldReader reader = optionalObject(name, known);
        if (reader == null) {
            throw new FieldRefused(at(name), "the field is missing.");
        }
        return reader;
    }

    @Nullable
    FieldReader optionalObject(String name, Set<String> known) {
        JsonNode node = present(name);
        return node == null ? null : new FieldReader(at(name), node, known, strict);
    }

    /** Every member of the object {@code name}, read with its key and its own path. */
    <T> List<T> each(String name, BiFunction<String, JsonNode, T> read) {
        List<T> all = new ArrayList<>();
        JsonNode node = present(name);
        if (node == null) {
            return all;
        }
        if (!node.isObject()) {
            throw new FieldRefused(at(name), "an object is expected.");
        }
        node.properties().forEach(member -> all.add(read.apply(member.getKey(), member.getValue())));
        return all;
    }

    /** Every member of the object {@code name}, which are objects with these members, by key. */
    <T> SortedMap<String, T> objectsByName(String name, Set<String> known, Function<FieldReader, T> read) {
        SortedMap<String, T> objects = new TreeMap<>();
        each(
                name,
                (key, node) -> objects.put(
                        key, read.apply(new FieldReader(at(name) + "." + shortened(key), node, known, strict))));
        return objects;
    }

    /** The same, two names deep. */
    <T> SortedMap<String, SortedMap<String, T>> objectsByNames(
            String name, Set<String> known, Function<FieldReader, T> read) {
        SortedMap<String, SortedMap<String, T>> all = new TreeMap<>();
        each(name, (first, members) -> {
            String at = at(name) + "." + shortened(first);
            if (!members.isObject()) {
                throw new FieldRefused(at, "an object is expected.");
            }
            SortedMap<String, T> objects = new TreeMap<>();
            members.properties()
                    .forEach(member -> objects.put(
                            member.getKey(),
                            read.apply(new FieldReader(
                                    at + "." + shortened(member.getKey()), member.getValue(), known, strict))));
            return all.put(first, objects);
        });
        return all;
    }

    /** As the other, where a member of each object says which members it has. */
    <T> SortedMap<String, T> objectsByName(
            String name, Map<String, Set<String>> known, String kind, Function<FieldReader, T> read) {
        SortedMap<String, T> objects = new TreeMap<>();
        each(name, (key, node) -> {
            String at = at(name) + "." + shortened(key);
            if (!node.isObject()) {
                throw new FieldRefused(at, "an object is expected.");
            }
            JsonNode word = node.get(kind);
            if (word == null) {
                throw new FieldRefused(at + "." + kind, "the field is missing.");
            }
            Set<String> members = word.isString() ? known.get(word.stringValue()) : null;
            if (members == null) {
                throw new FieldRefused(
                        at + "." + kind,
                        "it is one of "
                                + String.join(
                                        ", ", known.keySet().stream().sorted().toList()) + ".");
            }
            return objects.put(key, read.apply(new FieldReader(at, node, members, strict)));
        });
        return objects;
    }

    String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private @Nullable JsonNode present(String name) {
        JsonNode node = object.get(name);
        if (node != null && node.isNull() && strict) {
            throw new FieldRefused(at(name), "null is not a value; leave the field out.");
        }
        return node == null || node.isNull() ? null : node;
    }

    static String shortened(String name) {
        return name.length() <= 80 ? name : name.substring(0, 80) + "…";
    }
}
