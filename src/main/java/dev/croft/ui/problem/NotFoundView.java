package dev.croft.ui.problem;

import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.ErrorParameter;
import com.vaadin.flow.router.HasErrorParameter;
import com.vaadin.flow.router.NotFoundException;
import com.vaadin.flow.router.PageTitle;
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
@PageTitle("Not found · Croft")
@AnonymousAllowed
class NotFoundView extends Div implements HasErrorParameter<NotFoundException> {

    NotFoundView() {
        addClassName("croft-page");
        add(new EmptyState(
                "search",
                "There is no such page",
                "The address may be mistyped, or what it showed is gone.",
                Actions.link("Go home", "home", Links.HOME, true)));
    }

    @Override
    public int setErrorParameter(BeforeEnterEvent event, ErrorParameter<NotFoundException> parameter) {
        return HttpServletResponse.SC_NOT_FOUND;
    }
}
