package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.hostlink.HostCommand.DiskItem;
import dev.croft.hostlink.HostCommand.DiskPart;
import dev.croft.hostlink.HostCommand.FileSystem;
import dev.croft.kernel.AppName;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Words;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** One file system: a bar of what is on it, and each part with what is in it. */
final class DiskBar extends Div {

    /** Parts whose items are apps. */
    private static final Set<String> BY_APP = Set.of("data", "snapshots", "backups");

    private static final List<String> ORDER =
            List.of("store", "data", "databases", "snapshots", "backups", "logs", "boot", "other");

    DiskBar(FileSystem fileSystem, List<DiskPart> parts, Set<AppName> apps) {
        addClassName("croft-disk");
        getElement().setAttribute("data-mount", fileSystem.mount());
        var name = new H3(fileSystem.mount());
        name.addClassName("croft-code");
        var free = new Span(t("{0} free of {1}", Words.bytes(fileSystem.free()), Words.bytes(fileSystem.bytes())));
        free.addClassName("croft-disk-free");
        var head = new Div(name, new Span(fileSystem.type()), free);
        head.addClassName("croft-disk-head");
        var shown = parts.stream()
                .filter(part -> part.bytes() > 0)
                .sorted(Comparator.comparingInt(part -> ORDER.indexOf(part.id())))
                .toList();
        var bar = new Div();
        bar.addClassName("croft-disk-bar");
        bar.getElement().setAttribute("role", "img");
        bar.getElement().setAttribute("aria-label", sentence(fileSystem, shown));
        shown.forEach(part -> bar.add(segment(part, fileSystem)));
        var legend = new Div();
        legend.addClassName("croft-disk-parts");
        shown.forEach(part -> legend.add(part(part, fileSystem, apps)));
        add(head, bar, legend);
    }

    private static Component segment(DiskPart part, FileSystem fileSystem) {
        var segment = new Span();
        segment.getElement().setAttribute("data-part", part.id());
        segment.getElement().setAttribute("title", t("{0}: {1}", label(part.id()), size(part)));
        segment.getStyle()
                .set("--croft-share", String.format(Locale.ROOT, "%.1f%%", share(part.bytes(), fileSystem.bytes())));
        return segment;
    }

    private static Component part(DiskPart part, FileSystem fileSystem, Set<AppName> apps) {
        var swatch = new Span();
        swatch.addClassName("croft-swatch");
        swatch.getElement().setAttribute("data-part", part.id());
        var bytes = new Span(size(part));
        bytes.addClassName("croft-change-size");
        var summary = new Div(swatch, new Span(label(part.id())), bytes);
        summary.addClassName("croft-disk-part");
        summary.getElement()
                .setAttribute(
                        "title",
                        t("{0, number, ::.0} % of {1}", share(part.bytes(), fileSystem.bytes()), fileSystem.mount()));
        var details = new NativeDetails(summary, items(part, apps));
        details.getElement().setAttribute("data-part", part.id());
        return details;
    }

    private static Component items(DiskPart part, Set<AppName> apps) {
        var what = new Paragraph(words(part.id()));
        what.addClassName("croft-hint");
        var body = new Div(what);
        body.addClassName("croft-disk-items");
        if (!part.items().isEmpty()) {
            var list = new UnorderedList();
            list.addClassName("croft-changes");
            part.items().forEach(item -> list.add(item(part, item, apps)));
            body.add(list);
        }
        return body;
    }

    private static ListItem item(DiskPart part, DiskItem item, Set<AppName> apps) {
        Component name = BY_APP.contains(part.id())
                        && apps.stream().anyMatch(app -> app.value().equals(item.name()))
                ? new Anchor(Links.app(new AppName(item.name())), item.name())
                : new Span(item.name());
        var size = new Span(Words.bytes(item.bytes()));
        size.addClassName("croft-change-size");
        var row = new ListItem(name, size);
        row.getElement().setAttribute("data-item", item.name());
        return row;
    }

    private static String sentence(FileSystem fileSystem, List<DiskPart> parts) {
        var words = new StringBuilder();
        parts.forEach(part ->
                words.append(label(part.id())).append(' ').append(size(part)).append(", "));
        return words.append(t("free {0}", Words.bytes(fileSystem.free()))).toString();
    }

    /** What the box did not finish counting is not shown as if it were all. */
    private static String size(DiskPart part) {
        return part.complete() ? Words.bytes(part.bytes()) : t("at least {0}", Words.bytes(part.bytes()));
    }

    private static double share(long bytes, long whole) {
        return whole == 0 ? 0 : 100.0 * bytes / whole;
    }

    private static String label(String part) {
        return switch (part) {
            case "store" -> t("Nix store");
            case "data" -> t("Apps' data");
            case "databases" -> t("Databases");
            case "snapshots" -> t("Snapshots");
            case "logs" -> t("Logs");
            case "backups" -> t("Backups");
            case "boot" -> t("Boot");
            case "other" -> t("Everything else");
            default -> Words.capital(part);
        };
    }

    private static String words(String part) {
        return switch (part) {
            case "store" ->
                t("Programs and systems, the old ones too. Collecting garbage frees what nothing needs any more.");
            case "data" -> t("What apps have stored, by app. Croft never deletes any of it.");
            case "databases" ->
                t(
                        "The directories of PostgreSQL, MariaDB and Redis, those of before an upgrade too. Croft deletes none by itself.");
            case "snapshots" ->
                t("Copies of apps' data from before new versions. A collection deletes those beyond what is kept.");
            case "logs" -> t("The journal and other logs. journald keeps them within its own limits.");
            case "backups" -> t("Backups that lie on the box itself.");
            case "boot" -> t("Kernels and boot entries, one for each generation.");
            default -> t("What belongs to none of the others.");
        };
    }
}
