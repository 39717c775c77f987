package dev.croft.ui.support;

import dev.croft.kernel.Sentence;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.fedorahosted.tennera.jgettext.Message;
import org.fedorahosted.tennera.jgettext.PoParser;
import org.fedorahosted.tennera.jgettext.catalog.parse.ParseException;
import org.jspecify.annotations.Nullable;

/** The translations of one language, from its PO file. English has none: its texts are the keys. */
final class Catalogue {

    static final List<Locale> LANGUAGES = List.of(Locale.ENGLISH, Locale.GERMAN, Locale.FRENCH);

    private static final Map<Locale, Catalogue> LOADED = new ConcurrentHashMap<>();

    private final Map<String, String> texts;
    private final Map<String, String> forBrowser;
    private final Set<String> said;

    private Catalogue(Map<String, String> texts, Map<String, String> forBrowser) {
        this.texts = Map.copyOf(texts);
        this.forBrowser = Map.copyOf(forBrowser);
        this.said = Set.copyOf(texts.values());
    }

    static String translate(String key, Locale locale, @Nullable Object... values) {
        String translated = of(locale).texts.get(key);
        return translated == null
                ? Sentence.of(key.substring(key.indexOf(Texts.CONTEXT_END) + 1), Locale.ENGLISH)
                        .with(values)
                : Sentence.of(translated, locale).with(values);
    }

    /** Whether a text without values is this language's already: a page has put it into words itself. */
    static boolean isTranslation(String text, Locale locale) {
        return of(locale).said.contains(text);
    }

    /** What the scripts in the browser say: texts that a .ts file names. */
    static Map<String, String> forBrowser(Locale locale) {
        return of(locale).forBrowser;
    }

    private static Catalogue of(Locale locale) {
        Locale language = Locale.of(locale.getLanguage());
        return LANGUAGES.contains(language) && !language.equals(Locale.ENGLISH)
                ? LOADED.computeIfAbsent(language, Catalogue::load)
                : LOADED.computeIfAbsent(Locale.ENGLISH, english -> new Catalogue(Map.of(), Map.of()));
    }

    private static Catalogue load(Locale language) {
        String file = "/i18n/" + language.getLanguage() + ".po";
        try (InputStream stream = Catalogue.class.getResourceAsStream(file)) {
            if (stream == null) {
                throw new IllegalStateException(file + " is not part of this console");
            }
            var texts = new HashMap<String, String>();
            var forBrowser = new HashMap<String, String>();
            for (Message message : new PoParser().parseCatalog(stream, StandardCharsets.UTF_8, false)) {
                if (message.isHeader()
                        || message.isFuzzy()
                        || message.getMsgstr().isEmpty()) {
                    continue;
                }
                String key = message.getMsgctxt() == null
                        ? message.getMsgid()
                        : message.getMsgctxt() + Texts.CONTEXT_END + message.getMsgid();
                texts.put(key, message.getMsgstr());
                if (message.getSourceReferences().stream().anyMatch(each -> each.endsWith(".ts"))) {
                    forBrowser.put(key, message.getMsgstr());
                }
            }
            return new Catalogue(texts, forBrowser);
        } catch (ParseException e) {
            throw new IllegalStateException(file + " is no PO file: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
