package dev.croft.ui.settings;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.router.Route;
import dev.croft.access.Preferences;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.shell.Theme;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.Texts;
import jakarta.annotation.security.PermitAll;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How the console speaks to the signed-in person, and how it looks on this screen. */
@Route(Links.APPEARANCE)
@PermitAll
@Needs(Needs.What.NOTHING)
class AppearanceView extends Page {

    private final Preferences preferences;
    private final Background background;
    private final Select<Language> language = new Select<>();

    /** A language by its own name, so that whoever does not understand the page finds theirs. */
    private record Language(@Nullable Locale locale) {

        String name() {
            return locale == null ? t("As the browser asks") : locale.getDisplayLanguage(locale);
        }

        String label() {
            return locale == null ? name() : name().substring(0, 1).toUpperCase(locale) + name().substring(1);
        }
    }

    AppearanceView(Preferences preferences, Rights rights, Background background) {
        super(t("Settings"));
        this.preferences = preferences;
        this.background = background;
        language.setId("language");
        language.setLabel(t("Language"));
        language.setHelperText(t("Kept with your account. What boxes and logs say, mails and the API stay English."));
        language.setItemLabelGenerator(Language::label);
        language.setItems(Stream.concat(
                        Stream.of(new Language(null)),
                        Texts.languages().stream().map(Language::new))
                .toList());
        language.addValueChangeListener(change -> {
            if (change.isFromClient() && change.getValue() != null) {
                speak(change.getValue());
            }
        });
        var theme = new RadioButtonGroup<Theme>();
        theme.setId("theme");
        theme.setLabel(t("Theme"));
        theme.setHelperText(t("Kept in this browser."));
        theme.setItems(Theme.values());
        theme.setItemLabelGenerator(Theme::label);
        Theme.inUse(UI.getCurrent(), theme::setValue);
        theme.addValueChangeListener(change -> {
            if (change.isFromClient() && change.getValue() != null) {
                change.getValue().use(UI.getCurrent());
            }
        });
        var panel = new Panel(t("Appearance")).with(language, theme);
        panel.setId("appearance");
        var stack = new Div(panel);
        stack.addClassNames("croft-stack", "croft-form");
        content(SettingsTabs.at("appearance", rights), stack);
    }

    @Override
    public String getPageTitle() {
        return t("Appearance") + " · Croft";
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        background.call(
                this,
                preferences::language,
                (Optional<Locale> chosen) -> language.setValue(new Language(chosen.orElse(null))),
                this::show);
    }

    private void speak(Language chosen) {
        background.run(
                this,
                () -> preferences.speak(chosen.locale()),
                // every text of the page is another one
                () -> UI.getCurrent().getPage().reload(),
                this::show);
    }
}
