package dev.croft.desired;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A setting that a service may be given, with its bounds: a row of nix/lib/settings, which the box's modules read as well.
 *
 * @param least lowest value of a number, or of a size such as 64M
 * @param usual the service's own default, in words; null: none
 * @param restart whether the service is started again for it
 * @param what one sentence for people
 */
public record ServiceSetting(
        String name,
        Type type,
        @Nullable String least,
        @Nullable String most,
        List<String> choices,
        int maxLength,
        @Nullable String usual,
        @Nullable String unit,
        boolean restart,
        String what) {

    public enum Type {
        INTEGER,
        DECIMAL,
        BOOLEAN,
        CHOICE,
        TEXT,
        SIZE
    }

    public static final List<ServiceSetting> POSTGRESQL = read("postgresql");
    public static final List<ServiceSetting> MYSQL = read("mysql");

    /** What an app may ask of its database. */
    public static final List<String> POSTGRESQL_EXTENSIONS = tree("postgresql-extensions")
            .valueStream()
            .map(JsonNode::stringValue)
            .toList();

    private static final Pattern TEXT = Pattern.compile("[A-Za-z0-9/_+-]+");
    private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,9})([KMGT])");
    private static final Map<String, Integer> SHIFT = Map.of("K", 10, "M", 20, "G", 30, "T", 40);

    public ServiceSetting {
        choices = List.copyOf(choices);
    }

    /** What is wrong with a value; empty when it is within the bounds. */
    public Optional<String> refusal(Object value) {
        boolean holds = switch (type) {
            case INTEGER -> value instanceof Integer number && within(number);
            case DECIMAL -> value instanceof Number number && within(number.doubleValue());
            case BOOLEAN -> value instanceof Boolean;
            case CHOICE -> value instanceof String word && choices.contains(word);
            case TEXT ->
                value instanceof String text
                        && text.getBytes(StandardCharsets.UTF_8).length <= maxLength
                        && TEXT.matcher(text).matches();
            case SIZE ->
                value instanceof String size
                        && bytes(size)
                                .filter(amount ->
                                        amount.compareTo(bound(least)) >= 0 && amount.compareTo(bound(most)) <= 0)
                                .isPresent();
        };
        return holds ? Optional.empty() : Optional.of(bounds());
    }

    /** The bounds in words. */
    public String bounds() {
        return switch (type) {
            case INTEGER -> "it is a whole number from " + least + " to " + most + ".";
            case DECIMAL -> "it is a number from " + least + " to " + most + ".";
            case BOOLEAN -> "it is true or false.";
            case CHOICE -> "it is one of " + String.join(", ", choices) + ".";
            case TEXT -> "it has 1 to " + maxLength + " letters, digits and / _ + -";
            case SIZE -> "it is an amount such as 64M or 2G, from " + least + " to " + most + ".";
        };
    }

    /** What a person typed, as the value of this setting; what is none comes back as it is, and is refused. */
    public Object valueOf(String typed) {
        String text = typed.strip();
        try {
            return switch (type) {
                case INTEGER -> Integer.valueOf(text);
                case DECIMAL -> text.matches("-?[0-9]{1,9}") ? (Object) Integer.valueOf(text) : Double.valueOf(text);
                case BOOLEAN -> text.equals("true") || text.equals("false") ? (Object) Boolean.valueOf(text) : text;
                case CHOICE, TEXT, SIZE -> text;
            };
        } catch (NumberFormatException noNumber) {
            return text;
        }
    }

    /** An amount such as 64M; empty when it is none. */
    static Optional<BigInteger> bytes(String size) {
        Matcher parts = SIZE.matcher(size);
        return parts.matches()
                ? Optional.of(new BigInteger(parts.group(1)).shiftLeft(SHIFT.getOrDefault(parts.group(2), 0)))
                : Optional.empty();
    }

    private boolean within(double number) {
        return least != null
                && most != null
                && number >= Double.parseDouble(least)
                && number <= Double.parseDouble(most);
    }

    private static BigInteger bound(@Nullable String size) {
        return size == null ? BigInteger.ZERO : bytes(size).orElseThrow();
    }

    private static List<ServiceSetting> read(String service) {
        List<ServiceSetting> settings = new ArrayList<>();
        for (JsonNode row : tree(service)) {
            List<String> choices =
                    row.path("choices").valueStream().map(JsonNode::stringValue).toList();
            settings.add(new ServiceSetting(
                    row.get("name").stringValue(),
                    Type.valueOf(row.get("type").stringValue().toUpperCase(java.util.Locale.ROOT)),
                    words(row, "min"),
                    words(row, "max"),
                    choices,
                    row.path("maxLength").intValue(0),
                    words(row, "default"),
                    words(row, "unit"),
                    row.get("restart").booleanValue(),
                    row.get("what").stringValue()));
        }
        return List.copyOf(settings);
    }

    private static @Nullable String words(JsonNode row, String member) {
        return row.has(member) ? row.get(member).asString() : null;
    }

    private static JsonNode tree(String name) {
        try (InputStream file = ServiceSetting.class.getResourceAsStream("settings/" + name + ".json")) {
            if (file == null) {
                throw new IllegalStateException("This build has no settings/" + name + ".json");
            }
            return JsonMapper.shared().readTree(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
