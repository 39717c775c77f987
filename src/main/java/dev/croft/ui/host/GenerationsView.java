package dev.croft.ui.host;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.Route;
import dev.croft.fleet.Host;
import dev.croft.hostlink.HostCommand.Generation;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Generations;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.ui.shell.CurrentHost;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Words;
import jakarta.annotation.security.PermitAll;
import java.util.List;
import java.util.Optional;

/** Every state the box has had, newest first, each one click away. */
@Route(Links.GENERATIONS)
@PermitAll
class GenerationsView extends Page {

    private final Operations operations;
    private final Generations generations;
    private final Background background;
    private final PushBridge bridge;
    private final Optional<Host> host;
    private final OrderedList list = new OrderedList();

    GenerationsView(
            Operations operations,
            Generations generations,
            Background background,
            PushBridge bridge,
            CurrentHost currentHost) {
        super("Generations");
        this.operations = operations;
        this.generations = generations;
        this.background = background;
        this.bridge = bridge;
        this.host = currentHost.get();
        host.ifPresent(box -> title(box.name().value()));
        under("Every state the box has had. Each can come back as it was.");
        list.addClassName("croft-timeline");
        list.setId("generations");
        content(HostTabs.at("generations"), list);
    }

    @Override
    public String getPageTitle() {
        return "Generations · Croft";
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        host.map(Host::name).ifPresent(name -> {
            load(name);
            bridge.<Operation>latest(
                    this,
                    listener -> operations.watch(name, listener),
                    changed -> {
                        if (changed.state().isFinal()) {
                            load(name);
                        }
                    },
                    this::show);
        });
    }

    private void load(HostName name) {
        background.call(
                this,
                () -> generations.list(name),
                found -> {
                    clearProblem();
                    render(name, found);
                },
                this::show);
    }

    private void render(HostName name, List<Generation> generations) {
        list.removeAll();
        generations.forEach(generation -> list.add(row(name, generation)));
        if (generations.isEmpty()) {
            content(
                    HostTabs.at("generations"),
                    new EmptyState(
                            "layers", "No generations", "The box has not been switched to a configuration yet."));
        }
    }

    private ListItem row(HostName name, Generation generation) {
        var number = new Span(String.valueOf(generation.number()));
        number.addClassName("croft-generation-number");
        number.getElement().setAttribute("aria-label", "Generation " + generation.number());

        var title = new Div(
                generation.description().isBlank() ? "Generation " + generation.number() : generation.description());
        title.addClassName("croft-row-title");
        var badges = new Div();
        badges.addClassName("croft-badges");
        badge(badges, generation.current(), "current", "Running now");
        badge(badges, generation.booted(), "booted", "Booted");
        badge(badges, generation.bootDefault(), "boot-default", "Boot default");
        var first = new Div(title, badges);
        first.addClassName("croft-row-main");
        var under = new Div(TimeText.clock(generation.date()), TimeText.ago(generation.date()));
        under.addClassName("croft-row-under");
        if (generation.author() != null) {
            under.add(new Span("by " + generation.author()));
        }
        if (generation.closureBytes() != null) {
            under.add(new Span(Words.bytes(generation.closureBytes())));
        }
        if (generation.revision() != null) {
            under.add(Facts.code(Words.commit(generation.revision())));
        }
        if (generation.operation() != null) {
            under.add(new Anchor(Links.operation(generation.operation()), "Log"));
        }
        var words = new Div(first, under);
        words.addClassName("croft-row-words");

        var item = new ListItem();
        item.add(number, words);
        if (!generation.current()) {
            var back = new Button("Roll back", Icons.of("back"), click -> ask(name, generation));
            back.addClassName("roll-back");
            back.addThemeVariants(ButtonVariant.SMALL);
            back.setAriaLabel("Roll back to generation " + generation.number());
            item.add(back);
        }
        item.addClassNames("generation", "croft-row");
        item.getElement().setAttribute("data-number", String.valueOf(generation.number()));
        if (generation.current()) {
            item.getElement().setAttribute("data-current", true);
        }
        return item;
    }

    private static void badge(Div badges, boolean shown, String kind, String label) {
        if (shown) {
            var badge = new Span(label);
            badge.addClassName("croft-badge");
            badge.getElement().setAttribute("data-kind", kind);
            badges.add(badge);
        }
    }

    private void ask(HostName name, Generation generation) {
        var what = new Paragraph("The whole box returns to generation " + generation.number()
                + ": its apps, their versions and their settings become what they were then.");
        var facts = new Facts()
                .fact(
                        "Generation",
                        generation.number()
                                + (generation.description().isBlank() ? "" : ": " + generation.description()))
                .fact("From", TimeText.clock(generation.date()), TimeText.ago(generation.date()));
        var data = new Div(
                Icons.of("info"),
                new Span(
                        "Rolling back configuration does not roll back data. What apps have stored since then stays as it is."));
        data.addClassName("croft-note");
        new Dialogs(
                        "Roll back to generation " + generation.number() + "?",
                        "confirm-roll-back",
                        "Roll back",
                        dialog -> background.call(
                                this,
                                () -> operations.rollBack(name, Operations.RollBack.to(generation.number())),
                                operation -> dialog.close(),
                                dialog::refuse),
                        what,
                        facts,
                        data)
                .open();
    }
}
