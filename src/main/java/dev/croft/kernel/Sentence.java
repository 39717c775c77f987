package dev.croft.kernel;

import com.ibm.icu.text.MessageFormat;
import com.ibm.icu.text.MessagePattern;
import com.ibm.icu.text.MessagePattern.ApostropheMode;
import com.ibm.icu.text.MessagePattern.ArgType;
import com.ibm.icu.text.MessagePattern.Part;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A text with places for values. An apostrophe is an apostrophe, as people write it; only directly before a brace does it quote that
 * ({@link ApostropheMode#DOUBLE_OPTIONAL}), so French has ’ there, as it should anyway.
 */
public final class Sentence {

    private record Key(String text, Locale locale) {}

    private static final Map<Key, Sentence> KNOWN = new ConcurrentHashMap<>();

    private final MessageFormat format;
    /** Places where the language's rules are asked for; elsewhere a number is a name, such as that of a port. */
    private final Set<Integer> counted;

    private Sentence(Key key) {
        var pattern = new MessagePattern(ApostropheMode.DOUBLE_OPTIONAL).parse(key.text());
        counted = places(pattern, true);
        format = new MessageFormat("", key.locale());
        format.applyPattern(key.text(), ApostropheMode.DOUBLE_OPTIONAL);
    }

    /** The text as {@code locale} puts values in. Throws IllegalArgumentException when it cannot be read. */
    public static Sentence of(String text, Locale locale) {
        return KNOWN.computeIfAbsent(new Key(text, locale), Sentence::new);
    }

    /** The places that a text has for values. Throws IllegalArgumentException when it cannot be read. */
    public static Set<Integer> places(String text) {
        return places(new MessagePattern(ApostropheMode.DOUBLE_OPTIONAL).parse(text), false);
    }

    /** As many values as there are places; a null is written as the word. */
    public String with(@Nullable Object... values) {
        Object[] shown = new Object[values.length];
        for (int i = 0; i < values.length; i++) {
            shown[i] = values[i] instanceof Number number && counted.contains(i) ? number : String.valueOf(values[i]);
        }
        synchronized (format) {
            return format.format(shown);
        }
    }

    private static Set<Integer> places(MessagePattern pattern, boolean onlyCounted) {
        var found = new HashSet<Integer>();
        for (int i = 0; i < pattern.countParts(); i++) {
            Part part = pattern.getPart(i);
            if (part.getType() == Part.Type.ARG_START && !(onlyCounted && part.getArgType() == ArgType.NONE)) {
                Part name = pattern.getPart(i + 1);
                if (name.getType() != Part.Type.ARG_NUMBER) {
                    throw new IllegalArgumentException("Values have numbers, not names: {" + pattern.getSubstring(name)
                            + "} in: " + pattern.getPatternString());
                }
                found.add(name.getValue());
            }
        }
        return found;
    }
}
