package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Component;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.button.ButtonVariant;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.NativeDetails;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Pre;
import com.vaadin.flow.component.html.Span;
import dev.croft.kernel.Problem;
import java.util.Locale;

/** What did not happen, why, what to do now; and everything a helper would ask for, ready to copy. */
public final class ProblemPanel extends Div {

    public ProblemPanel() {
        addClassName("croft-problem");
        getElement().setAttribute("role", "alert");
        setVisible(false);
    }

    public ProblemPanel(Problem problem) {
        this();
        show(problem);
    }

    public void clear() {
        removeAll();
        setVisible(false);
    }

    public void show(Problem problem, Component... actions) {
        removeAll();
        getElement().setAttribute("data-code", problem.code().name());

        var text = new Div();
        text.addClassName("croft-problem-text");
        if (Texts.locale().equals(Locale.ENGLISH) || isOfThePage(problem)) {
            text.add(what(problem.what()), new Paragraph(problem.why()), next(problem.next()));
        } else {
            // by its code in the reader's language, and of this very case what was said in English
            String advice = ProblemWords.next(problem.code());
            var said = new Paragraph(problem.what() + " " + problem.why());
            said.getElement().setAttribute("lang", Locale.ENGLISH.getLanguage());
            Paragraph next = next(advice.isEmpty() ? problem.next() : advice);
            if (advice.isEmpty()) {
                next.getElement().setAttribute("lang", Locale.ENGLISH.getLanguage());
            }
            text.add(what(ProblemWords.title(problem.code())), said, next);
        }
        if (actions.length > 0) {
            var row = new Div(actions);
            row.addClassName("croft-actions");
            text.add(row);
        }
        text.add(details(problem));
        add(Icons.of("alert"), text);
        setVisible(true);
    }

    /** What a page finds itself it tells in the reader's language; a box and the use cases speak English. */
    private static boolean isOfThePage(Problem problem) {
        return Texts.isSaid(problem.what()) || Texts.isSaid(problem.next());
    }

    private static Paragraph what(String words) {
        var what = new Paragraph(words);
        what.addClassName("croft-problem-what");
        return what;
    }

    private static Paragraph next(String words) {
        var next = new Paragraph(words);
        next.addClassName("croft-problem-next");
        return next;
    }

    /** Opens the details at once: for pages whose whole purpose is to show what went wrong. */
    public void open() {
        getElement().executeJs("this.querySelector('details').open = true");
    }

    private static Component details(Problem problem) {
        String report = report(problem);
        var content = new Pre(report);
        content.getElement().setAttribute("tabindex", "0");
        var copy = new Button(t("Copy"), Icons.of("copy"));
        copy.addThemeVariants(ButtonVariant.SMALL);
        CopyButton.wire(copy, report);
        var summary = new Span(problem.detail() == null ? t("Details") : t("Details and log"));
        var details = new NativeDetails(summary, new Div(content, copy));
        details.addClassName("croft-problem-details");
        return details;
    }

    private static String report(Problem problem) {
        String text =
                problem.code() + "\nwhat: " + problem.what() + "\nwhy: " + problem.why() + "\nnext: " + problem.next();
        return problem.detail() == null ? text : text + "\n\n" + problem.detail();
    }
}
