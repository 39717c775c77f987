package dev.croft.ui.problem;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.ErrorParameter;
import com.vaadin.flow.router.HasErrorParameter;
import com.vaadin.flow.router.ParentLayout;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import dev.croft.kernel.Problem;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.MainLayout;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.Page;
import dev.croft.ui.support.Problems;
import jakarta.servlet.http.HttpServletResponse;

/** A page that could not be shown: the problem, in the words all problems have. */
@ParentLayout(MainLayout.class)
@AnonymousAllowed
class FailureView extends Page implements HasErrorParameter<Exception> {

    FailureView() {
        super(t("This page could not be shown"));
    }

    @Override
    public int setErrorParameter(BeforeEnterEvent event, ErrorParameter<Exception> parameter) {
        Problem problem = Problems.of(parameter.getCaughtException());
        show(problem, Actions.link(t("Go home"), "home", Links.HOME, false));
        return switch (problem.code()) {
            case NOT_FOUND, INVALID_INPUT -> HttpServletResponse.SC_NOT_FOUND;
            case NOT_ALLOWED -> HttpServletResponse.SC_FORBIDDEN;
            default -> HttpServletResponse.SC_INTERNAL_SERVER_ERROR;
        };
    }
}
