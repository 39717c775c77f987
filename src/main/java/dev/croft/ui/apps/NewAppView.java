package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.radiobutton.RadioButtonGroup;
import com.vaadin.flow.component.radiobutton.RadioGroupVariant;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.renderer.ComponentRenderer;
import com.vaadin.flow.data.value.ValueChangeMode;
import com.vaadin.flow.router.Route;
import dev.croft.apps.Apps;
import dev.croft.desired.AppSpec;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.Candidate;
import dev.croft.hostlink.HostCommand.Inspection;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.operations.Operations;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Words;
import jakarta.annotation.security.PermitAll;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** From the address of a repository to a running app: look at it, then deploy it. */
@Route(Links.NEW_APP)
@PermitAll
@Needs(Needs.What.OPERATE_THE_BOX)
class NewAppView extends Page {

    private final Apps apps;
    private final Operations operations;
    private final Background background;
    private final Optional<HostName> host;

    private final TextField url = new TextField(t("Git address"));
    private final TextField ref = new TextField(t("Branch, tag or commit"));
    private final Button inspect = new Button(t("Look at it"), Icons.of("search"));
    private final Div plainHttp = new Div();
    private final Panel found = new Panel(t("What Croft found"));
    private final RadioButtonGroup<Candidate> builder = new RadioButtonGroup<>(t("Build it with"));
    private final Div foundFacts = new Div();
    private final Panel settings = new Panel(t("How it should run"));
    private final TextField name = new TextField(t("Name"));
    private final SpecFields fields = new SpecFields("new-app");
    private final Button deploy = new Button(t("Deploy"), Icons.of("deploy"));
    private final Button save = new Button(t("Save as draft"));

    private @Nullable Inspection inspection;

    NewAppView(Apps apps, Operations operations, Background background, CurrentHost currentHost) {
        super(t("New app"));
        this.apps = apps;
        this.operations = operations;
        this.background = background;
        this.host = currentHost.get().map(Host::name);
        backTo(t("Apps"), Links.APPS);
        under(t("From a git repository. Nothing on the box changes before you press Deploy."));
        var stack = new Div(source(), found, settings, buttons());
        stack.addClassNames("croft-stack", "croft-form");
        content(stack);
        reveal(false);
    }

    private Panel source() {
        url.setId("new-app-url");
        url.setPlaceholder("https://git.example.org/me/blog.git");
        url.setHelperText(t("https or ssh. The box reads it, so it must be reachable from there."));
        url.setAutofocus(true);
        url.setValueChangeMode(ValueChangeMode.LAZY);
        url.addValueChangeListener(
                change -> plainHttp.setVisible(change.getValue().startsWith("http://")));
        url.addKeyPressListener(Key.ENTER, press -> inspect.click());
        ref.setId("new-app-ref");
        ref.setPlaceholder(t("The repository's default branch"));
        ref.addKeyPressListener(Key.ENTER, press -> inspect.click());
        plainHttp.add(
                Icons.of("alert"),
                new Span(
                        t(
                                "Plain http: anybody on the way can change what is built. Croft allows it for private addresses only.")));
        plainHttp.addClassNames("croft-note", "croft-note-warn");
        plainHttp.setVisible(false);
        inspect.setId("new-app-inspect");
        inspect.addThemeVariants(ButtonVariant.PRIMARY);
        inspect.addClickListener(click -> look());
        fields.alsoKnown("source.url", url);
        fields.alsoKnown("source.ref", ref);
        var row = SpecFields.row(url, ref);
        row.addClassName("croft-source-row");
        return new Panel(t("Source")).with(row, plainHttp, inspect);
    }

    private Div buttons() {
        name.setId("new-app-name");
        name.setHelperText(
                t("Lower-case letters, digits and hyphens. Its unit, its user and its data are called after it."));
        name.setMaxLength(31);
        builder.setId("new-app-builder");
        builder.addThemeVariants(RadioGroupVariant.LUMO_VERTICAL);
        builder.setRenderer(new ComponentRenderer<>(candidate -> {
            var reason = new Span(candidate.reason());
            reason.addClassName("croft-hint");
            var option = new Span(new Span(builderName(candidate.builder())), reason);
            option.addClassName("croft-builder");
            return option;
        }));
        found.with(foundFacts, builder);
        settings.with(name, fields);
        deploy.setId("new-app-deploy");
        deploy.addThemeVariants(ButtonVariant.PRIMARY);
        deploy.addClickListener(click -> submit(true));
        save.setId("new-app-save");
        save.addClickListener(click -> submit(false));
        var row = new Div(deploy, save);
        row.addClassNames("croft-actions", "croft-form-actions");
        return row;
    }

    private void reveal(boolean all) {
        found.setVisible(all);
        settings.setVisible(all);
        deploy.setVisible(all);
        save.setVisible(all);
    }

