package dev.croft.ui.host;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Section;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.hostlink.HostCommand.Check;
import dev.croft.kernel.HostName;
import dev.croft.maintenance.Contracts;
import dev.croft.maintenance.Contracts.Contract;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.BoxWords;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Icons;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.StatusText;
import dev.croft.ui.support.TimeText;
import dev.croft.ui.support.Tone;
import dev.croft.ui.support.Words;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What Croft needs on a box, group by group: what was found, what is wanted and why, and what mends it. A click on a fix edits the draft
 * of the box's settings; nothing happens on the box before that is applied.
 */
public final class ContractPanel extends Div {

    private static final List<String> ORDER = List.of("machine", "kernel", "nix", "system", "storage", "network");

    private final HostName host;
    private final Contracts contracts;
    private final Background background;
    private final boolean mayAdminister;
    private final Runnable onFixed;
    private final Div summary = new Div();
    private final Div groups = new Div();
    private final ProblemPanel problem = new ProblemPanel();
    private final Button check = new Button(t("Check again"), Icons.of("restart"));
    /** Checks whose fix stands in the draft by a click on this page. */
    private final Set<String> drafted = new HashSet<>();

    private @Nullable Contract shown;
    private boolean brief;
    /** What is fine, where that is not what the page is about. */
    private @Nullable NativeDetails rest;

    public ContractPanel(
            HostName host, Contracts contracts, Background background, boolean mayAdminister, Runnable onFixed) {
        this.host = host;
        this.contracts = contracts;
        this.background = background;
        this.mayAdminister = mayAdminister;
        this.onFixed = onFixed;
        addClassName("croft-contract");
        check.setId("contract-check");
        check.addThemeVariants(ButtonVariant.SMALL);
        check.addClickListener(click -> ask());
        summary.addClassName("croft-contract-summary");
        summary.setId("contract-summary");
        summary.getElement().setAttribute("role", "status");
        groups.addClassName("croft-contract-groups");
        var head = new Div(summary, check);
        head.addClassName("croft-contract-head");
        add(head, problem, groups);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        // what was said at last at once; the box may take seconds
        background.call(
                this,
                () -> contracts.last(host),
                last -> {
                    last.ifPresent(this::render);
                    ask();
                },
                problem::show);
    }

    /** What fails stands alone, and the rest is folded away: for somebody who wants to go on. */
    public ContractPanel brief() {
        brief = true;
        return this;
    }

    /** None of them is in the draft any more. */
    public void forgetFixes() {
        drafted.clear();
        if (shown != null) {
            render(shown);
        }
    }

    private void ask() {
        check.setEnabled(false);
        if (groups.getComponentCount() == 0) {
            summary.removeAll();
            summary.add(new StatusText(Tone.BUSY, t("Asking the box …")));
        }
        background.call(
                this,
                () -> contracts.check(host),
                found -> {
                    check.setEnabled(true);
                    problem.clear();
                    render(found);
                },
                refused -> {
                    check.setEnabled(true);
                    if (groups.getComponentCount() == 0) {
                        summary.removeAll();
                    }
                    problem.show(refused);
                });
    }

    private void render(Contract found) {
        shown = found;
        summary.removeAll();
        summary.add(verdict(found.checks()), seen(found));
        getElement().setAttribute("data-failing", String.valueOf(failing(found.checks())));
        groups.removeAll();
        if (brief) {
            List<Check> failing = found.checks().stream().filter(Check::fails).toList();
            List<Check> others =
                    found.checks().stream().filter(each -> !each.fails()).toList();
            if (!failing.isEmpty()) {
                groups.add(section(t("What could be better"), failing));
            }
            rest = folded(others, rest != null && rest.isOpen());
            groups.add(rest);
        } else {
            sections(found.checks()).forEach(groups::add);
        }
    }

    private NativeDetails folded(List<Check> checks, boolean open) {
        var inside = new Div();
        inside.addClassName("croft-contract-groups");
        sections(checks).forEach(inside::add);
        var folded = new NativeDetails(
                t("{0, plural, one {# more thing was looked at} other {# more things were looked at}}", checks.size()),
                inside);
        folded.setOpen(open);
        return folded;
    }

    private List<Section> sections(List<Check> checks) {
        Map<String, List<Check>> byGroup = new TreeMap<>(
                Comparator.<String>comparingInt(each -> ORDER.contains(each) ? ORDER.indexOf(each) : ORDER.size())
                        .thenComparing(Comparator.naturalOrder()));
        checks.forEach(each -> byGroup.computeIfAbsent(each.group(), unused -> new ArrayList<>())
                .add(each));
        return byGroup.entrySet().stream()
                .map(each -> section(title(each.getKey()), each.getValue()))
                .toList();
    }

    private static long failing(List<Check> checks) {
        return checks.stream().filter(Check::failsBadly).count();
    }

    /** The whole contract in one sentence. */
    public static StatusText verdict(List<Check> checks) {
        long bad = failing(checks);
        long weak = checks.stream().filter(Check::fails).count() - bad;
        if (bad > 0) {
            return new StatusText(
                    Tone.BAD,
                    t(
                            "{0, plural, one {# thing that Croft needs is missing} other {# things that Croft needs are missing}}",
                            bad));
        }
        if (weak > 0) {
            return new StatusText(
                    Tone.WARN,
                    t(
                            "{0, plural, one {Croft works here; # thing could be better} other {Croft works here; # things could be better}}",
                            weak));
        }
        long unknown = checks.stream().filter(each -> each.ok() == null).count();
        return unknown == 0
                ? new StatusText(Tone.OK, t("All {0, number} checks pass", checks.size()))
                : new StatusText(
                        Tone.OK,
                        t(
                                "{0, plural, one {# check passes} other {# checks pass}}; {1, plural, one {# is not known} other {# are not known}}",
                                checks.size() - unknown,
                                unknown));
    }

