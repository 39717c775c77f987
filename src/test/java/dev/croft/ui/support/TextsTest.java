package dev.croft.ui.support;

import static org.assertj.core.api.Assertions.assertThat;

import com.ibm.icu.text.MessageFormat;
import com.vaadin.flow.component.html.Anchor;
import dev.croft.kernel.Sentence;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.fedorahosted.tennera.jgettext.Catalog;
import org.fedorahosted.tennera.jgettext.Message;
import org.fedorahosted.tennera.jgettext.PoParser;
import org.fedorahosted.tennera.jgettext.PoWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Holds the translations to the texts in the sources. {@code -Dgolden=update} writes the files anew: sorted, without what nobody says any
 * more, with an empty entry for each new text.
 */
class TextsTest {

    private static final Path FILES = Path.of("src/main/resources/i18n");
    private static final SourceTexts SOURCES = SourceTexts.read();

    @Test
    void everyCallNamesItsTextAndGivesItsValues() {
        assertThat(SOURCES.faults).isEmpty();
        assertThat(SOURCES.texts).isNotEmpty();
    }

    @Test
    void noWordsStandInTheSourcesUntranslated() {
        assertThat(SOURCES.forgotten)
                .as("Say these with Texts.t(…), or tell SourceTexts what they are for")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"de", "fr"})
    void everyTextIsTranslated(String language) throws Exception {
        Path file = FILES.resolve(language + ".po");
        Catalog catalogue = read(file);
        String wanted = rewritten(catalogue);
        if ("update".equals(System.getProperty("golden"))) {
            Files.writeString(file, wanted);
        }
        assertThat(Files.readString(file))
                .as(
                        "Texts came, went or stand in another order: run this test with -Dgolden=update, then translate the new ones")
                .isEqualTo(wanted);

        List<String> faults = new ArrayList<>();
        for (Message message : read(file)) {
            if (!message.isHeader()) {
                fault(message, Locale.of(language)).ifPresent(each -> faults.add(each + ": " + message.getMsgid()));
            }
        }
        assertThat(faults).isEmpty();
    }

    private static java.util.Optional<String> fault(Message message, Locale language) {
        String translation = message.getMsgstr();
        if (translation.isBlank()) {
            return java.util.Optional.of("no translation");
        }
        try {
            if (!Sentence.places(translation).equals(Sentence.places(message.getMsgid()))) {
                return java.util.Optional.of("other places for values");
            }
            new MessageFormat(translation, language);
        } catch (IllegalArgumentException e) {
            return java.util.Optional.of(e.getMessage());
        }
        if (!edges(translation).equals(edges(message.getMsgid()))) {
            return java.util.Optional.of("other spaces at its edges");
        }
        return java.util.Optional.empty();
    }

    private static String edges(String text) {
        return (text.startsWith(" ") ? "<" : "") + (text.endsWith(" ") ? ">" : "");
    }

    private static Catalog read(Path file) throws Exception {
        try (InputStream stream = Files.newInputStream(file)) {
            return new PoParser().parseCatalog(stream, StandardCharsets.UTF_8, false);
        }
    }

    /** The header as it is, then one entry for each text of the sources. */
    private static String rewritten(Catalog before) throws IOException {
        Map<String, String> known = new TreeMap<>();
        for (Message message : before) {
            if (!message.isHeader() && !message.getMsgstr().isEmpty()) {
                known.put(key(message), message.getMsgstr());
            }
        }
        var text = new StringWriter();
        var writer = new PoWriter();
        writer.write(before.locateHeader(), text);
        for (var entry : SOURCES.texts.entrySet()) {
            String key = entry.getKey();
            int context = key.indexOf(Texts.CONTEXT_END);
            var message = new Message();
            if (context >= 0) {
                message.setMsgctxt(key.substring(0, context));
            }
            message.setMsgid(key.substring(context + 1));
            message.setMsgstr(known.getOrDefault(key, ""));
            entry.getValue().forEach(message::addSourceReference);
            text.write("\n");
            writer.write(message, text);
        }
        return text.toString();
    }

    private static String key(Message message) {
        return message.getMsgctxt() == null
                ? message.getMsgid()
                : message.getMsgctxt() + Texts.CONTEXT_END + message.getMsgid();
    }

    @Test
    void anApostropheIsOneAndPluralsFollowTheLanguage() {
        assertThat(Sentence.of("The box's {0} isn't there", Locale.ENGLISH).with("disk"))
                .isEqualTo("The box's disk isn't there");
        assertThat(Sentence.of("l’état de l’app d’{0}, aujourd'hui", Locale.FRENCH)
                        .with("anna"))
                .isEqualTo("l’état de l’app d’anna, aujourd'hui");
        var files = "{0, plural, one {# fichier} other {# fichiers}}";
        // French counts nothing as one
        assertThat(Sentence.of(files, Locale.FRENCH).with(0)).isEqualTo("0 fichier");
        assertThat(Sentence.of("{0, plural, one {# Datei} other {# Dateien}}", Locale.GERMAN)
                        .with(1200))
                .isEqualTo("1.200 Dateien");
    }

    @Test
    void aNumberThatIsANameIsLeftAsItIs() {
        assertThat(Sentence.of("Port {0}, {1, number} files", Locale.GERMAN).with(8080, 8080))
                .isEqualTo("Port 8080, 8.080 files");
    }

    @Test
    void componentsStandWhereTheSentenceHasThem() {
        var sentence = Texts.rich("{0} failed, see {1}", "backup", new Anchor("log", "its log"));

        assertThat(sentence.getElement().getTextRecursively()).isEqualTo("backup failed, see its log");
        assertThat(sentence.getElement().getChildren().filter(each -> !each.isTextNode()))
                .hasSize(1);
    }

    @Test
    void whatHasNoTranslationIsSaidInEnglish() {
        assertThat(Catalogue.translate("Nobody says this {0}", Locale.GERMAN, "x"))
                .isEqualTo("Nobody says this x");
        assertThat(Catalogue.translate("context" + Texts.CONTEXT_END + "Nobody", Locale.FRENCH))
                .isEqualTo("Nobody");
    }
}
