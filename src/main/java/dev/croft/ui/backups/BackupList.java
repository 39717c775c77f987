package dev.croft.ui.backups;

import static dev.croft.ui.support.Texts.mark;
import static dev.croft.ui.support.Texts.marked;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.Composite;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import dev.croft.backups.Backups;
import dev.croft.hostlink.HostCommand.Backup;
import dev.croft.hostlink.HostCommand.BackupItem;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Rights;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The backups that a place has, newest first, of all apps or of one. */
public final class BackupList extends Composite<Div> {

    /** More rows are for nobody: there is the filter, and an app's own page. */
    private static final int SHOWN = 100;

    private static final String EVERYTHING = mark("Everything");
    private static final String MAIL = mark("Mail");
    private static final String BOX = mark("The box itself");

    private final HostName host;
    private final @Nullable AppName only;
    private final Backups backups;
    private final Background background;
    private final Rights rights;
    private final Select<String> target = new Select<>();
    private final Select<String> filter = new Select<>();
    private final Div rows = new Div();
    private List<Backup> found = List.of();

    /** @param only the app whose backups are shown; null: all, with a filter */
    public BackupList(HostName host, @Nullable AppName only, Backups backups, Background background, Rights rights) {
        this.host = host;
        this.only = only;
        this.backups = backups;
        this.background = background;
        this.rights = rights;
        target.setId("backup-list-target");
        target.setLabel(t("Place"));
        target.addValueChangeListener(change -> load());
        filter.setId("backup-list-app");
        filter.setLabel(t("Of"));
        filter.setItemLabelGenerator(BackupList::label);
        filter.setItems(EVERYTHING);
        filter.setValue(EVERYTHING);
        filter.setVisible(only == null);
        filter.addValueChangeListener(change -> {
            if (change.isFromClient()) {
                render();
            }
        });
    }

    @Override
    protected Div initContent() {
        var fields = new Div(target, filter);
        fields.addClassNames("croft-field-row", "croft-form");
        rows.setId("backup-list");
        var all = new Div(fields, rows);
        all.addClassName("croft-stack");
        return all;
    }

    /** The places that the box has. */
    public void show(List<String> targets) {
        String before = target.getValue();
        if (!target.getListDataView().getItems().toList().equals(targets)) {
            target.setItems(targets);
        }
        target.setVisible(targets.size() > 1);
        if (targets.isEmpty()) {
            rows.removeAll();
        } else if (before == null || !targets.contains(before)) {
            target.setValue(targets.getFirst());
        } else {
            target.setValue(before);
            load();
        }
    }

    private void load() {
        String place = target.getValue();
        if (place == null || !isAttached()) {
            return;
        }
        if (rows.getComponentCount() == 0) {
            rows.add(new StatusText(Tone.BUSY, t("Asking {0} …", place)));
        }
        background.call(
                this,
                () -> backups.list(host, place, only),
                all -> {
                    if (place.equals(target.getValue())) {
                        found = all;
                        renderFilter();
                        render();
                    }
                },
                problem -> {
                    rows.removeAll();
                    rows.add(new ProblemPanel(problem));
                });
    }

    private void renderFilter() {
        List<String> names = Stream.concat(
                        Stream.of(EVERYTHING),
                        found.stream().map(BackupList::owner).distinct().sorted())
                .toList();
        String before = filter.getValue();
        filter.setItems(names);
        filter.setValue(names.contains(before) ? before : EVERYTHING);
    }

    private static String owner(Backup backup) {
        if (backup.app() != null) {
            return backup.app().value();
        }
        return backup.item() == BackupItem.MAIL ? MAIL : BOX;
    }

    /** Names of apps are in lower case, so they are none of these. */
    private static String label(String owner) {
        return Set.of(EVERYTHING, MAIL, BOX).contains(owner) ? marked(owner) : owner;
    }

    private void render() {
        rows.removeAll();
        List<Backup> wanted = found.stream()
                .filter(each -> only != null
                        || EVERYTHING.equals(filter.getValue())
                        || owner(each).equals(filter.getValue()))
                .toList();
        if (wanted.isEmpty()) {
            rows.add(new EmptyState(
                    "disk",
                    t("No backup yet"),
                    only == null
                            ? t("The first one is made at the next time of the schedule, or when you say so.")
                            : t("An app is backed up once it has written something.")));
            return;
        }
        var table = new Table(
                t("Backups"),
                only == null
                        ? List.of(t("Made"), t("Of"), t("Size"), t("Generation"), "")
                        : List.of(t("Made"), t("Size"), t("Generation"), ""));
        wanted.stream().limit(SHOWN).forEach(each -> row(table, each));
        rows.add(table);
        if (wanted.size() > SHOWN) {
            var more = new Paragraph(t(
                    "The newest {0, number} of {1, number} are shown. Choose an app to see older ones.",
                    SHOWN,
                    wanted.size()));
            more.addClassName("croft-hint");
            rows.add(more);
        }
    }

    private void row(Table table, Backup backup) {
        Component made = new Span(TimeText.clock(backup.time()));
        Component size = Table.text(Words.bytes(backup.bytes()));
        Component generation =
                backup.generation() == null ? Table.text("–") : Table.text(String.valueOf(backup.generation()));
        Component action = mayRestore(backup) ? restore(backup) : id(backup);
        var row = only == null
                ? table.row(made, Table.text(label(owner(backup))), size, generation, action)
                : table.row(made, size, generation, action);
        row.getElement().setAttribute("data-backup", backup.id());
        row.getElement().setAttribute("data-of", owner(backup));
    }

    /** What the box is built anew from comes back by the recipe of the recovery kit. */
    private boolean mayRestore(Backup backup) {
        return switch (backup.item()) {
            case APP -> rights.mayOperate(Objects.requireNonNull(backup.app()));
            case MAIL -> rights.mayOperate();
            case BOX -> false;
        };
    }

    private static Component id(Backup backup) {
        var id = Facts.code(Words.commit(backup.id()));
        id.setTitle(backup.id());
        return id;
    }

    private Button restore(Backup backup) {
        AppName app = backup.app();
        var button = new Button(
                t("Restore"),
                Icons.of("restart"),
                click -> new RestoreDialog(
                                host,
                                Objects.requireNonNull(target.getValue()),
                                backup,
                                backups,
                                background,
                                this,
                                rights.mayAdminister(backup.app()))
                        .open());
        button.addThemeVariants(ButtonVariant.SMALL);
        button.setAriaLabel(t("Restore {0}", app == null ? t("the mail") : app));
        return button;
    }
}
