package dev.croft.ui.problem;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.UI;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.notification.Notification;
import com.vaadin.flow.server.CustomizedSystemMessages;
import com.vaadin.flow.server.ErrorEvent;
import com.vaadin.flow.server.ServiceInitEvent;
import com.vaadin.flow.server.VaadinServiceInitListener;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.Problems;
import dev.croft.ui.support.Texts;
import org.springframework.stereotype.Component;

/** What a click throws that nobody caught becomes a problem on the page, never a stack trace. */
@Component
class LastResort implements VaadinServiceInitListener {

    @Override
    public void serviceInit(ServiceInitEvent event) {
        event.getSource().addSessionInitListener(session -> session.getSession().setErrorHandler(LastResort::tell));
        event.getSource().setSystemMessagesProvider(info -> {
            var messages = new CustomizedSystemMessages();
            // an ended session leads to the sign-in page without a box to click away
            messages.setSessionExpiredNotificationEnabled(false);
            messages.setInternalErrorCaption(Texts.in(info.getLocale(), "Something went wrong in the console"));
            messages.setInternalErrorMessage(Texts.in(
                    info.getLocale(), "Press Esc or click here to load the page again. What runs on the box goes on."));
            return messages;
        });
        event.getSource().addUIInitListener(init -> {
            var reconnect = init.getUI().getReconnectDialogConfiguration();
            reconnect.setDialogText(t("The console does not answer. What runs on the box goes on. Trying again …"));
            reconnect.setDialogTextGaveUp(t("The console does not answer. What runs on the box goes on."));
            reconnect.setReconnectAttempts(10_000);
        });
    }

    private static void tell(ErrorEvent event) {
        var problem = Problems.of(event.getThrowable());
        UI ui = UI.getCurrent();
        if (ui == null) {
            return;
        }
        ui.access(() -> {
            var notification = new Notification();
            notification.setDuration(0);
            notification.setPosition(Notification.Position.BOTTOM_END);
            var close = new Button(t("Close"), click -> notification.close());
            notification.add(new Div(new ProblemPanel(problem), close));
            notification.open();
        });
    }
}
