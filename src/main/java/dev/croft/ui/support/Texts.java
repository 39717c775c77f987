package dev.croft.ui.support;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Text;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.internal.LocaleUtil;
import dev.croft.kernel.Phrase;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every text for people (docs/ARCHITECTURE.md, Texts). The English text stands in the code and is the key under which the translations
 * are found; values stand in it as ICU's MessageFormat writes them: {@code {0}}, {@code {0, plural, one {# file} other {# files}}}.
 * A number in a plain {@code {0}} is written as it is (ports, generations); {@code {0, number}} and {@code #} write it by the language's
 * rules.
 *
 * <p>The first argument is a constant: {@code TextsTest} reads the sources and holds every text to its translations.
 */
public final class Texts {

    /** Between a context and its text, as in gettext's own files. */
    static final char CONTEXT_END = Phrase.CONTEXT_END;

    /** Stands for a component while its sentence is put together; from Unicode's private use, so no text has it. */
    private static final char FIRST_COMPONENT = '\uE000';

    private Texts() {}

    /** The text in the language of the page that this thread works for. */
    public static String t(String text, @Nullable Object... values) {
        return in(locale(), text, values);
    }

    /** The same where one English word has two meanings that other languages tell apart. */
    public static String inContext(String context, String text, @Nullable Object... values) {
        return in(locale(), context + CONTEXT_END + text, values);
    }

    /** The text in this language: for what is written elsewhere than in a page. */
    public static String in(Locale locale, String text, @Nullable Object... values) {
        return LocaleUtil.getI18NProvider()
                .map(provider -> provider.getTranslation(text, locale, values))
                .orElseGet(() -> Catalogue.translate(text, locale, values));
    }

    /** What another module has put into words, in the language of the page that this thread works for. */
    public static String say(Phrase phrase) {
        return say(locale(), phrase);
    }

    private static String say(Locale locale, Phrase phrase) {
        return in(
                locale,
                phrase.key(),
                phrase.values().stream()
                        .map(value -> value instanceof Phrase part ? say(locale, part) : value)
                        .toArray());
    }

    /** Says that a constant is a text, which {@link #marked} translates later: constants are made before there is a page. */
    public static String mark(String text) {
        return text;
    }

    /** Translates a constant that was marked. */
    public static String marked(String text, @Nullable Object... values) {
        return t(text, values);
    }

    /** A sentence with components in it, such as times and links: each language puts them where its grammar wants them. */
    public static Span rich(String text, @Nullable Object... values) {
        @Nullable Object[] shown = new @Nullable Object[values.length];
        for (int i = 0; i < values.length; i++) {
            shown[i] = values[i] instanceof Component ? String.valueOf((char) (FIRST_COMPONENT + i)) : values[i];
        }
        String sentence = t(text, shown);
        var span = new Span();
        span.addClassName("croft-sentence");
        var words = new StringBuilder();
        for (char each : sentence.toCharArray()) {
            int index = each - FIRST_COMPONENT;
            if (index >= 0 && index < values.length && values[index] instanceof Component component) {
                flush(words, span);
                span.add(component);
            } else {
                words.append(each);
            }
        }
        flush(words, span);
        return span;
    }

    /** The language of the page that this thread works for; English where there is none. */
    public static Locale locale() {
        UI ui = UI.getCurrent();
        return ui == null ? Locale.ENGLISH : ui.getLocale();
    }

    /** Whether this is said in the language of the page already, as what a page says itself: a whole text without values. */
    static boolean isSaid(String text) {
        return Catalogue.isTranslation(text, locale());
    }

    /** Those that Croft speaks, the one that it speaks by default first. */
    public static List<Locale> languages() {
        return Catalogue.LANGUAGES;
    }

    /** What the page's scripts say, by their English texts; empty where they say those. */
    public static Map<String, String> forBrowser(Locale locale) {
        return Catalogue.forBrowser(locale);
    }

    private static void flush(StringBuilder words, Span into) {
        if (!words.isEmpty()) {
            into.add(new Text(words.toString()));
            words.setLength(0);
        }
    }
}
