package dev.croft.ui.wizard;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.radiobutton.RadioGroupVariant;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.renderer.ComponentRenderer;
import dev.croft.apps.QuickStart;
import dev.croft.apps.QuickStart.Entry;
import dev.croft.apps.QuickStart.Proposed;
import dev.croft.desired.HostState;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.setup.Wizard.Mark;
import dev.croft.setup.Wizard.Progress;
import dev.croft.setup.Wizard.Step;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the box is to serve first: something that comes with Croft, or a repository. */
final class AppStep extends WizardStep {

    /** What comes with Croft says what it is in English. */
    private static final Set<String> LISTED = Set.of(
            mark("A page that says hello"),
            mark("A small static site, to see the whole way once: built, started, checked, live."));

    /** @param entry null: the repository */
    private record Choice(@Nullable Entry entry, String title, String words) {}

    private final QuickStart apps;
    private final RadioButtonGroup<Choice> choice = new RadioButtonGroup<>(t("Begin with"));
    private final TextField url = new TextField(t("Git address"));
    private final Div drafted = new Div();
    private @Nullable AppName app;

    /** @param changed called when somebody chooses otherwise */
    AppStep(QuickStart apps, List<Entry> entries, Runnable changed) {
        super(Step.APP, t("Your first app"), t("Something to see the whole way with, or a repository of yours."));
        this.apps = apps;
        choice.setId("wizard-app");
        choice.addThemeVariants(RadioGroupVariant.LUMO_VERTICAL);
        choice.setItems(Stream.concat(
                        entries.stream().map(each -> new Choice(each, said(each.title()), said(each.words()))),
                        Stream.of(new Choice(
                                null,
                                t("From a git repository"),
                                t("Croft looks at it, and finds out how it is built and started."))))
                .toList());
        choice.setRenderer(new ComponentRenderer<>(each -> {
            var hint = new Span(each.words());
            hint.addClassName("croft-hint");
            var option = new Span(new Span(each.title()), hint);
            option.addClassName("croft-builder");
            return option;
        }));
        choice.addValueChangeListener(change ->
                url.setVisible(change.getValue() != null && change.getValue().entry() == null));
        url.setId("wizard-app-url");
        url.setPlaceholder("https://git.example.org/me/blog.git");
        url.setHelperText(t("https or ssh. The box reads it, so it must be reachable from there."));
        url.setVisible(false);
        choice.getListDataView().getItems().findFirst().ifPresent(choice::setValue);
        choice.addValueChangeListener(change -> changed.run());
        url.addValueChangeListener(change -> changed.run());
        drafted.setId("wizard-app-drafted");
        add(drafted, choice, url);
    }

    @Override
    void show(HostState draft, Progress progress) {
        app = progress.mark(Step.APP)
                .map(Mark::answer)
                .map(AppName::new)
                .filter(name -> draft.apps().containsKey(name))
                .orElse(null);
        boolean chosen = app != null;
        choice.setVisible(!chosen);
        url.setVisible(!chosen && choice.getValue() != null && choice.getValue().entry() == null);
        drafted.setVisible(chosen);
        drafted.setText(chosen ? t("{0} is chosen. \"Undo this step\" lets you choose again.", app) : "");
    }

    private static String said(String words) {
        return LISTED.contains(words) ? marked(words) : words;
    }

    /** Whether there is something to go on with; says at the field what is missing. */
    boolean isComplete() {
        boolean missing = app == null && choice.getValue().entry() == null && url.isEmpty();
        url.setInvalid(missing);
        url.setErrorMessage(t("Where is the repository?"));
        return !missing;
    }

    /** What {@link #draft} would draft. Asks the box, so not on the page's own thread. */
    Proposed propose(HostName host, Choices choices, DomainStep.Chosen chosen) {
        return choices.entry() == null
                ? apps.proposeFromGit(host, choices.url(), chosen.domains(), chosen.tls())
                : apps.propose(host, choices.entry().id(), chosen.domains(), chosen.tls());
    }

    /** The draft of the first app; made now, unless it was made before. Asks the box, so not on the page's own thread. */
    AppName draft(HostName host, Choices choices, DomainStep.Chosen chosen) {
        AppName before = app;
        if (before != null) {
            return before;
        }
        return choices.entry() == null
                ? apps.draftFromGit(host, choices.url(), chosen.domains(), chosen.tls())
                : apps.draft(host, choices.entry().id(), chosen.domains(), chosen.tls());
    }

    /** What the fields say, taken on the page's own thread. */
    record Choices(@Nullable Entry entry, String url) {}

    Choices choices() {
        return new Choices(choice.getValue().entry(), url.getValue().strip());
    }

    /** Whether {@link #draft} would make an app. */
    boolean makesAnApp() {
        return app == null && (choice.getValue().entry() != null || !url.isEmpty());
    }

    Optional<AppName> app() {
        return Optional.ofNullable(app);
    }

    @Override
    @Nullable
    String answer() {
        return app == null ? null : app.value();
    }
}
