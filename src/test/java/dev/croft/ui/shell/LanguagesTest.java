package dev.croft.ui.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In which language a page is served: before anybody signs in, and for somebody who has chosen. */
class LanguagesTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "de|de",
                "de-AT,en;q=0.5|de",
                "it,fr-CH;q=0.8,en;q=0.5|fr",
                "en-GB,de|en",
                "ja|en",
                "*|en",
                "no such header; at all|en"
            })
    void aBrowserIsAnsweredInTheBestOfItsLanguages(String header, String language) {
        assertThat(Languages.asked(header)).isEqualTo(Locale.of(language));
    }

    @Test
    void whoAsksForNoLanguageReadsEnglish() {
        assertThat(Languages.asked(null)).isEqualTo(Locale.ENGLISH);
    }
}
