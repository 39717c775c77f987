package dev.croft.ui.proofs;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.grid.Grid;
import com.vaadin.flow.component.grid.GridSortOrder;
import com.vaadin.flow.component.grid.GridVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.provider.ListDataProvider;
import com.vaadin.flow.data.value.ValueChangeMode;
import com.vaadin.flow.server.streams.DownloadHandler;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.proofs.BillFormat;
import dev.croft.proofs.Closure;
import dev.croft.proofs.Closure.Part;
import dev.croft.proofs.Proofs;
import dev.croft.proofs.Proofs.Standing;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.PushBridge;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an app, or without one the box, is made of: a table of its parts, why each is there, its bill of materials and its proof. */
public final class ContentsPanel extends Div {

    private static final int MOST_OPERATIONS = 20;

    private final HostName host;
    private final @Nullable AppName app;
    private final Proofs proofs;
    private final Operations operations;
    private final Background background;
    private final PushBridge bridge;
    private final ProofPanel proof;
    private final Panel parts = new Panel(t("What it is made of"));
    private final ProblemPanel problem = new ProblemPanel();
    private final Span count = new Span();

    private @Nullable Closure shown;

    /** @param underWay a verification that has not ended */
    private record Seen(
            Optional<Standing> standing, @Nullable Operation underWay) {}

    public ContentsPanel(
            HostName host,
            @Nullable AppName app,
            Proofs proofs,
            Operations operations,
            Background background,
            PushBridge bridge,
            boolean mayOperate) {
        this.host = host;
        this.app = app;
        this.proofs = proofs;
        this.operations = operations;
        this.background = background;
        this.bridge = bridge;
        proof = new ProofPanel(mayOperate, this::verify);
        addClassName("croft-stack");
        parts.setId("contents");
        parts.content(new StatusText(Tone.BUSY, t("Reading …")));
        add(problem, proof, parts);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
        bridge.<Operation>latest(
                this,
                listener -> operations.watch(host, listener),
                changed -> {
                    if (changed.state().isFinal() || changed.kind() == Operation.Kind.VERIFY) {
                        load();
                    }
                },
                problem::show);
    }

    private void load() {
        background.call(this, this::read, seen -> proof.show(seen.standing(), seen.underWay()), problem::show);
        background.call(
                this,
                () -> proofs.closure(host, app),
                this::render,
                failure -> parts.content(new ProblemPanel(failure)));
    }

    private Seen read() {
        Operation underWay = operations.list(host, app, MOST_OPERATIONS).stream()
                .filter(each -> each.kind() == Operation.Kind.VERIFY
                        && !each.state().isFinal()
                        && java.util.Objects.equals(each.app(), app))
                .findFirst()
                .orElse(null);
        return new Seen(proofs.standing(host, app), underWay);
    }

    private void verify() {
        background.call(this, () -> proofs.verify(host, app), started -> load(), problem::show);
    }

    /** What is the same stays, with the filter that is typed into it and the place to which it is scrolled. */
    private void render(Closure closure) {
        if (shown != null && shown.identity().equals(closure.identity())) {
            return;
        }
        shown = closure;
        ListDataProvider<Part> rows = new ListDataProvider<>(closure.parts());
        var filter = new TextField();
        filter.setId("contents-filter");
        filter.setAriaLabel(t("Filter by name, version or path"));
        filter.setPlaceholder(t("Filter by name, version or path"));
        filter.setClearButtonVisible(true);
        filter.setMaxLength(200);
        filter.setValueChangeMode(ValueChangeMode.LAZY);
        filter.addValueChangeListener(changed -> {
            String wanted = changed.getValue().strip().toLowerCase(Locale.ROOT);
            rows.setFilter(part -> wanted.isEmpty()
                    || part.path().toLowerCase(Locale.ROOT).contains(wanted)
                    || part.name().toLowerCase(Locale.ROOT).contains(wanted));
            long matching = closure.parts().stream()
                    .filter(part -> rows.getFilter() == null || rows.getFilter().test(part))
                    .count();
            count(closure, (int) matching);
        });
        var tools = new Div(filter, download(BillFormat.CYCLONEDX), download(BillFormat.SPDX));
        tools.addClassNames("croft-filters", "croft-contents-tools");
        count.setId("contents-count");
        count.getElement().setAttribute("role", "status");
        count(closure, closure.parts().size());
        var whole = new Paragraph(count);
        whole.addClassName("croft-hint");
        parts.content(tools, whole, grid(closure, rows));
    }

