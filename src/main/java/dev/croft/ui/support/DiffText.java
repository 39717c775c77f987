package dev.croft.ui.support;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import java.util.ArrayList;
import java.util.List;

/** Two texts, line by line: what goes, what comes. */
public final class DiffText extends Div {

    /** Lines around a change that stay in sight. */
    private static final int CONTEXT = 2;

    /** Size of the table of the comparison; beyond it the changed part is shown as gone and come. */
    private static final long MOST_CELLS = 4_000_000;

    public DiffText() {
        addClassName("croft-diff");
        getElement().setAttribute("tabindex", "0");
    }

    public void show(String before, String after) {
        removeAll();
        List<Line> lines = compare(before.lines().toList(), after.lines().toList());
        boolean skipped = false;
        for (int i = 0; i < lines.size(); i++) {
            if (!nearChange(lines, i)) {
                skipped = true;
                continue;
            }
            if (skipped && getComponentCount() > 0) {
                add(row("skip", "⋯", ""));
            }
            skipped = false;
            Line line = lines.get(i);
            add(row(line.kind.name().toLowerCase(java.util.Locale.ROOT), line.kind.sign, line.text));
        }
    }

    private static Div row(String kind, String sign, String text) {
        var mark = new Span(sign);
        mark.addClassName("croft-diff-sign");
        var row = new Div(mark, new Span(text));
        row.getElement().setAttribute("data-kind", kind);
        return row;
    }

    private static boolean nearChange(List<Line> lines, int at) {
        for (int i = Math.max(0, at - CONTEXT); i <= Math.min(lines.size() - 1, at + CONTEXT); i++) {
            if (lines.get(i).kind != Kind.SAME) {
                return true;
            }
        }
        return false;
    }

    /** Longest common subsequence of what lies between the equal beginnings and ends; a whole state.json is long, its changes are short. */
    static List<Line> compare(List<String> before, List<String> after) {
        int head = 0;
        while (head < Math.min(before.size(), after.size()) && before.get(head).equals(after.get(head))) {
            head++;
        }
        int tail = 0;
        while (tail < Math.min(before.size(), after.size()) - head
                && before.get(before.size() - 1 - tail).equals(after.get(after.size() - 1 - tail))) {
            tail++;
        }
        var lines = new ArrayList<Line>();
        before.subList(0, head).forEach(line -> lines.add(new Line(Kind.SAME, line)));
        lines.addAll(
                compareAll(before.subList(head, before.size() - tail), after.subList(head, after.size() - tail)));
        before.subList(before.size() - tail, before.size()).forEach(line -> lines.add(new Line(Kind.SAME, line)));
        return lines;
    }

    private static List<Line> compareAll(List<String> before, List<String> after) {
        if ((long) before.size() * after.size() > MOST_CELLS) {
            var all = new ArrayList<Line>();
            before.forEach(line -> all.add(new Line(Kind.REMOVED, line)));
            after.forEach(line -> all.add(new Line(Kind.ADDED, line)));
            return all;
        }
        int[][] common = new int[before.size() + 1][after.size() + 1];
        for (int i = before.size() - 1; i >= 0; i--) {
            for (int j = after.size() - 1; j >= 0; j--) {
                common[i][j] = before.get(i).equals(after.get(j))
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        var lines = new ArrayList<Line>();
        int i = 0;
        int j = 0;
        while (i < before.size() || j < after.size()) {
            if (i < before.size() && j < after.size() && before.get(i).equals(after.get(j))) {
                lines.add(new Line(Kind.SAME, before.get(i++)));
                j++;
            } else if (j == after.size() || (i < before.size() && common[i + 1][j] >= common[i][j + 1])) {
                lines.add(new Line(Kind.REMOVED, before.get(i++)));
            } else {
                lines.add(new Line(Kind.ADDED, after.get(j++)));
            }
        }
        return lines;
    }

    record Line(Kind kind, String text) {}

    enum Kind {
        SAME(" "),
        REMOVED("−"),
        ADDED("+");

        private final String sign;

        Kind(String sign) {
            this.sign = sign;
        }
    }
}
