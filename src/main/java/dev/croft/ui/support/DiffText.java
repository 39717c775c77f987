package dev.croft.ui.support;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import java.util.ArrayList;
import java.util.List;

/** Two texts, line by line: what goes, what comes. */
public final class DiffText extends Div {

    /** Lines around a change that stay in sight. */
    private static final int CONTEXT = 2;

    /** 16 MB of integers. */
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

    /**
     * What both texts begin and end with needs no search; between that, the longest common subsequence. Texts that differ all over
     * are shown as two: their table would not fit into memory.
     */
    static List<Line> compare(List<String> before, List<String> after) {
        int same = 0;
        int shorter = Math.min(before.size(), after.size());
        while (same < shorter && before.get(same).equals(after.get(same))) {
            same++;
        }
        int end = 0;
        while (end < shorter - same && before.get(before.size() - 1 - end).equals(after.get(after.size() - 1 - end))) {
            end++;
        }
        var lines = new ArrayList<Line>();
        before.subList(0, same).forEach(line -> lines.add(new Line(Kind.SAME, line)));
        search(before.subList(same, before.size() - end), after.subList(same, after.size() - end), lines);
        before.subList(before.size() - end, before.size()).forEach(line -> lines.add(new Line(Kind.SAME, line)));
        return lines;
    }

    private static void search(List<String> before, List<String> after, List<Line> lines) {
        if ((long) before.size() * after.size() > MOST_CELLS) {
            before.forEach(line -> lines.add(new Line(Kind.REMOVED, line)));
            after.forEach(line -> lines.add(new Line(Kind.ADDED, line)));
            return;
        }
        int[][] common = new int[before.size() + 1][after.size() + 1];
        for (int i = before.size() - 1; i >= 0; i--) {
            for (int j = after.size() - 1; j >= 0; j--) {
                common[i][j] = before.get(i).equals(after.get(j))
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
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
