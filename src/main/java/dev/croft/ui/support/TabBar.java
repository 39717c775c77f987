package dev.croft.ui.support;

import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Nav;
import java.util.LinkedHashMap;
import java.util.Map;

/** Pages of one thing, side by side. Links, so that each has an address of its own. */
public final class TabBar extends Nav {

    private final Map<String, Anchor> tabs = new LinkedHashMap<>();

    public TabBar(String label) {
        addClassName("croft-tabs");
        setAriaLabel(label);
    }

    public TabBar tab(String key, String label, String path) {
        var link = new Anchor(path, label);
        link.getElement().setAttribute("data-tab", key);
        tabs.put(key, link);
        add(link);
        return this;
    }

    public void select(String key) {
        tabs.forEach((each, link) -> {
            if (each.equals(key)) {
                link.getElement().setAttribute("aria-current", "page");
                // on a narrow screen the bar scrolls sideways; scrollIntoView would move the page as well
                link.getElement()
                        .executeJs(
                                "this.parentElement.scrollLeft = this.offsetLeft - this.parentElement.offsetLeft - 48");
            } else {
                link.getElement().removeAttribute("aria-current");
            }
        });
    }
}
