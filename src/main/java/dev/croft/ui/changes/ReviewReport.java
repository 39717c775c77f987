package dev.croft.ui.changes;

import static dev.croft.ui.support.Texts.inContext;
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
import dev.croft.hostlink.HostCommand.NameChanges;
import dev.croft.hostlink.HostCommand.PortChanges;
import dev.croft.hostlink.HostCommand.Ports;
import dev.croft.kernel.AppName;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.DiffText;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.PackageList;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a reviewed change would do to the box, part by part. Parts in which nothing happens are named in one line. */
final class ReviewReport extends Div {

    private final List<String> unchanged = new ArrayList<>();
    private final List<String> unknown = new ArrayList<>();

    /**
     * @param apps names that have a page of their own
     * @param before state.json in force
     * @param after state.json as it would be
     */
    ReviewReport(Review review, Set<String> apps, String before, String after) {
        addClassNames("croft-stack", "croft-review-report");
        units(review.units(), apps);
        ports(review.ports());
        users(review.users());
        data(review);
        reboot(review);
        packages(review);
        room(review);
        quietParts();
        state(before, after);
        if (!review.toplevel().isEmpty()) {
            var path = new Panel(t("What was reviewed"))
                    .with(
                            new Paragraph(
                                    t(
                                            "Apply builds this system and no other. If it would come out different, nothing is changed.")),
                            new Facts().code(t("System"), review.toplevel()));
            path.setId("review-path");
            add(path);
        }
    }

    private void units(Review.Units units, Set<String> apps) {
        if (units.isEmpty()) {
            unchanged.add(inContext("part of a review", "units"));
            return;
        }
        var body = new Div();
        body.addClassName("croft-unit-groups");
        group(body, "stop", t("Stop"), units.stop(), apps);
        group(body, "restart", t("Restart"), units.restart(), apps);
        group(body, "reload", t("Reload"), units.reload(), apps);
        group(body, "start", t("Start"), units.start(), apps);
        add(panel("review-units", t("Units"), body));
    }

    private static void group(Div body, String kind, String verb, List<String> units, Set<String> apps) {
        if (units.isEmpty()) {
            return;
        }
        var list = new UnorderedList();
        for (String unit : units.stream().sorted().toList()) {
            var item = new ListItem();
            String app = appOf(unit);
            if (apps.contains(app)) {
                item.add(new Anchor(Links.app(new AppName(app)), app));
            }
            item.add(Facts.code(unit));
            list.add(item);
        }
        var group = new Div(new H3(verb + " " + units.size()), list);
        group.getElement().setAttribute("data-kind", kind);
        body.add(group);
    }

    /** The app of croft-app-NAME.service; empty for any other unit. */
    private static String appOf(String unit) {
        return unit.startsWith("croft-app-") && unit.endsWith(".service")
                ? unit.substring("croft-app-".length(), unit.length() - ".service".length())
                : "";
    }

    private void ports(@Nullable PortChanges ports) {
        if (ports == null) {
            unknown.add(inContext("part of a review", "ports"));
            return;
        }
        if (ports.opened().isEmpty() && ports.closed().isEmpty()) {
            unchanged.add(inContext("part of a review", "ports"));
            return;
        }
        var list = new UnorderedList();
        list.addClassName("croft-ports");
        ports.opened().forEach(port -> list.add(port("opened", port, t("opens to everybody who reaches the box"))));
        ports.closed().forEach(port -> list.add(port("closed", port, t("closes"))));
        add(panel("review-ports", t("Ports"), list));
    }

    private static ListItem port(String kind, Ports port, String words) {
        var number = new Span(Words.port(port));
        number.addClassName("croft-code");
        var item = new ListItem(number, new Span(words));
        item.getElement().setAttribute("data-kind", kind);
        item.getElement().setAttribute("data-port", Words.port(port));
        return item;
    }

    private void users(@Nullable NameChanges users) {
        if (users == null) {
            unknown.add(inContext("part of a review", "users"));
            return;
        }
        if (users.added().isEmpty()
                && users.removed().isEmpty()
                && users.changed().isEmpty()) {
            unchanged.add(inContext("part of a review", "users"));
            return;
        }
        var list = new UnorderedList();
        list.addClassName("croft-changes");
        users.added().forEach(name -> list.add(user("added", "+", name, t("may sign in from then on"))));
        users.removed().forEach(name -> list.add(user("removed", "−", name, t("is removed"))));
        users.changed().forEach(name -> list.add(user("changed", "~", name, t("has other keys or groups"))));
        add(panel("review-users", t("Users"), list));
    }

    private static ListItem user(String kind, String sign, String name, String words) {
        var mark = new Span(sign);
        mark.addClassName("croft-change-mark");
        mark.getElement().setAttribute("aria-hidden", "true");
        var who = new Span(name);
        who.addClassName("croft-row-title");
        var item = new ListItem(mark, who, new Span(words));
        item.getElement().setAttribute("data-kind", kind);
        return item;
    }

