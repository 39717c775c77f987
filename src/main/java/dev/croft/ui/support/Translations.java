package dev.croft.ui.support;

import com.vaadin.flow.i18n.I18NProvider;
import java.util.List;
import java.util.Locale;
import org.springframework.stereotype.Component;

/** Where Vaadin asks for a text. */
@Component
class Translations implements I18NProvider {

    @Override
    public List<Locale> getProvidedLocales() {
        return Catalogue.LANGUAGES;
    }

    @Override
    public String getTranslation(String key, Locale locale, Object... values) {
        return Catalogue.translate(key, locale, values);
    }
}
