package dev.croft.hostlink.internal.wire;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The members of a JSON object, read strictly: a member that is missing or of another type ends the dialogue with a text that
 * names it. A member that is absent and one that is null mean the same.
 */
final class Members {

    private final JsonNode object;
    private final String path;

    private Members(JsonNode object, String path) {
        this.object = object;
        this.path = path;
    }

    static Members of(JsonNode node, String path) {
        if (!node.isObject()) {
            throw ProtocolProblems.notUnderstood("\"" + path + "\" is not an object.");
        }
        return new Members(node, path);
    }

    JsonNode node() {
        return object;
    }

    boolean has(String name) {
        return optional(name) != null;
    }

    Members object(String name) {
        return of(required(name), path(name));
    }

    String text(String name) {
        return asText(required(name), path(name));
    }

    @Nullable
    String optionalText(String name) {
        JsonNode value = optional(name);
        return value == null ? null : asText(value, path(name));
    }

    boolean flag(String name) {
        JsonNode value = required(name);
        if (!value.isBoolean()) {
            throw wrongType(path(name), "true or false");
        }
        return value.booleanValue();
    }

    int integer(String name) {
        return asInteger(required(name), path(name));
    }

    @Nullable
    Integer optionalInteger(String name) {
        JsonNode value = optional(name);
        return value == null ? null : asInteger(value, path(name));
    }

    @Nullable
    Long optionalLong(String name) {
        JsonNode value = optional(name);
        return value == null ? null : asLong(value, path(name));
    }

    long longInteger(String name) {
        return asLong(required(name), path(name));
    }

    List<Long> longIntegers(String name) {
        return each(name, Members::asLong);
    }

    /** Empty when the box says null or nothing. */
    <T> @Nullable T optionalObject(String name, Function<Members, T> read) {
        return has(name) ? read.apply(object(name)) : null;
    }

    double decimal(String name) {
        JsonNode value = required(name);
        if (!value.isNumber()) {
            throw wrongType(path(name), "a number");
        }
        return value.doubleValue();
    }

    /** Of a text in base64. */
    byte[] bytes(String name) {
        try {
            return Base64.getDecoder().decode(text(name));
        } catch (IllegalArgumentException e) {
            throw wrongType(path(name), "base64");
        }
    }

    /** Texts by name. */
    SortedMap<String, String> textsByName(String name) {
        Members all = object(name);
        SortedMap<String, String> texts = new TreeMap<>();
        all.object.propertyNames().forEach(key -> texts.put(key, all.text(key)));
        return Collections.unmodifiableSortedMap(texts);
    }

    /** Lists of texts, in which null stays null. */
    List<List<@Nullable String>> rows(String name) {
        return each(name, (row, where) -> {
            if (!row.isArray()) {
                throw wrongType(where, "a list");
            }
            List<@Nullable String> values = new ArrayList<>(row.size());
            for (JsonNode value : row) {
                values.add(value.isNull() ? null : asText(value, where));
            }
            return Collections.unmodifiableList(values);
        });
    }

    /** Lists of exactly so many whole numbers. */
    List<List<Long>> longLists(String name, int size) {
        return each(name, (list, where) -> {
            if (!list.isArray() || list.size() != size) {
                throw wrongType(where, "a list of " + size + " whole numbers");
            }
            return list.valueStream().map(value -> asLong(value, where)).toList();
        });
    }

    /** At least so many whole numbers, in which null stays null. */
    List<@Nullable Long> longs(String name, int size) {
        JsonNode list = required(name);
        if (!list.isArray() || list.size() < size) {
            throw wrongType(path(name), "a list of " + size + " whole numbers");
        }
        List<@Nullable Long> values = new ArrayList<>(size);
        for (JsonNode value : list) {
            values.add(value.isNull() ? null : asLong(value, path(name)));
        }
        return Collections.unmodifiableList(values);
    }

    Collection<String> names() {
        return object.propertyNames();
    }

    Instant instant(String name) {
        return asInstant(text(name), path(name));
    }

    @Nullable
    Instant optionalInstant(String name) {
        String value = optionalText(name);
        return value == null ? null : asInstant(value, path(name));
    }

    List<String> texts(String name) {
        return each(name, Members::asText);
    }

    <T> List<T> objects(String name, Function<Members, T> read) {
        return each(name, (node, where) -> read.apply(of(node, where)));
    }

    /** Reads a value whose own type checks its syntax. */
    <T> T value(String name, Function<String, T> parse) {
        return parsed(text(name), path(name), parse);
    }

    <T> List<T> values(String name, Function<String, T> parse) {
        return each(name, (node, where) -> parsed(asText(node, where), where, parse));
    }

    private static <T> T parsed(String text, String where, Function<String, T> parse) {
        try {
            return parse.apply(text);
        } catch (RuntimeException e) {
            throw ProtocolProblems.notUnderstood("\"" + where + "\" has a value that is not allowed there.", e);
        }
    }

    <T> List<T> rowsOf(String name, Read<T> read) {
        return each(name, read);
    }

    interface Read<T> {
        T read(JsonNode node, String where);
    }

    private <T> List<T> each(String name, Read<T> read) {
        JsonNode array = required(name);
        if (!array.isArray()) {
            throw wrongType(path(name), "a list");
        }
        List<T> values = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            values.add(read.read(array.get(i), path(name) + "[" + i + "]"));
        }
        return List.copyOf(values);
    }

    private JsonNode required(String name) {
        JsonNode value = optional(name);
        if (value == null) {
            throw ProtocolProblems.notUnderstood("\"" + path(name) + "\" is missing.");
        }
        return value;
    }

    private @Nullable JsonNode optional(String name) {
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    private static String asText(JsonNode value, String where) {
        if (!value.isString()) {
            throw wrongType(where, "text");
        }
        return value.stringValue();
    }

    static long asLong(JsonNode value, String where) {
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrongType(where, "a whole number");
        }
        return value.longValue();
    }

    private static int asInteger(JsonNode value, String where) {
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw wrongType(where, "a whole number");
        }
        return value.intValue();
    }

    private static Instant asInstant(String value, String where) {
        try {
            return Instant.parse(value);
        } catch (DateTimeException e) {
            throw wrongType(where, "a time as in RFC 3339");
        }
    }

    private static RuntimeException wrongType(String where, String wanted) {
        return ProtocolProblems.notUnderstood("\"" + where + "\" is not " + wanted + ".");
    }

    private String path(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
