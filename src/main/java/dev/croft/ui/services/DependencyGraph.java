package dev.croft.ui.services;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.HasStyle;
import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.Text;
import com.vaadin.flow.component.dependency.JsModule;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.internal.JacksonUtils;
import dev.croft.kernel.AppName;
import dev.croft.kernel.Problem;
import dev.croft.services.Dependency;
import dev.croft.services.Dependency.Dependant;
import dev.croft.services.Dependency.Kind;
import dev.croft.services.Dependency.Standing;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.Tone;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;

/**
 * What starts after what, from left to right. Each box is an entry of a list that says in words what its lines mean, so the lines are for
 * the eye alone; where there is no room for columns, the words are what is left.
 */
public final class DependencyGraph extends Div {

    /** The lines, drawn by the browser between the boxes beside it. */
    @Tag("croft-graph-lines")
    @JsModule("./croft/graph-lines.ts")
    private static final class Lines extends Component implements HasStyle {

        void between(ArrayNode edges) {
            getElement().setAttribute("edges", edges.toString());
        }
    }

    private static final Pattern OF_AN_APP =
            Pattern.compile("(redis-croft|croft-postgresql|croft-mysql|croft-migrate)-(.+)\\.service");

    private final Div notes = new Div();
    private final Div columns = new Div();
    private final Lines lines = new Lines();
    private @Nullable List<Dependency> shown;

    public DependencyGraph() {
        addClassName("croft-stack");
        notes.getElement().setAttribute("role", "status");
        notes.addClassName("croft-stack");
        columns.addClassName("croft-graph");
        lines.getElement().setAttribute("aria-hidden", "true");
        add(notes, columns);
    }

    /** @param all as the box says, or with nothing in it */
    public void show(List<Dependency> all) {
        if (all.equals(shown)) {
            return;
        }
        shown = all;
        notes.removeAll();
        all.stream()
                .filter(Dependency::isDown)
                .forEach(each -> consequence(each).ifPresent(notes::add));
        columns.removeAll();
        columns.add(lines);
        column(
                t("Servers"),
                all.stream().filter(each -> each.kind() == Kind.SERVER).toList(),
                all);
        column(
                t("Before the app"),
                all.stream().filter(each -> each.kind() == Kind.STEP).toList(),
                all);
        apps(all);
        lines.between(edges(all));
    }

    /** The same for one app: what it starts after, itself or by way of a step. */
    public void show(List<Dependency> all, AppName app) {
        show(all.stream()
                .filter(each -> each.concerns(app))
                .map(each -> new Dependency(
                        each.unit(),
                        each.label(),
                        each.kind(),
                        each.standing(),
                        each.since(),
                        each.after(),
                        each.apps().stream()
                                .filter(one -> one.app().equals(app))
                                .toList()))
                .toList());
    }

    private static Optional<Component> consequence(Dependency down) {
        String what = label(down);
        var words =
                new Span(down.standing() == Standing.FAILED ? t("{0} has failed.", what) : t("{0} is stopped.", what));
        if (!down.falling().isEmpty()) {
            words.add(new Text(" "), rich("It takes these apps along: {0}.", links(down.falling())));
        }
        if (!down.without().isEmpty()) {
            words.add(
                    new Text(" "),
                    rich(
                            "{0, plural, one {This app goes on without it: {1}.} other {These go on without it: {1}.}}",
                            down.without().size(), links(down.without())));
        }
        if (down.apps().isEmpty()) {
            return Optional.empty();
        }
        var note = new Div(Icons.of("alert"), words);
        note.addClassNames("croft-note", "croft-note-warn");
        note.getElement().setAttribute("data-down", down.unit());
        return Optional.of(note);
    }

    private static Component links(List<AppName> apps) {
        var last = new Anchor(Links.app(apps.getLast()), apps.getLast().value());
        if (apps.size() == 1) {
            return last;
        }
        var others = new Span();
        for (AppName each : apps.subList(0, apps.size() - 1)) {
            if (others.getChildren().findAny().isPresent()) {
                others.add(new Text(", "));
            }
            others.add(new Anchor(Links.app(each), each.value()));
        }
        return rich("{0} and {1}", others, last);
    }

    private void column(String title, List<Dependency> some, List<Dependency> all) {
        if (some.isEmpty()) {
            return;
        }
        var list = new UnorderedList();
        for (Dependency each : some) {
            var words = new ArrayList<String>();
            if (!each.after().isEmpty()) {
                words.add(t(
                        "starts after {0}",
                        all.stream()
                                .filter(other -> each.after().contains(other.unit()))
                                .map(DependencyGraph::label)
                                .collect(Collectors.joining(", "))));
            }
            if (each.apps().isEmpty()) {
                words.add(t("no app that runs starts after it"));
            }
            if (!each.falling().isEmpty()) {
                words.add(t(
                        "{0, plural, one {{1} stops with it} other {{1} stop with it}}",
                        each.falling().size(), names(each.falling())));
            }
            if (!each.without().isEmpty() && each.kind() == Kind.SERVER) {
                words.add(t(
                        "{0, plural, one {{1} goes on without it} other {{1} go on without it}}",
                        each.without().size(), names(each.without())));
            }
            String page = switch (each.unit()) {
                case "postgresql.service" -> Links.service("postgresql");
                case "mysql.service" -> Links.service("mysql");
                default -> "";
            };
            list.add(box(each.unit(), label(each), page, each.standing(), words));
        }
        columns.add(titled(title, list));
    }