    private void look() {
        clearProblem();
        fields.clearProblems();
        if (url.getValue().isBlank()) {
            url.setErrorMessage(t("Where is the repository?"));
            url.setInvalid(true);
            url.focus();
            return;
        }
        if (host.isEmpty()) {
            show(noHost());
            return;
        }
        busy(inspect, t("Looking …"), true);
        String address = url.getValue().strip();
        String wanted = ref.getValue().isBlank() ? null : ref.getValue().strip();
        background.call(this, () -> apps.inspect(host.get(), address, wanted), this::found, problem -> {
            busy(inspect, t("Look at it"), false);
            if (problem.code() == ProblemCode.SOURCE_REF_NOT_FOUND) {
                mark(ref, problem);
            } else if (problem.code() == ProblemCode.SOURCE_REFUSED) {
                mark(url, problem);
            } else {
                fields.mark(problem);
            }
            show(problem);
        });
    }

    private void found(Inspection result) {
        busy(inspect, t("Look again"), false);
        inspect.removeThemeVariants(ButtonVariant.PRIMARY);
        inspection = result;
        var facts = new Facts();
        var commit = Facts.code(Words.commit(result.rev()));
        commit.setId("new-app-commit");
        facts.fact(t("Commit"), commit, new Span(result.ref()));
        if (result.lastModified() != null) {
            facts.fact(t("Last change"), TimeText.ago(result.lastModified()));
        }
        if (result.command() != null && !result.command().isEmpty()) {
            facts.fact(t("Starts with"), Facts.code(String.join(" ", result.command())));
        }
        foundFacts.removeAll();
        foundFacts.add(facts);
        List<Candidate> candidates = candidates(result);
        builder.setItems(candidates);
        builder.setVisible(!candidates.isEmpty());
        candidates.stream()
                .filter(each -> each.builder().equals(result.builder()))
                .findFirst()
                .ifPresent(builder::setValue);
        if (result.builder() == null) {
            found.setVisible(true);
            settings.setVisible(false);
            deploy.setVisible(false);
            save.setVisible(false);
            show(
                    Problem.of(
                            ProblemCode.SOURCE_NOT_BUILDABLE,
                            "Croft does not know how to build this repository.",
                            result.reason(),
                            "Add a flake.nix, a package.json, a pyproject.toml or an index.html to its root, push it and look again."));
            return;
        }
        if (name.isEmpty()) {
            name.setValue(Apps.nameFrom(result.url()));
        }
        fields.suggest(result.port(), result.command());
        reveal(true);
        found.scrollIntoView();
    }

    /** The builder that was chosen stands first, with the reason why. */
    private static List<Candidate> candidates(Inspection result) {
        var all = new ArrayList<Candidate>();
        if (result.builder() != null) {
            all.add(new Candidate(result.builder(), result.reason()));
        }
        result.candidates().stream()
                .filter(each -> !each.builder().equals(result.builder()))
                .forEach(all::add);
        return all;
    }

    private void submit(boolean deployNow) {
        clearProblem();
        fields.clearProblems();
        Inspection source = inspection;
        Candidate chosen = builder.getValue();
        if (host.isEmpty() || source == null || chosen == null) {
            return;
        }
        AppName app;
        try {
            app = new AppName(name.getValue().strip());
        } catch (dev.croft.kernel.ProblemException refused) {
            mark(name, refused.problem());
            return;
        }
        HostName box = host.get();
        var spec = fields.laidOver(AppSpec.of(
                new AppSpec.Source("git", source.url(), source.ref(), source.rev(), source.narHash()),
                new AppSpec.Build(chosen.builder()),
                new AppSpec.Run(List.of(), null, Map.of())));
        deploy.setEnabled(false);
        save.setEnabled(false);
        background.run(
                this,
                () -> {
                    create(box, app, spec);
                    if (deployNow) {
                        operations.deploy(box, app, null);
                    }
                },
                () -> Actions.go(Links.app(app)),
                problem -> {
                    deploy.setEnabled(true);
                    save.setEnabled(true);
                    if (problem.code() == ProblemCode.CONFLICT) {
                        mark(name, problem);
                    } else {
                        fields.mark(problem);
                    }
                    show(problem);
                });
    }

    /** A draft replaces the app of that name, so a new app must not take a name that is in use. */
    private void create(HostName box, AppName app, AppSpec spec) {
        if (apps.list(box).stream().anyMatch(existing -> existing.name().equals(app))) {
            throw Problem.of(
                            ProblemCode.CONFLICT,
                            "The app was not created.",
                            "There is an app called " + app + " already.",
                            "Choose another name, or change the existing app on its own page.")
                    .toException();
        }
        apps.putDraft(box, app, spec);
    }

    private static void mark(TextField field, Problem problem) {
        SpecFields.refuse(field, problem.why());
    }

    private static void busy(Button button, String text, boolean working) {
        button.setText(text);
        button.setEnabled(!working);
    }

    private static Problem noHost() {
        return Problem.of(
                ProblemCode.NOT_FOUND,
                "There is no box to look from.",
                "This console has no host yet.",
                "Add one on the page Host.");
    }

    static String builderName(String builder) {
        return switch (builder) {
            case "flake" -> t("The repository's own flake");
            case "static" -> t("Static site");
            case "python" -> "Python";
            case "node" -> "Node.js";
            default -> Words.capital(builder);
        };
    }
}
