package dev.croft.ui.support;

import com.vaadin.flow.component.ComponentUtil;
import com.vaadin.flow.component.UI;
import com.vaadin.flow.server.ServiceInitEvent;
import com.vaadin.flow.server.VaadinServiceInitListener;
import com.vaadin.flow.server.VaadinServletRequest;
import java.net.URI;
import org.springframework.stereotype.Component;

/**
 * Where the browser of a page found the console, also behind a proxy that proved itself. Kept with the page: what is pushed to it later
 * belongs to no request.
 */
@Component
public class ConsoleAddress implements VaadinServiceInitListener {

    private record Found(URI address) {}

    @Override
    public void serviceInit(ServiceInitEvent event) {
        event.getSource().addUIInitListener(init -> of(init.getUI()));
    }

    /** Without a slash at the end; empty when nobody asked for the page. */
    public static URI of(UI ui) {
        Found found = ComponentUtil.getData(ui, Found.class);
        if (found == null) {
            VaadinServletRequest request = VaadinServletRequest.getCurrent();
            if (request == null) {
                return URI.create("");
            }
            URI asked =
                    URI.create(request.getHttpServletRequest().getRequestURL().toString());
            found = new Found(URI.create(asked.getScheme() + "://" + asked.getAuthority() + request.getContextPath()));
            ComponentUtil.setData(ui, Found.class, found);
        }
        return found.address();
    }
}
