package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.router.Route;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.DriftItem;
import dev.croft.hostlink.HostCommand.DriftReport;
import dev.croft.hostlink.HostCommand.DriftedThing;
import dev.croft.hostlink.HostCommand.Reconciliation;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Drifts;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import jakarta.annotation.security.PermitAll;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether the box is what its configuration says: proven, or the list of what is outside, with the ways to end it. */
@Route(Links.DRIFT)
@PermitAll
@Needs(Needs.What.THE_BOX)
class DriftView extends Page {

    private final Drifts drifts;
    private final Operations operations;
    private final Background background;
    private final PushBridge bridge;
    private final Optional<Host> host;
    private final boolean mayAdminister;

    private final Button prove = Actions.button("drift-prove", t("Prove now"), "shield", () -> find(true));
    private final Panel standing = new Panel(t("Is the box what its configuration says?"), prove);
    private final Panel outside = new Panel(t("Outside the configuration"));

    DriftView(
            Drifts drifts,
            Operations operations,
            Background background,
            PushBridge bridge,
            Rights rights,
            CurrentHost currentHost) {
        super(t("Drift"));
        this.drifts = drifts;
        this.operations = operations;
        this.background = background;
        this.bridge = bridge;
        this.mayAdminister = rights.mayAdminister();
        this.host = currentHost.get();
        host.ifPresent(box -> title(box.name().value()));
        prove.addThemeVariants(ButtonVariant.SMALL);
        prove.setDisableOnClick(true);
        standing.setId("drift");
        outside.setId("drift-outside");
        outside.setVisible(false);
        var stack = new Div(standing, outside);
        stack.addClassName("croft-stack");
        content(HostTabs.at("drift"), stack);
    }

    @Override
    public String getPageTitle() {
        return t("Drift") + " · Croft";
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        find(false);
        host.map(Host::name)
                .ifPresent(name -> bridge.<Operation>latest(
                        this,
                        listener -> operations.watch(name, listener),
                        changed -> {
                            if (changed.state().isFinal()) {
                                find(false);
                            }
                        },
                        this::show));
    }

    private void find(boolean evaluate) {
        host.map(Host::name).ifPresent(name -> {
            prove.setText(evaluate ? t("Evaluating …") : t("Prove now"));
            if (evaluate || standing.getElement().getAttribute("data-standing") == null) {
                standing.content(new StatusText(
                        Tone.BUSY,
                        evaluate ? t("Evaluating the configuration and comparing …") : t("Looking at the box …")));
            }
            background.call(
                    this,
                    () -> drifts.find(name, evaluate),
                    report -> {
                        ready();
                        render(name, report);
                    },
                    problem -> {
                        ready();
                        standing.content(new ProblemPanel(problem));
                        outside.setVisible(false);
                    });
        });
    }

    private void ready() {
        prove.setEnabled(true);
        prove.setText(t("Prove now"));
    }

    private void render(HostName name, DriftReport report) {
        under(rich("Looked at {0}", TimeText.ago(report.time())));
        boolean clean = report.items().isEmpty();
        boolean proven = clean
                && report.configured() != null
                && report.configured().equals(report.running())
                && report.configured().equals(report.bootDefault());
        var status = clean
                ? new StatusText(
                        Tone.OK, proven ? t("In sync, proven") : t("In sync, as far as can be seen without evaluating"))
                : new StatusText(
                        Tone.WARN,
                        t(
                                "{0, plural, one {One thing is outside the configuration} other {# things are outside the configuration}}",
                                report.items().size()));
        status.addClassName("croft-standing");
        status.setId("drift-standing");
        standing.getElement().setAttribute("data-standing", proven ? "proven" : clean ? "clean" : "drifted");
        var words = new Paragraph(
                proven
                        ? t(
                                "The system that runs, the one that the next boot brings and the one that the configuration evaluates to are the same store path. A store path names everything that went into it, so there is nothing else to compare.")
                        : clean
                                ? t(
                                        "Nothing was found that the configuration does not know. To prove it, Croft evaluates the configuration and compares the result with what runs; that takes as long as an evaluation.")
                                : t("Below is what was found, and what the configuration says instead."));
        words.addClassName("croft-hint");
        var paths = new Facts();
        path(paths, t("Running"), report.running());
        path(paths, t("Boot default"), report.bootDefault());
        path(paths, t("Configured"), report.configured());
        if (report.evaluatedAt() != null) {
            paths.fact(t("Evaluated"), TimeText.clock(report.evaluatedAt()), TimeText.ago(report.evaluatedAt()));
        }
        standing.content(status, words, paths);

        outside.setVisible(!clean);
        var list = new UnorderedList();
        list.addClassNames("croft-rows", "croft-drifts");
        report.items().forEach(item -> list.add(row(name, item)));
        outside.content(list);
    }

