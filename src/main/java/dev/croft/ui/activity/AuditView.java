package dev.croft.ui.activity;

import static dev.croft.ui.support.Texts.inContext;
import static dev.croft.ui.support.Texts.say;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import com.vaadin.flow.router.Route;
import dev.croft.access.Acted;
import dev.croft.audit.Audit;
import dev.croft.audit.Audit.Filter;
import dev.croft.audit.Audit.Verification;
import dev.croft.audit.AuditEntry;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.ProblemException;
import dev.croft.operations.OperationState;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.Needs;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemWords;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Titles;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import jakarta.annotation.security.PermitAll;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Who did what, from where, and what came of it; and whether anybody has changed that since. */
@Route(Links.AUDIT)
@PermitAll
@Needs(Needs.What.ADMINISTER_EVERYTHING)
class AuditView extends Page {

    private static final int ROWS = 50;

    private final Audit audit;
    private final Background background;
    private final TextField who = field("audit-who", t("Who"));
    private final TextField verb = field("audit-verb", t("What"));
    private final TextField host = field("audit-host", t("Box"));
    private final TextField app = field("audit-app", t("App"));
    private final TextField outcome = field("audit-outcome", t("Outcome"));
    private final Anchor csv = new Anchor();
    private final Anchor json = new Anchor();
    private final Div rows = new Div();
    private final Div chain = new Div();
    private final Button older = new Button(t("Older"));
    private final Button newest = new Button(t("Newest"));
    private @Nullable Long oldest;

    AuditView(Audit audit, Background background) {
        super(t("Audit"));
        this.audit = audit;
        this.background = background;
        backTo(t("Activity"), Links.ACTIVITY);
        under(t("Every change, sign-in and secret that was shown. Nobody can edit it unnoticed."));
        verb.setHelperText(t("such as Operations.apply"));
        outcome.setHelperText(t("such as {0}", Acted.DONE));
        var filters = new Div(who, verb, host, app, outcome);
        filters.addClassName("croft-filters");
        Stream.of(who, verb, host, app, outcome).forEach(each -> each.addValueChangeListener(change -> load(null)));
        older.setId("audit-older");
        older.setEnabled(false); // until it is known that there are some
        older.addClickListener(click -> load(oldest));
        newest.setId("audit-newest");
        newest.addClickListener(click -> load(null));
        csv.setText("CSV");
        json.setText("JSON");
        for (Anchor export : List.of(csv, json)) {
            export.setRouterIgnore(true);
            export.getElement().setAttribute("download", true);
        }
        actions(Actions.button("audit-verify", t("Verify the chain"), "shield", this::verify), csv, json);
        chain.setId("audit-chain");
        chain.getElement().setAttribute("role", "status");
        var turning = new Div(newest, older);
        turning.addClassName("croft-actions");
        content(chain, folded(filters), new Panel(t("Rows")).with(rows, turning));
    }

    /** Shut at first where it would fill the screen. */
    private static Component folded(Div filters) {
        var details = new NativeDetails(t("Filter"), filters);
        details.addClassName("croft-folded");
        details.getElement().executeJs("this.open = matchMedia('(min-width: 48rem)').matches");
        return details;
    }

    private static TextField field(String id, String label) {
        var field = new TextField(label);
        field.setId(id);
        field.setClearButtonVisible(true);
        field.setValueChangeMode(ValueChangeMode.LAZY);
        return field;
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load(null);
    }

    private void load(@Nullable Long before) {
        Filter filter;
        try {
            filter = filter();
        } catch (ProblemException e) {
            show(e.problem());
            return;
        }
        clearProblem();
        String query = query();
        csv.setHref("api/v1/audit/export?format=csv" + query);
        json.setHref("api/v1/audit/export?format=json" + query);
        background.call(this, () -> audit.list(filter, before, ROWS), this::render, (Problem why) -> show(why));
    }

    private Filter filter() {
        String box = text(host);
        String of = text(app);
        return new Filter(
                text(who),
                text(verb),
                box == null ? null : new HostName(box),
                of == null ? null : new AppName(of),
                text(outcome),
                null,
                null);
    }