    private void count(Closure closure, int matching) {
        int all = closure.parts().size();
        count.setText(
                matching == all
                        ? t("{0, plural, one {# path} other {# paths}}, {1}", all, Words.bytes(closure.bytes()))
                        : t("{0, number} of {1, plural, one {# path} other {# paths}}", matching, all));
    }

    private Grid<Part> grid(Closure closure, ListDataProvider<Part> rows) {
        var grid = new Grid<Part>();
        grid.setId("contents-grid");
        grid.addClassName("croft-contents-grid");
        grid.addThemeVariants(GridVariant.LUMO_NO_BORDER);
        grid.setSelectionMode(Grid.SelectionMode.NONE);
        grid.getElement().setAttribute("aria-label", t("What it is made of"));
        grid.addColumn(Part::name)
                .setHeader(t("Name"))
                .setSortable(true)
                .setResizable(true)
                .setTooltipGenerator(part -> "/nix/store/" + part.path())
                .setFlexGrow(2)
                .setWidth("12rem");
        grid.addColumn(Part::version)
                .setHeader(t("Version"))
                .setSortable(true)
                .setResizable(true)
                .setWidth("8rem");
        Grid.Column<Part> size = grid.addColumn(part -> Words.bytes(part.bytes()))
                .setHeader(t("Size"))
                .setComparator(Part::bytes)
                .setWidth("7rem")
                .setFlexGrow(0);
        grid.addColumn(part -> Words.bytes(part.closureBytes()))
                .setHeader(t("With all that it needs"))
                .setComparator(Part::closureBytes)
                .setWidth("11rem")
                .setFlexGrow(0);
        grid.addColumn(part -> part.fetched() ? t("binary cache") : t("this box"))
                .setHeader(t("Made by"))
                .setSortable(true)
                .setWidth("8rem")
                .setFlexGrow(0);
        grid.addComponentColumn(part -> why(closure, part))
                .setHeader(t("Why is it here?"))
                .setWidth("9rem")
                .setFlexGrow(0);
        grid.setDataProvider(rows);
        grid.sort(List.of(new GridSortOrder<>(size, com.vaadin.flow.data.provider.SortDirection.DESCENDING)));
        return grid;
    }

    private Component why(Closure closure, Part part) {
        String owner = app == null ? host.value() : app.value();
        var why = new Button(
                t("Why?"),
                click -> new WayDialog(
                                owner, part, closure.waysTo(closure.parts().indexOf(part)))
                        .open());
        why.addThemeVariants(ButtonVariant.TERTIARY, ButtonVariant.SMALL);
        why.addClassName("croft-why");
        why.setAriaLabel(t("Why {0} is here", part.name()));
        return why;
    }

    private Anchor download(BillFormat format) {
        DownloadHandler handler = event -> {
            event.setFileName((app == null ? host.value() : app.value()) + "." + format.ending());
            event.setContentType(format.mediaType());
            event.getOutputStream().write(proofs.bill(host, app, format).getBytes(StandardCharsets.UTF_8));
        };
        var link = new Anchor(handler, "");
        link.add(Icons.of("download"), new Span(format.title()));
        link.setId("sbom-" + format.word());
        link.addClassName("croft-button-link");
        link.setAriaLabel(t("Download the bill of materials as {0}", format.title()));
        link.getElement().setAttribute("download", true);
        return link;
    }
}