    private void apps(List<Dependency> all) {
        Map<AppName, Standing> standings = new TreeMap<>();
        Map<AppName, List<String>> after = new TreeMap<>();
        for (Dependency each : all) {
            for (Dependant dependant : each.apps()) {
                standings.put(dependant.app(), dependant.standing());
                after.computeIfAbsent(dependant.app(), unused -> new ArrayList<>())
                        .add(label(each));
            }
        }
        if (standings.isEmpty()) {
            return;
        }
        var list = new UnorderedList();
        standings.forEach((app, standing) -> list.add(box(
                unit(app),
                app.value(),
                Links.app(app),
                standing,
                List.of(t("starts after {0}", String.join(", ", after.getOrDefault(app, List.of())))))));
        columns.add(titled(t("Apps"), list));
    }

    /** Of Croft's own units in the reader's words; another one as the box describes it. */
    private static String label(Dependency each) {
        Matcher own = OF_AN_APP.matcher(each.unit());
        if (!own.matches()) {
            return each.label();
        }
        String app = own.group(2);
        return switch (own.group(1)) {
            case "redis-croft" -> t("Redis of {0}", app);
            case "croft-postgresql" -> t("PostgreSQL database of {0}", app);
            case "croft-mysql" -> t("MariaDB database of {0}", app);
            default -> t("Migration of {0}", app);
        };
    }

    private static String unit(AppName app) {
        return "croft-app-" + app + ".service";
    }

    private static Component titled(String title, UnorderedList list) {
        var column = new Div(new H3(title), list);
        column.addClassName("croft-graph-column");
        return column;
    }

    private static ListItem box(String unit, String label, String page, Standing standing, List<String> words) {
        var title = new Div(page.isEmpty() ? new Span(label) : new Anchor(page, label));
        title.addClassName("croft-row-title");
        var item = new ListItem(title, status(standing));
        if (!words.isEmpty()) {
            var under = new Paragraph(String.join("; ", words));
            under.addClassName("croft-graph-words");
            item.add(under);
        }
        item.getElement().setAttribute("data-unit", unit);
        return item;
    }

    private static StatusText status(Standing standing) {
        return switch (standing) {
            case RUNS -> new StatusText(Tone.OK, t("Runs"));
            case STARTING -> new StatusText(Tone.BUSY, t("Starting"));
            case STOPPED -> new StatusText(Tone.IDLE, t("Stopped"));
            case FAILED -> new StatusText(Tone.BAD, t("Failed"));
            case DONE -> new StatusText(Tone.OK, t("Done"));
            case WANTED -> new StatusText(Tone.WARN, t("Not on the box yet"));
            case UNKNOWN -> new StatusText(Tone.IDLE, t("Not known"));
        };
    }

    private static String names(List<AppName> apps) {
        List<String> names = apps.stream().map(AppName::value).toList();
        return names.size() < 2
                ? String.join("", names)
                : t("{0} and {1}", String.join(", ", names.subList(0, names.size() - 1)), names.getLast());
    }

    /** [from, to, 1 when the one cannot be without the other]; a line that another way says as well is left out. */
    private static ArrayNode edges(List<Dependency> all) {
        ArrayNode edges = JacksonUtils.createArrayNode();
        Map<String, Dependency> byUnit = all.stream().collect(Collectors.toMap(Dependency::unit, each -> each));
        for (Dependency each : all) {
            for (String before : each.after()) {
                if (byUnit.containsKey(before) && each.kind() == Kind.STEP) {
                    edge(edges, before, each.unit(), true);
                }
            }
            for (Dependant dependant : each.apps()) {
                boolean byAStep = all.stream()
                        .anyMatch(step -> step.kind() == Kind.STEP
                                && step.after().contains(each.unit())
                                && step.apps().stream()
                                        .anyMatch(one -> one.app().equals(dependant.app())));
                if (!byAStep) {
                    edge(edges, each.unit(), unit(dependant.app()), dependant.falls() || each.kind() == Kind.STEP);
                }
            }
        }
        return edges;
    }

    private static void edge(ArrayNode edges, String from, String to, boolean strong) {
        edges.addArray().add(from).add(to).add(strong ? 1 : 0);
    }

    /** In the place of the graph when the box's answer did not come. */
    public void refuse(Problem problem) {
        shown = null;
        notes.removeAll();
        notes.add(new ProblemPanel(problem));
        columns.removeAll();
    }
}
