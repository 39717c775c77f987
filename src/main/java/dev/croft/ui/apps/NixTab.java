package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Pre;
import dev.croft.apps.App;
import dev.croft.desired.DesiredStates;
import dev.croft.desired.HostState;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.CopyButton;
import dev.croft.ui.support.Panel;
import dev.croft.ui.support.ProblemPanel;

/** For whoever wants to know: the app as data, the way the box's own modules read it. */
final class NixTab extends Div implements AppTab {

    private final HostName host;
    private final AppName name;
    private final DesiredStates desired;
    private final Background background;
    private final Panel panel = new Panel(t("In state.json"));

    private String shown = "";

    NixTab(HostName host, AppName name, DesiredStates desired, Background background) {
        this.host = host;
        this.name = name;
        this.desired = desired;
        this.background = background;
        addClassName("croft-stack");
        add(panel);
    }

    @Override
    public void show(App app) {
        background.call(
                this,
                () -> entry(desired, desired.draft(host), name),
                this::render,
                problem -> panel.content(new ProblemPanel(problem)));
    }

    private void render(String text) {
        if (text.equals(shown)) {
            return;
        }
        shown = text;
        var code = new Pre(text);
        code.addClassName("croft-source");
        code.getElement().setAttribute("tabindex", "0");
        panel.content(
                new Paragraph(t(
                        "This is all that Croft writes about this app. The modules in the box's flake (/var/lib/croft/flake) turn it into "
                                + "a systemd unit; the repository there has one commit for each change.")),
                code,
                new CopyButton(text, t("Copy")));
    }

    static String entry(DesiredStates desired, HostState state, AppName app) {
        return desired.render(EnvironmentTab.only(state, app)).text();
    }
}
