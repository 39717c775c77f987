package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H1;
import com.vaadin.flow.component.html.Header;
import com.vaadin.flow.component.html.Nav;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.router.HasDynamicTitle;
import dev.croft.kernel.Problem;

/** A page: way back, title, what can be done here, a place for problems, content. */
public abstract class Page extends Div implements HasDynamicTitle {

    private final H1 title = new H1();
    private final Div under = new Div();
    private final Div actions = new Div();
    private final Nav trail = new Nav();
    private final Div content = new Div();
    private final ProblemPanel problem = new ProblemPanel();

    protected Page(String titleText) {
        addClassName("croft-page");
        trail.addClassName("croft-trail");
        trail.setAriaLabel(t("Where you are"));
        trail.setVisible(false);
        under.addClassName("croft-under");
        actions.addClassNames("croft-actions", "croft-page-actions");
        var words = new Div(title, under);
        words.addClassName("croft-page-words");
        var header = new Header(trail, words, actions);
        header.addClassName("croft-page-header");
        content.addClassName("croft-page-content");
        super.add(header, problem, content);
        title(titleText);
    }

    protected final void title(String text) {
        title.setText(text);
    }

    protected final void under(Component... components) {
        under.removeAll();
        under.add(components);
    }

    protected final void under(String text) {
        under(new Span(text));
    }

    protected final void actions(Component... components) {
        actions.removeAll();
        actions.add(components);
    }

    protected final void backTo(String label, String path) {
        trail.removeAll();
        trail.add(new Anchor(path, label));
        trail.setVisible(true);
    }

    /** The page is where a way begins: there is none back. */
    protected final void nowhere() {
        trail.setVisible(false);
    }

    protected final void content(Component... components) {
        content.removeAll();
        content.add(components);
    }

    protected final void show(Problem it) {
        problem.show(it);
    }

    protected final void show(Problem it, Component... then) {
        problem.show(it, then);
    }

    protected final void clearProblem() {
        problem.clear();
    }

    @Override
    public String getPageTitle() {
        return title.getText() + " · Croft";
    }
}
