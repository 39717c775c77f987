package dev.croft.kernel;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Phrases as they are kept: an array for each, of its key and then its values; a value that is an array is a phrase as well. */
public final class PhraseJson {

    private static final JsonMapper JSON = JsonMapper.shared();

    /** What the column takes. */
    private static final int CHARACTERS_MOST = 400_000;

    private PhraseJson() {}

    /** Null: they are too much to keep, and the English words have to do. */
    public static @Nullable String of(List<Phrase> phrases) {
        String json =
                JSON.writeValueAsString(phrases.stream().map(PhraseJson::array).toList());
        return json.length() > CHARACTERS_MOST ? null : json;
    }

    private static List<Object> array(Phrase phrase) {
        List<Object> array = new ArrayList<>();
        array.add(phrase.key());
        phrase.values().forEach(value -> array.add(value instanceof Phrase part ? array(part) : value));
        return array;
    }

    /** None where there are none, and where somebody has written something else into the column. */
    public static List<Phrase> read(@Nullable String json) {
        if (json == null) {
            return List.of();
        }
        try {
            List<Phrase> phrases = new ArrayList<>();
            JSON.readTree(json).forEach(array -> phrases.add(phrase(array)));
            return phrases;
        } catch (JacksonException | IllegalArgumentException e) {
            return List.of();
        }
    }

    private static Phrase phrase(JsonNode array) {
        List<Object> values = new ArrayList<>();
        for (int i = 1; i < array.size(); i++) {
            values.add(value(array.get(i)));
        }
        return new Phrase(array.path(0).asString(""), values);
    }

    private static Object value(JsonNode node) {
        if (node.isArray()) {
            return phrase(node);
        }
        return node.isInt() ? node.asInt() : node.isLong() ? node.asLong() : node.asString("");
    }
}