    private static Span seen(Contract found) {
        Span seen = rich("checked {0}", TimeText.ago(found.checkedAt()));
        seen.addClassName("croft-seen");
        return seen;
    }

    private Section section(String title, List<Check> checks) {
        var list = new UnorderedList();
        list.addClassNames("croft-rows", "croft-checks");
        checks.stream()
                .sorted(Comparator.comparing(Check::failsBadly)
                        .thenComparing(Check::fails)
                        .reversed())
                .map(this::row)
                .forEach(list::add);
        var section = new Section(new H3(title), list);
        section.setAriaLabel(title);
        section.addClassName("croft-contract-group");
        return section;
    }

    private ListItem row(Check each) {
        var name = new Span(name(each.id()));
        name.addClassName("croft-row-title");
        var first = new Div(name, mark(each));
        first.addClassName("croft-row-main");
        var under = new Div(new Span(each.found().isEmpty() ? t("nothing found") : BoxWords.of(each.found())));
        if (each.fails()) {
            under.add(new Span(t("wanted: {0}", BoxWords.of(each.wanted()))));
        }
        under.addClassName("croft-row-under");
        var words = new Div(first, under);
        words.addClassName("croft-row-words");
        var item = new ListItem(words);
        item.addClassName("croft-row");
        item.getElement().setAttribute("data-check", each.id());
        item.getElement().setAttribute("data-level", each.level());
        item.getElement().setAttribute("data-ok", String.valueOf(each.ok()));
        if (!each.fails()) {
            words.getElement().setAttribute("title", BoxWords.of(each.why()));
            return item;
        }
        var why = new Paragraph(BoxWords.of(each.why()));
        why.addClassName("croft-hint");
        words.add(why);
        if (each.next() != null) {
            words.add(new Paragraph(BoxWords.of(each.next())));
        }
        if (each.fix() != null) {
            item.add(fix(each, BoxWords.of(each.fix().label())));
        }
        return item;
    }

    private Div fix(Check each, String label) {
        var actions = new Div();
        actions.addClassName("croft-actions");
        if (drafted.contains(each.id())) {
            actions.add(new StatusText(Tone.OK, t("In the change that waits")));
        } else if (mayAdminister) {
            var button = new Button(label, Icons.of("check"));
            button.addThemeVariants(ButtonVariant.SMALL);
            button.addClassName("fix");
            button.setDisableOnClick(true);
            button.addClickListener(click -> background.run(
                    this,
                    () -> contracts.draftFix(host, each.id()),
                    () -> {
                        problem.clear();
                        drafted.add(each.id());
                        // the box's answer may have made all rows anew since the click
                        render(Objects.requireNonNull(shown));
                        onFixed.run();
                    },
                    refused -> {
                        button.setEnabled(true);
                        problem.show(refused);
                    }));
            actions.add(button);
        } else {
            actions.add(Facts.code(t("An administrator can: {0}", label)));
        }
        return actions;
    }

    private static String title(String group) {
        return switch (group) {
            case "machine" -> t("Machine");
            case "kernel" -> t("Kernel");
            case "nix" -> "Nix";
            case "system" -> t("System");
            case "network" -> t("Network");
            case "storage" -> t("Storage");
            default -> Words.capital(group);
        };
    }

    /** A check that this console does not know has its id for a name. */
    private static String name(String check) {
        return switch (check) {
            case "os" -> t("Operating system");
            case "virtualization" -> t("Virtualization");
            case "kvm" -> "KVM";
            case "memory" -> t("Memory");
            case "kernel" -> t("Kernel");
            case "ipv6" -> "IPv6";
            case "dns" -> "DNS";
            case "ports" -> t("Ports");
            case "psi" -> t("Pressure (PSI)");
            case "cgroup" -> t("cgroup v2");
            case "controllers" -> t("cgroup controllers");
            case "user-namespaces" -> t("User namespaces");
            case "nftables" -> "nftables";
            case "wireguard" -> t("WireGuard");
            case "boot" -> t("Room in /boot");
            case "boot-loader" -> t("Boot loader");
            case "disk" -> t("Disk");
            case "layout" -> t("Disk layout");
            case "flakes" -> t("Flakes");
            case "profile" -> t("Profile");
            case "trusted-users" -> t("Trusted users");
            case "sandbox-builds" -> t("Sandbox builds");
            case "nix" -> "Nix";
            case "substituters" -> t("Binary caches");
            case "flake" -> t("The box's flake");
            case "drift" -> t("Drift");
            case "systemd" -> "systemd";
            case "systemd-version" -> t("systemd version");
            case "journal" -> t("Journal");
            case "host-key" -> t("Host key");
            case "time" -> t("Time synchronisation");
            default -> Words.capital(check.replace('-', ' ').replace('.', ' '));
        };
    }

    private static StatusText mark(Check each) {
        if (each.ok() == null) {
            return new StatusText(Tone.IDLE, t("Not known"));
        }
        if (!each.fails()) {
            return new StatusText(Tone.OK, t("Fine"));
        }
        return switch (each.level()) {
            case Check.MUST -> new StatusText(Tone.BAD, t("Needed"));
            case Check.SHOULD -> new StatusText(Tone.WARN, t("Recommended"));
            default -> new StatusText(Tone.IDLE, t("Not there"));
        };
    }
}
