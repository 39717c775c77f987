package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.IntegerField;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.shared.Registration;
import dev.croft.fleet.Host;
import dev.croft.fleet.Hosts;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.setup.Enrolment;
import dev.croft.setup.Enrolment.Instructions;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.CopyButton;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import jakarta.annotation.security.PermitAll;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * From an address to a box that this console looks after: its key is compared before anything is trusted, one command lets the console
 * in, and the page goes on by itself when the box answers.
 */
@Route(Links.ADD_BOX)
@PermitAll
@Needs(Needs.What.ADMINISTER_EVERYTHING)
class AddBoxView extends Page {

    private static final Duration ASK_AGAIN = Duration.ofSeconds(3);
    /** Somebody who has pasted the command is done by then. */
    private static final Duration LOOK_AFTER = Duration.ofMinutes(3);

    private static final String USER = "croft-host";

    /** What running the command on the box ends; everything else needs somebody. */
    private static final Set<ProblemCode> NOT_YET =
            EnumSet.of(ProblemCode.HOST_REFUSED_KEY, ProblemCode.HOST_UNREACHABLE, ProblemCode.LINK_LOST);

    private final Hosts hosts;
    private final Enrolment enrolment;
    private final Background background;
    private final CurrentHost currentHost;
    private final Clock clock;

    private final TextField name = new TextField(t("Name"));
    private final TextField address = new TextField(t("Address"));
    private final IntegerField port = new IntegerField(t("Port"));
    private final Panel compare = new Panel(t("Is it this box?"));
    private final Panel letIn = new Panel(t("Let this console in"));
    private final TextField console = new TextField(t("This console, as the box reaches it"));
    private final Div commands = new Div();
    private final ProblemPanel refusal = new ProblemPanel();
    private final Div waiting = new Div();
    private @Nullable HostEndpoint endpoint;
    private Registration asking = () -> {};
    private Instant begun = Instant.MAX;

    AddBoxView(Hosts hosts, Enrolment enrolment, Background background, CurrentHost currentHost, Clock clock) {
        super(t("Add a box"));
        this.hosts = hosts;
        this.enrolment = enrolment;
        this.background = background;
        this.currentHost = currentHost;
        this.clock = clock;
        backTo(t("Host"), Links.HOST);
        under(t("A machine with NixOS: another one, or the one that this console runs on."));
        compare.setId("box-compare");
        compare.setVisible(false);
        letIn.setId("box-let-in");
        letIn.setVisible(false);
        waiting.setId("box-waiting");
        waiting.getElement().setAttribute("role", "status");
        var stack = new Div(where(), compare, letIn);
        stack.addClassNames("croft-stack", "croft-form");
        content(stack);
    }

    private Panel where() {
        name.setId("box-name");
        name.setPlaceholder("cellar");
        name.setMaxLength(31);
        name.setHelperText(
                t("How it is called here, as its networking.hostName: lower-case letters, digits and dashes."));
        address.setId("box-address");
        address.setPlaceholder("cellar.example.org");
        address.setHelperText(t("A name or an IP address; 127.0.0.1 for the machine that this console runs on."));
        port.setId("box-port");
        port.setPlaceholder("22");
        port.setMin(1);
        port.setMax(65_535);
        port.setHelperText(t("Of its SSH server."));
        var row = new Div(address, port);
        row.addClassName("croft-field-row");
        var ask = Actions.primary("box-ask", t("Ask for its key"), "key", this::ask);
        var actions = new Div(ask);
        actions.addClassName("croft-actions");
        return new Panel(t("Where it is")).with(name, row, actions);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        getElement().executeJs("return document.baseURI").then(String.class, base -> {
            if (console.isEmpty()) {
                console.setValue(base);
            }
        });
    }

    private void ask() {
        clearProblem();
        asking.remove();
        letIn.setVisible(false);
        compare.setVisible(false);
        name.setInvalid(false);
        try {
            new HostName(name.getValue().strip());
        } catch (ProblemException refused) {
            name.setErrorMessage(Words.capital(refused.problem().why()));
            name.setInvalid(true);
            return;
        }
        address.setInvalid(address.isEmpty());
        address.setErrorMessage(t("Where is it?"));
        if (address.isInvalid()) {
            return;
        }
        String at = address.getValue().strip();
        int on = Objects.requireNonNullElse(port.getValue(), 22);
        background.call(
                this,
                () -> hosts.fingerprintOf(at, on),
                fingerprint -> compare(new HostEndpoint(at, on, USER, fingerprint)),
                this::show);
    }

    private void compare(HostEndpoint found) {
        endpoint = found;
        var same = Actions.primary("box-same", t("It is the same"), "check", () -> {
            compare.setVisible(false);
            instruct();
        });
        var other = Actions.button("box-other", t("It is another"), "cross", () -> {
            compare.setVisible(false);
            show(
                    Problem.of(
                            ProblemCode.HOST_KEY_UNKNOWN,
                            t("The box was not added."),
                            t(
                                    "What answers at {0} shows another key than the box does: it is another machine, or somebody between the two.",
                                    found.address()),
                            t(
                                    "Check the address. On the way to a box nobody may pretend to be it, so Croft does not go on here.")));
        });
        var actions = new Div(same, other);
        actions.addClassName("croft-actions");
        compare.content(
                new Paragraph(t("Compare the two. From then on Croft talks to this key only.")),
                KeyComparison.of(found.fingerprint(), "box-fingerprint"),
                actions);
        compare.setVisible(true);
    }

