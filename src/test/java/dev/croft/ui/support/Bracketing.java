package dev.croft.ui.support;

import com.vaadin.flow.i18n.I18NProvider;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Puts each translated text into brackets while somebody wants that. In the one console of all screen tests: a second one in the same
 * process would take Spring Security's static holder away from the first.
 */
public class Bracketing implements BeanPostProcessor {

    static final String OPEN = "⟦";
    static final String SHUT = "⟧";

    static volatile boolean on;

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        return bean instanceof I18NProvider provider ? new Switched(provider) : bean;
    }

    private record Switched(I18NProvider plain) implements I18NProvider {

        @Override
        public List<Locale> getProvidedLocales() {
            return plain.getProvidedLocales();
        }

        @Override
        public String getTranslation(String key, Locale locale, Object... values) {
            if (!on) {
                return plain.getTranslation(key, locale, values);
            }
            // a text that is a value of another one stands in brackets already
            Object[] bare = Arrays.stream(values)
                    .map(each ->
                            each instanceof String text ? text.replace(OPEN, "").replace(SHUT, "") : each)
                    .toArray();
            return OPEN + plain.getTranslation(key, locale, bare) + SHUT;
        }
    }
}
