package dev.croft.kernel;

import java.util.List;
import java.util.Locale;

/**
 * Something for people that is put into words far from the page which shows it: the English sentence with places for its values, and
 * those. A page translates it for whoever reads ({@code Texts.say}); the API, logs and files have {@link #english()}.
 *
 * <p>Whoever makes one names its text as a constant: {@code TextsTest} reads the sources and holds each text to its translations.
 *
 * @param key the English text as {@link Sentence} reads it; where one English text has two meanings, a context and
 *     {@link #CONTEXT_END} before it
 * @param values one for each place: a text that is the same in every language, a whole number, or another phrase
 */
public record Phrase(String key, List<Object> values) {

    /** Between a context and its text, as in gettext's own files. */
    public static final char CONTEXT_END = '\u0004';

    private static final String AS_IT_IS = "{0}";

    /** Throws IllegalArgumentException when a value is none of those, or the values are not those that the text has places for. */
    public Phrase {
        values = List.copyOf(values);
        for (Object value : values) {
            if (!(value instanceof String
                    || value instanceof Integer
                    || value instanceof Long
                    || value instanceof Phrase)) {
                throw new IllegalArgumentException(
                        "A phrase takes texts, whole numbers and phrases, no " + value.getClass() + ": " + key);
            }
        }
        int given = values.size();
        var places = Sentence.places(text(key));
        if (places.size() != given || places.stream().anyMatch(place -> place >= given)) {
            throw new IllegalArgumentException("Has places " + places + " and is given " + given + " values: " + key);
        }
    }

    public static Phrase of(String text, Object... values) {
        return new Phrase(text, List.of(values));
    }

    /** The same where one English text has two meanings that other languages tell apart. */
    public static Phrase inContext(String context, String text, Object... values) {
        return new Phrase(context + CONTEXT_END + text, List.of(values));
    }

    /** What is the same in every language: names, and words of earlier times that were kept as one text. */
    public static Phrase data(String text) {
        return new Phrase(AS_IT_IS, List.of(text));
    }

    /** One after the other, as each language writes a list; at least one. */
    public static Object list(List<?> values) {
        return values.stream()
                .<Object>map(each -> each)
                .reduce((all, next) -> Phrase.of("{0}, {1}", all, next))
                .orElseThrow();
    }

    /** As people read it who read English. */
    public String english() {
        return Sentence.of(text(key), Locale.ENGLISH)
                .with(values.stream()
                        .map(value -> value instanceof Phrase phrase ? phrase.english() : value)
                        .toArray());
    }

    private static String text(String key) {
        return key.substring(key.indexOf(CONTEXT_END) + 1);
    }
}
