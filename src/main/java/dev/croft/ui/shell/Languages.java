package dev.croft.ui.shell;

import com.vaadin.flow.server.ServiceInitEvent;
import com.vaadin.flow.server.UIInitEvent;
import com.vaadin.flow.server.VaadinRequest;
import com.vaadin.flow.server.VaadinServiceInitListener;
import com.vaadin.flow.server.communication.IndexHtmlResponse;
import dev.croft.access.Preferences;
import dev.croft.kernel.ProblemException;
import dev.croft.ui.support.Texts;
import java.util.Locale;
import java.util.Locale.LanguageRange;
import java.util.Optional;
import org.jsoup.nodes.DataNode;
import org.jsoup.nodes.Element;
import org.jspecify.annotations.Nullable;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** In which language a page speaks: the person's own, else the best of those that their browser asks for. */
@Component
class Languages implements VaadinServiceInitListener {

    private final Preferences preferences;

    Languages(Preferences preferences) {
        this.preferences = preferences;
    }

    @Override
    public void serviceInit(ServiceInitEvent event) {
        event.addIndexHtmlRequestListener(this::write);
        event.getSource().addUIInitListener(this::choose);
    }

    private void choose(UIInitEvent event) {
        Locale language = of(VaadinRequest.getCurrent());
        // the session's is that of what is said beside pages, such as that it has ended
        event.getUI().getSession().setLocale(language);
        event.getUI().setLocale(language);
    }

    /** The page's own language, and what its scripts say. */
    private void write(IndexHtmlResponse response) {
        Locale language = of(response.getVaadinRequest());
        response.getDocument().getElementsByTag("html").attr("lang", language.getLanguage());
        var texts = new Element("script").attr("type", "application/json").attr("id", "croft-texts");
        // as it stands in a script, nothing in it may look like that script's end
        texts.appendChild(new DataNode(JsonMapper.shared()
                .writeValueAsString(Texts.forBrowser(language))
                .replace("<", "\\u003c")));
        response.getDocument().head().appendChild(texts);
    }

    private Locale of(@Nullable VaadinRequest request) {
        return own().orElseGet(() -> asked(request == null ? null : request.getHeader("Accept-Language")));
    }

    private Optional<Locale> own() {
        try {
            return preferences.language().filter(Texts.languages()::contains);
        } catch (AccessDeniedException | AuthenticationException | ProblemException nobodyYet) {
            return Optional.empty();
        }
    }

    static Locale asked(@Nullable String header) {
        if (header == null) {
            return Locale.ENGLISH;
        }
        try {
            Locale best = Locale.lookup(LanguageRange.parse(header), Texts.languages());
            return best == null ? Locale.ENGLISH : best;
        } catch (IllegalArgumentException notALanguage) {
            return Locale.ENGLISH;
        }
    }
}