    private static void path(Facts facts, String name, @Nullable String path) {
        if (path == null) {
            facts.fact(name, t("not evaluated since the last change"));
        } else {
            facts.code(name, path);
        }
    }

    private ListItem row(HostName name, DriftItem item) {
        var title = new Div(item.what());
        title.addClassName("croft-row-title");
        var facts = new Facts().fact(t("Found"), Facts.code(item.found())).fact(t("Wanted"), Facts.code(item.wanted()));
        var words = new Div(title, facts);
        words.addClassName("croft-row-words");
        var row = new ListItem(words);
        row.addClassNames("croft-row", "drift-item");
        row.getElement().setAttribute("data-kind", item.kind());
        row.getElement().setAttribute("data-item", item.id());
        if (item.actions().isEmpty()) {
            var hint = new Paragraph(byHand(item.kind()));
            hint.addClassName("croft-hint");
            words.add(hint);
        } else if (mayAdminister) {
            var actions = new Div();
            actions.addClassName("croft-actions");
            if (item.actions().contains("adopt")) {
                actions.add(button(name, item, Reconciliation.ADOPT));
            }
            if (item.actions().contains("return")) {
                actions.add(button(name, item, Reconciliation.RETURN));
            }
            row.add(actions);
        }
        return row;
    }

    private Button button(HostName name, DriftItem item, Reconciliation action) {
        boolean adopt = action == Reconciliation.ADOPT;
        var button = Actions.ofRow(
                adopt ? t("Adopt") : t("Return"),
                adopt ? "check" : "back",
                t(adopt ? "Adopt: {0}" : "Return from: {0}", item.what()),
                () -> ask(name, item, action));
        button.addClassName(adopt ? "adopt" : "return");
        return button;
    }

    private void ask(HostName name, DriftItem item, Reconciliation action) {
        DriftedThing thing = item.kind().equals("flake") ? DriftedThing.FLAKE : DriftedThing.SYSTEM;
        boolean adopt = action == Reconciliation.ADOPT;
        var note = new Div(
                Icons.of("shield"),
                new Span(
                        t(
                                "Croft activates the result and, when the box itself changes, asks whether you can still see this page. Without an answer within 60 seconds the box goes back by itself.")));
        note.addClassName("croft-note");
        new Dialogs(
                        adopt ? t("Adopt what was found?") : t("Return to the configuration?"),
                        adopt ? "drift-adopt-confirm" : "drift-return-confirm",
                        adopt ? t("Adopt") : t("Return"),
                        dialog -> background.call(
                                this,
                                () -> drifts.reconcile(name, thing, action),
                                operation -> dialog.close(),
                                dialog::refuse),
                        new Paragraph(explanation(thing, adopt)),
                        new Facts()
                                .fact(t("Found"), Facts.code(item.found()))
                                .fact(t("Wanted"), Facts.code(item.wanted())),
                        note)
                .open();
    }

    private static String explanation(DriftedThing thing, boolean adopt) {
        return switch (thing) {
            case FLAKE ->
                adopt
                        ? t(
                                "The edits of the flake's files are committed with your name, built and activated. From then on they are the configuration.")
                        : t(
                                "The files of the last commit come back and are activated. The edits are not lost: they are kept in the flake's repository, in a reference of their own below refs/croft/set-aside.");
            case SYSTEM ->
                adopt
                        ? t(
                                "The system that runs becomes the boot default, and its state becomes the configuration. The next change starts from what runs now.")
                        : t(
                                "The configuration is built and activated again, and becomes the boot default. What somebody else activated stops running; it stays among the generations if it is one.");
        };
    }

    /** What nobody but a person on the box can decide about. */
    private static String byHand(String kind) {
        return switch (kind) {
            case "unit" ->
                t(
                        "Croft does not touch units that it did not make. Put what it does into the configuration, or remove the file on the box and run systemctl daemon-reload.");
            case "profile" ->
                t(
                        "Packages in a profile stay until somebody removes them there (nix profile remove, nix-env --uninstall), and they keep garbage from being collected.");
            case "port" ->
                t("Stop the program that listens, or open the port below Network & firewall if it is meant to be.");
            case "microvm" -> t("Stop it on the box, or add it to the configuration.");
            case "flake" -> t("Check out main in the flake's repository on the box.");
            default -> t("This has to be settled on the box.");
        };
    }
}
