package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Nav;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.server.streams.DownloadHandler;
import dev.croft.apps.App;
import dev.croft.hostlink.HostCommand.Directory;
import dev.croft.hostlink.HostCommand.DirectoryEntry;
import dev.croft.hostlink.HostCommand.StorageReport;
import dev.croft.hostlink.HostCommand.VolumeState;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.services.Storage;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Table;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.util.List;

/** How much the app has written, and what, and the backups of it: its files can be looked at and downloaded. */
final class StorageTab extends Div implements AppTab {

    private final HostName host;
    private final AppName name;
    private final Storage storage;
    private final BackupPanel backups;
    private final Background background;
    private final Panel volumes = new Panel(t("Volumes"));
    private final Panel files = new Panel(t("Files"));

    StorageTab(
            HostName host,
            AppName name,
            Storage storage,
            BackupPanel backups,
            Background background,
            boolean mayOperate) {
        this.backups = backups;
        this.host = host;
        this.name = name;
        this.storage = storage;
        this.background = background;
        addClassName("croft-stack");
        volumes.setId("storage");
        volumes.content(new StatusText(Tone.BUSY, t("Counting …")));
        files.setId("files");
        files.setVisible(mayOperate);
        add(volumes, backups, files);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        background.call(
                this,
                () -> storage.volumes(host, name),
                this::render,
                problem -> volumes.content(new ProblemPanel(problem)));
        if (files.isVisible()) {
            open("");
        }
    }

    private void render(StorageReport report) {
        var table = new Table(
                t("Volumes"), List.of(t("Volume"), t("Directory"), t("Size"), t("Over time"), t("Quota"), t("Files")));
        for (VolumeState volume : report.volumes()) {
            table.row(
                            Table.text(volume.name().isEmpty() ? t("State directory") : volume.name()),
                            Facts.code(volume.path()),
                            Table.text(
                                    volume.complete()
                                            ? Words.bytes(volume.bytes())
                                            : t("more than {0}", Words.bytes(volume.bytes()))),
                            volume.history().isEmpty() ? Table.text("–") : new SizeHistory(volume),
                            quota(volume),
                            Table.text(String.valueOf(volume.files())))
                    .getElement()
                    .setAttribute("data-volume", volume.name());
        }
        var counted = new Paragraph(rich("Counted {0}", TimeText.ago(report.time())));
        counted.addClassName("croft-hint");
        volumes.content(table, counted);
    }

    private static Component quota(VolumeState volume) {
        Long quota = volume.quota();
        if (quota == null) {
            return Table.text("–");
        }
        long percent = quota == 0 ? 100 : volume.bytes() * 100 / quota;
        String words = t("{0}, {1}% used", Words.bytes(quota), percent);
        return percent < 90 ? Table.text(words) : new StatusText(percent < 100 ? Tone.WARN : Tone.BAD, words);
    }

    private void open(String path) {
        background.call(
                this,
                () -> storage.browse(host, name, path),
                this::show,
                problem -> files.content(trail(path), new ProblemPanel(problem)));
    }

    private void show(Directory directory) {
        if (directory.entries().isEmpty()) {
            files.content(
                    trail(directory.path()),
                    new EmptyState("disk", t("Nothing here"), t("The app has written nothing to this directory.")));
            return;
        }
        var table = new Table(t("Files"), List.of(t("Name"), t("Size"), t("Changed"), ""));
        for (DirectoryEntry entry : directory.entries()) {
            String path = directory.path().isEmpty() ? entry.name() : directory.path() + "/" + entry.name();
            boolean plain = entry.type().equals("file");
            table.row(
                            entry.type().equals("directory") ? step(entry.name(), path) : Facts.code(entry.name()),
                            Table.text(plain ? Words.bytes(entry.bytes()) : kind(entry.type())),
                            TimeText.clock(entry.modified()),
                            plain ? download(entry.name(), path) : new Span())
                    .getElement()
                    .setAttribute("data-file", entry.name());
        }
        if (directory.truncated()) {
            var more = new Paragraph(t("There is more than is shown: a page has only the first entries."));
            more.addClassName("croft-hint");
            files.content(trail(directory.path()), table, more);
        } else {
            files.content(trail(directory.path()), table);
        }
    }

    private static String kind(String type) {
        return switch (type) {
            case "directory" -> t("Directory");
            case "link" -> t("Link");
            default -> t("Special file");
        };
    }

    private Button step(String label, String path) {
        var button = new Button(label, click -> open(path));
        button.addThemeVariants(ButtonVariant.TERTIARY, ButtonVariant.SMALL);
        button.addClassName("croft-step-into");
        return button;
    }

    private Component trail(String path) {
        var trail = new Nav();
        trail.addClassName("croft-file-trail");
        trail.setAriaLabel(t("Where these files are"));
        trail.add(step(t("State directory"), ""));
        StringBuilder so = new StringBuilder();
        for (String part : path.isEmpty() ? new String[0] : path.split("/")) {
            so.append(so.isEmpty() ? "" : "/").append(part);
            trail.add(new Span("/"), step(part, so.toString()));
        }
        return trail;
    }

    private Anchor download(String file, String path) {
        DownloadHandler handler = event -> {
            event.setFileName(file);
            event.setContentType("application/octet-stream");
            // What an app stored is not the console's: the browser is to keep it, not to show it.
            storage.read(host, name, path, event.getOutputStream());
        };
        var link = new Anchor(handler, "");
        link.add(Icons.of("download"), new Span(t("Download")));
        link.addClassName("croft-button-link");
        link.setAriaLabel(t("Download {0}", file));
        link.getElement().setAttribute("download", true);
        return link;
    }

    @Override
    public void show(App app) {
        // of the files the box speaks for itself
        backups.show(app);
    }
}