    private String query() {
        return Stream.of(who, verb, host, app, outcome)
                .filter(each -> !each.getValue().isBlank())
                .map(each -> "&" + each.getId().orElseThrow().substring("audit-".length()) + "="
                        + URLEncoder.encode(each.getValue().strip(), StandardCharsets.UTF_8))
                .collect(Collectors.joining());
    }

    private static @Nullable String text(TextField field) {
        return field.getValue().isBlank() ? null : field.getValue().strip();
    }

    private void render(List<AuditEntry> found) {
        oldest = found.isEmpty() ? null : found.getLast().sequence();
        older.setEnabled(found.size() == ROWS);
        var table = new Table(
                t("Audit"),
                List.of(t("When"), t("Who"), t("What"), t("Where"), inContext("noun", "Change"), t("Outcome")));
        for (AuditEntry entry : found) {
            table.row(
                    TimeText.clock(entry.at()),
                    lines(entry.who(), entry.address()),
                    lines(entry.verb(), Titles.of(entry.object())),
                    Table.text(place(entry)),
                    change(entry),
                    outcome(entry));
        }
        rows.removeAll();
        rows.add(found.isEmpty() ? new Span(t("No row fits the filter.")) : table);
    }

    private static String place(AuditEntry entry) {
        return entry.host() == null
                ? t("console")
                : entry.app() == null ? entry.host().value() : t("{0} on {1}", entry.app(), entry.host());
    }

    private static Component lines(String first, String second) {
        var under = new Div(second);
        under.addClassName("croft-hint");
        return second.isEmpty() ? new Span(first) : new Div(new Span(first), under);
    }

    private static Component change(AuditEntry entry) {
        var list = new UnorderedList();
        entry.phrases().forEach(edit -> list.add(new ListItem(say(edit))));
        if (entry.closureAfter() != null && !entry.closureAfter().equals(entry.closureBefore())) {
            list.add(new ListItem((entry.closureBefore() == null ? "" : name(entry.closureBefore()) + " → ")
                    + name(entry.closureAfter())));
        }
        if (entry.revision() != null) {
            list.add(new ListItem(t(
                    "commit {0}",
                    entry.revision().substring(0, Math.min(12, entry.revision().length())))));
        }
        return list;
    }

    /** The beginning of the hash tells systems apart; their names are mostly the same. */
    private static String name(String storePath) {
        String file = storePath.substring(storePath.lastIndexOf('/') + 1);
        return file.length() > 12 ? file.substring(0, 12) + "…" : file;
    }

    /** In words, and with the code under which the filter finds it. */
    private static Component outcome(AuditEntry entry) {
        String code = entry.outcome();
        String words = words(code);
        var status = new StatusText(tone(entry), words.isEmpty() ? code : words);
        if (words.isEmpty() || words.equals(code)) {
            return status;
        }
        var under = new Div(code);
        under.addClassName("croft-hint");
        return new Div(status, under);
    }

    private static String words(String code) {
        return switch (code) {
            case Acted.DONE -> t("done");
            case Acted.REFUSED -> t("refused");
            default ->
                Stream.of(OperationState.values())
                        .filter(each -> each.name().equals(code))
                        .map(Words::of)
                        .findFirst()
                        .or(() -> Stream.of(ProblemCode.values())
                                .filter(each -> each.name().equals(code))
                                .map(ProblemWords::title)
                                .findFirst())
                        .orElse("");
        };
    }

    private static Tone tone(AuditEntry entry) {
        return switch (entry.outcome()) {
            case Acted.DONE, "SUCCEEDED" -> Tone.OK;
            default -> Tone.WARN;
        };
    }

    private void verify() {
        background.call(this, audit::verify, this::tell, (Problem why) -> show(why));
    }

    private void tell(Verification found) {
        chain.removeAll();
        if (found.isWhole()) {
            chain.add(new StatusText(
                    Tone.OK,
                    t(
                            "The chain is whole: {0, plural, one {# row, as it was written.} other {# rows, as they were written.}}",
                            found.entries())));
            return;
        }
        var faults = new UnorderedList();
        found.faults().forEach(fault -> faults.add(new ListItem(fault)));
        chain.add(new StatusText(Tone.BAD, t("The audit is not what was written.")), faults);
    }
}
