package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.html.UnorderedList;
import dev.croft.hostlink.HostCommand.DomainCheck;
import java.util.List;

/** Whether a domain would get its certificate: each thing that has to hold, and what to do where it does not. */
public final class DomainCheckList extends Div {

    public DomainCheckList(String domain, List<DomainCheck> results) {
        addClassName("croft-domain-checks");
        getElement().setAttribute("data-domain", domain);
        var list = new UnorderedList();
        list.addClassName("croft-rows");
        for (DomainCheck each : results) {
            var mark = new StatusText(tone(each), title(each.id()) + ": " + verdict(each));
            var why = new Span(BoxWords.of(each.why()));
            why.addClassName("croft-hint");
            var words = new Div(mark, why);
            words.addClassName("croft-row-words");
            if (!Boolean.TRUE.equals(each.ok())) {
                var found = new Span(t("Found {0}; wanted {1}.", orNothing(each.found()), orNothing(each.wanted())));
                found.addClassName("croft-hint");
                words.add(found);
            }
            var item = new ListItem(words);
            item.addClassName("croft-row");
            item.getElement().setAttribute("data-check", each.id());
            item.getElement().setAttribute("data-ok", String.valueOf(each.ok()));
            list.add(item);
        }
        add(new H3(domain), list);
    }

    private static Tone tone(DomainCheck check) {
        return check.ok() == null ? Tone.IDLE : check.ok() ? Tone.OK : Tone.BAD;
    }

    private static String verdict(DomainCheck check) {
        return check.ok() == null ? t("the box cannot know") : check.ok() ? t("fine") : t("not yet");
    }

    private static String orNothing(String text) {
        return text.isBlank() ? t("nothing") : BoxWords.of(text);
    }

    private static String title(String id) {
        return switch (id) {
            case "dns" -> t("Where the name leads");
            case "port-80" -> t("Port 80");
            case "port-443" -> t("Port 443");
            case "caa" -> t("Whom the zone allows");
            case "acme-server" -> t("The certificate authority");
            case "rate-limit" -> t("How many more this week");
            case "staging" -> t("A trial first");
            default -> id;
        };
    }
}
