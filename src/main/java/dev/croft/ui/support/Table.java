package dev.croft.ui.support;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeTable;
import com.vaadin.flow.component.html.NativeTableCell;
import com.vaadin.flow.component.html.NativeTableHeaderCell;
import com.vaadin.flow.component.html.NativeTableRow;
import com.vaadin.flow.component.html.Span;
import java.util.List;

/** Rows under headings; wider than the page it scrolls sideways, by keyboard too. On a phone, rows with buttons are blocks instead. */
public final class Table extends Div {

    private final NativeTable table = new NativeTable();
    private final List<String> headings;

    public Table(String label, List<String> headings) {
        this.headings = List.copyOf(headings);
        addClassName("croft-table-frame");
        getElement().setAttribute("role", "region");
        getElement().setAttribute("tabindex", "0");
        getElement().setAttribute("aria-label", label);
        table.addClassName("croft-table");
        var head = new NativeTableRow();
        headings.forEach(heading -> head.add(new NativeTableHeaderCell(heading)));
        table.getHead().add(head);
        add(table);
    }

    /** Where it is too narrow for it, each row stands as a block, as rows with buttons do by themselves; others are scrolled. */
    public Table stacked() {
        addClassName("croft-stacked");
        return this;
    }

    public NativeTableRow row(Component... cells) {
        var row = new NativeTableRow();
        for (int i = 0; i < cells.length; i++) {
            var cell = new NativeTableCell(cells[i]);
            // Its heading, for the style sheet, where the row is a block.
            cell.getElement().setAttribute("data-heading", headings.get(i));
            row.add(cell);
        }
        table.getBody().add(row);
        return row;
    }

    public static Span text(String words) {
        return new Span(words);
    }
}