    private void instruct() {
        console.setId("box-console");
        console.setWidthFull();
        console.setHelperText(t(
                "Where the box fetches what it runs. The command names its hash, so nobody on the way can change it."));
        console.addValueChangeListener(change -> command());
        commands.addClassName("croft-stack");
        letIn.content(console, refusal, commands, waiting);
        letIn.setVisible(true);
        command();
        await();
    }

    private void command() {
        String at = console.getValue().strip();
        background.call(this, () -> enrolment.instructions(at), this::show, refused -> {
            commands.removeAll();
            refusal.show(refused);
        });
    }

    private void show(Instructions instructions) {
        refusal.clear();
        commands.removeAll();
        commands.add(
                new Paragraph(
                        t(
                                "Run this on the box. It keeps the configuration that is there and imports it, shows what it will do, and asks before it does anything.")),
                shell("box-command", instructions.command()));
        var importing = new Div(
                new Paragraph(
                        t(
                                "Croft then writes state.json there, and nothing else. This changes nothing on the box; it shows what to put into your flake.")),
                shell("box-import", instructions.importing()));
        importing.addClassName("croft-stack");
        var own = new NativeDetails(new Span(t("My flake is in a git of my own")), importing);
        var list = new UnorderedList(
                new ListItem(
                        t("\"It does not run NixOS\": install NixOS first; Croft changes nothing on other systems.")),
                new ListItem(
                        t("\"There is no nix\" or an older one than 2.18: update the box to a supported release.")),
                new ListItem(
                        t(
                                "\"Only … are free\": make room with nix-collect-garbage --delete-older-than 30d, then run it again.")),
                new ListItem(
                        t("\"could not be fetched\" or no connection: the box does not reach the address above.")));
        var words = new NativeDetails(new Span(t("When it refuses")), list);
        commands.add(own, words);
    }

    private static Div shell(String id, String command) {
        var text = new Pre(command);
        text.addClassName("croft-pem");
        text.setId(id);
        text.getElement().setAttribute("tabindex", "0");
        return new Div(text, new CopyButton(command, t("Copy the command")));
    }

    /** Tries to enrol until the box lets this console in. */
    private void await() {
        HostEndpoint at = endpoint;
        if (at == null) {
            return;
        }
        var box = new HostName(name.getValue().strip());
        begun = clock.instant();
        say(Tone.BUSY, t("Waiting for the box to let this console in …"));
        asking.remove();
        asking = background.every(
                this, ASK_AGAIN, () -> hosts.nameOf(at), called -> named(box, at, called), this::notYet);
    }

    /** A box that calls itself otherwise may be another than was meant: that is asked before it is kept. */
    private void named(HostName box, HostEndpoint at, String called) {
        asking.remove();
        if (called.equals(box.value())) {
            enrol(box, at);
            return;
        }
        waiting.removeAll();
        var question = new Paragraph(t(
                "The box at {0} calls itself {1}, and you wrote {2}. If it is another machine than you meant, correct the address above and ask for its key again.",
                at.address(), called, box));
        question.setId("box-called");
        var row = new Div();
        row.addClassName("croft-actions");
        name(called)
                .ifPresent(own -> row.add(
                        Actions.primary("box-as-called", t("Add it as {0}", own), "check", () -> enrol(own, at))));
        row.add(Actions.button("box-as-written", t("Add it as {0} all the same", box), "check", () -> enrol(box, at)));
        waiting.add(question, row);
    }

    /** A box may have a name that this console cannot give it. */
    private static Optional<HostName> name(String called) {
        try {
            return Optional.of(new HostName(called));
        } catch (ProblemException none) {
            return Optional.empty();
        }
    }

    private void enrol(HostName box, HostEndpoint at) {
        say(Tone.BUSY, t("Adding it …"));
        background.call(this, () -> hosts.enrol(box, at), this::enrolled, this::notYet);
    }

    private void notYet(Problem problem) {
        if (NOT_YET.contains(problem.code())) {
            say(Tone.BUSY, t("Waiting for the box to let this console in …"));
            if (clock.instant().isAfter(begun.plus(LOOK_AFTER))) {
                look(problem);
            }
            return;
        }
        asking.remove();
        waiting.removeAll();
        var panel = new ProblemPanel();
        panel.show(problem, Actions.button("box-again", t("Try again"), "restart", this::await));
        waiting.add(panel);
    }

    /** It goes on waiting; what somebody can look at meanwhile depends on how far the way to the box leads. */
    private void look(Problem problem) {
        HostEndpoint at = endpoint;
        var hint = new Paragraph(
                problem.code() == ProblemCode.HOST_REFUSED_KEY || at == null
                        ? t(
                                "The box answers, and does not know this console's key. Look at the terminal in which the command runs: perhaps it waits for your answer, or has ended with an error that is told above. If it has not been run yet, take your time.")
                        : t(
                                "Nothing answers at {0}, port {1}, any more. Look at the box itself: does it run, does its SSH server listen on that port, and does its firewall let this console in?",
                                at.address(), at.port()));
        hint.setId("box-look");
        waiting.add(hint);
    }

    private void enrolled(Host host) {
        asking.remove();
        currentHost.choose(host.name());
        commands.setVisible(false);
        console.setVisible(false);
        waiting.removeAll();
        var row = new Div(Actions.link(t("Set it up"), "sprout", Links.WIZARD, true));
        row.addClassName("croft-actions");
        waiting.add(new StatusText(Tone.OK, t("{0} is here", host.name())), row);
    }

    private void say(Tone tone, String words) {
        waiting.removeAll();
        waiting.add(new StatusText(tone, words));
    }
}
