package dev.croft.ui.problem;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.ErrorParameter;
import com.vaadin.flow.router.HasDynamicTitle;
import com.vaadin.flow.router.HasErrorParameter;
import com.vaadin.flow.router.NotFoundException;
import com.vaadin.flow.router.ParentLayout;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.MainLayout;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.EmptyState;
import jakarta.servlet.http.HttpServletResponse;

/** An address that leads nowhere. */
@Tag(Tag.DIV)
@ParentLayout(MainLayout.class)
@AnonymousAllowed
class NotFoundView extends Div implements HasErrorParameter<NotFoundException>, HasDynamicTitle {

    NotFoundView() {
        addClassName("croft-page");
        add(new EmptyState(
                "search",
                t("There is no such page"),
                t("The address may be mistyped, or what it showed is gone."),
                Actions.link(t("Go home"), "home", Links.HOME, true)));
    }

    @Override
    public String getPageTitle() {
        return t("Not found") + " · Croft";
    }

    @Override
    public int setErrorParameter(BeforeEnterEvent event, ErrorParameter<NotFoundException> parameter) {
        return HttpServletResponse.SC_NOT_FOUND;
    }
}
