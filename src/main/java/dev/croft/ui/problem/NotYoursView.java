package dev.croft.ui.problem;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Tag;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.router.BeforeEnterEvent;
import com.vaadin.flow.router.ErrorParameter;
import com.vaadin.flow.router.HasDynamicTitle;
import com.vaadin.flow.router.HasErrorParameter;
import com.vaadin.flow.router.ParentLayout;
import com.vaadin.flow.server.auth.AnonymousAllowed;
import dev.croft.ui.shell.Links;
import dev.croft.ui.shell.MainLayout;
import dev.croft.ui.shell.NotYoursException;
import dev.croft.ui.support.Actions;
import dev.croft.ui.support.EmptyState;
import jakarta.servlet.http.HttpServletResponse;

/** A page that is there, but for others. */
@Tag(Tag.DIV)
@ParentLayout(MainLayout.class)
@AnonymousAllowed
class NotYoursView extends Div implements HasErrorParameter<NotYoursException>, HasDynamicTitle {

    NotYoursView() {
        addClassName("croft-page");
        add(new EmptyState(
                "shield",
                t("Your role is not enough for this page"),
                t(
                        "An administrator of this console can give you more (Settings → People). What you may do now is on your settings page."),
                Actions.link(t("See what you may do"), "settings", Links.SETTINGS, true)));
    }

    @Override
    public String getPageTitle() {
        return t("Not allowed") + " · Croft";
    }

    @Override
    public int setErrorParameter(BeforeEnterEvent event, ErrorParameter<NotYoursException> parameter) {
        return HttpServletResponse.SC_FORBIDDEN;
    }
}
