package dev.croft.ui.proofs;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.dialog.Dialog;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.OrderedList;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import dev.croft.proofs.Closure.Part;
import dev.croft.ui.support.Facts;
import dev.croft.ui.support.Words;
import java.util.List;

/** Why a part is there: who needs it, from what is asked for down to it. */
final class WayDialog extends Dialog {

    WayDialog(String owner, Part part, List<List<Part>> ways) {
        setHeaderTitle(t("Why {0} is here", part.name()));
        addClassNames("croft-dialog", "croft-ways");
        setId("ways");
        var body = new Div();
        body.addClassNames("croft-dialog-body", "croft-stack");
        body.add(new Facts()
                .fact(t("Path"), Facts.code("/nix/store/" + part.path()))
                .fact(t("Size"), Words.bytes(part.bytes()))
                .fact(t("With all that it needs"), Words.bytes(part.closureBytes())));
        body.add(new Paragraph(
                t("{0, plural, one {There is one way to it:} other {Ways to it, the shortest first:}}", ways.size())));
        for (List<Part> way : ways) {
            var chain = new OrderedList();
            chain.addClassName("croft-way");
            chain.add(new ListItem(owner));
            for (Part step : way) {
                var item = new ListItem();
                item.add(new Span(step.version().isEmpty() ? step.name() : step.name() + " " + step.version()));
                item.setTitle("/nix/store/" + step.path());
                if (step.equals(part)) {
                    item.addClassName("croft-way-end");
                }
                chain.add(item);
            }
            body.add(chain);
        }
        add(body);
        var close = new Button(t("Close"), click -> close());
        close.setId("ways-close");
        close.addThemeVariants(ButtonVariant.PRIMARY);
        getFooter().add(close);
    }
}