    private void data(Review review) {
        Map<String, Review.DataCopy> copies = new TreeMap<>();
        review.data().forEach(copy -> copies.put(copy.app(), copy));
        var concerned = new TreeSet<>(copies.keySet());
        concerned.addAll(review.migrations());
        if (concerned.isEmpty()) {
            unchanged.add(inContext("part of a review", "data"));
            return;
        }
        add(panel(
                "review-data",
                t("Data"),
                concerned.stream()
                        .map(app -> new BeforeStart(
                                app, copies.get(app), review.migrations().contains(app)))
                        .toArray(Component[]::new)));
    }

    private void reboot(Review review) {
        if (!review.reboot()) {
            unchanged.add(inContext("part of a review", "kernel"));
            return;
        }
        var list = new UnorderedList();
        review.rebootWhy().forEach(why -> list.add(new ListItem(partOfTheBoot(why))));
        var panel = panel(
                "review-reboot",
                t("Restart of the box"),
                new Paragraph(
                        t(
                                "Parts of the change come into force when the box is restarted. Croft does not restart it by itself.")),
                list);
        panel.getElement().setAttribute("data-tone", "warn");
        add(panel);
    }

    /** In the words of the protocol; an older or newer box may have others. */
    private static String partOfTheBoot(String changed) {
        return switch (changed) {
            case "kernel" -> inContext("part of a review", "kernel");
            case "initial file system" -> t("initial file system");
            case "kernel modules" -> t("kernel modules");
            case "kernel parameters" -> t("kernel parameters");
            case "systemd's init interface" -> t("systemd's init interface");
            default -> changed;
        };
    }

    private void packages(Review review) {
        if (review.packages().isEmpty()) {
            unchanged.add(inContext("part of a review", "packages"));
            return;
        }
        add(panel("review-packages", t("Packages"), new PackageList(review.packages())));
    }

    private void room(Review review) {
        var body = new Div();
        body.addClassName("croft-rooms");
        if (review.bytesNeeded() != null && review.bytesFree() != null) {
            body.add(bar(t("Disk"), review.bytesNeeded(), review.bytesFree()));
        }
        if (review.boot() != null) {
            body.add(bar("/boot", review.boot().bytesNeeded(), review.boot().bytesFree()));
        }
        if (body.getComponentCount() == 0) {
            unknown.add(t("room on the disk"));
            return;
        }
        add(panel("review-room", t("Room"), body));
    }

    private static Component bar(String name, long needed, long free) {
        double share = free <= 0 ? 100 : Math.min(100, 100.0 * needed / free);
        var fill = new Span();
        fill.getStyle().set("--croft-share", String.format(Locale.ROOT, "%.1f%%", share));
        var bar = new Div(fill);
        bar.addClassName("croft-room-bar");
        bar.getElement().setAttribute("aria-hidden", "true");
        String words = needed > free
                ? t("{0} needed, but only {1} free", Words.bytes(needed), Words.bytes(free))
                : t("{0} of {1} that are free", Words.bytes(needed), Words.bytes(free));
        var title = new Span(name);
        title.addClassName("croft-row-title");
        var row = new Div(title, new Span(words), bar);
        row.addClassName("croft-room");
        row.getElement().setAttribute("data-tone", needed > free ? "bad" : share > 80 ? "warn" : "ok");
        return row;
    }

    private void quietParts() {
        var words = new ArrayList<String>();
        if (!unchanged.isEmpty()) {
            words.add(t("Unchanged: {0}.", String.join(", ", unchanged)));
        }
        if (!unknown.isEmpty()) {
            words.add(t("Not known: {0} (the box does not say).", String.join(", ", unknown)));
        }
        if (!words.isEmpty()) {
            var line = new Paragraph(String.join(" ", words));
            line.addClassName("croft-hint");
            line.setId("review-unchanged");
            add(line);
        }
    }

    private void state(String before, String after) {
        if (before.equals(after)) {
            return;
        }
        var diff = new DiffText();
        diff.show(before, after);
        var details = new NativeDetails(new Span(t("state.json, line by line")), diff);
        details.addClassName("croft-more");
        details.setId("review-state");
        add(details);
    }

    private static Panel panel(String id, String title, Component... content) {
        var panel = new Panel(title).with(content);
        panel.setId(id);
        return panel;
    }

    /** "2 restart, 1 stop": for the summary. */
    static String unitWords(Review.Units units) {
        return Stream.of(
                        units.stop().isEmpty()
                                ? ""
                                : t("{0, number} stop", units.stop().size()),
                        units.restart().isEmpty()
                                ? ""
                                : t("{0, number} restart", units.restart().size()),
                        units.reload().isEmpty()
                                ? ""
                                : t("{0, number} reload", units.reload().size()),
                        units.start().isEmpty()
                                ? ""
                                : t("{0, number} start", units.start().size()))
                .filter(each -> !each.isEmpty())
                .collect(Collectors.joining(", "));
    }
}
