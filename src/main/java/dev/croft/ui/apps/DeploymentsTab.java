package dev.croft.ui.apps;

import com.vaadin.flow.component.AttachEvent;
import com.vaadin.flow.component.html.Div;
import dev.croft.apps.App;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.operations.Operation;
import dev.croft.operations.Operations;
import dev.croft.ui.activity.OperationList;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.EmptyState;
import dev.croft.ui.support.ProblemPanel;
import dev.croft.ui.support.PushBridge;
import java.util.List;

/** What was deployed of this app, when, by whom, and how it went. */
final class DeploymentsTab extends Div implements AppTab {

    private static final int MOST = 50;

    private final HostName host;
    private final AppName app;
    private final Operations operations;
    private final Background background;
    private final PushBridge bridge;
    private final OperationList list = new OperationList();
    private final ProblemPanel problem = new ProblemPanel();
    private final Div nothing = new Div();

    DeploymentsTab(HostName host, AppName app, Operations operations, Background background, PushBridge bridge) {
        this.host = host;
        this.app = app;
        this.operations = operations;
        this.background = background;
        this.bridge = bridge;
        list.addClassName("croft-surface");
        list.setVisible(false);
        list.setId("deployments");
        add(problem, list, nothing);
    }

    @Override
    protected void onAttach(AttachEvent event) {
        super.onAttach(event);
        load();
        bridge.<Operation>latest(this, listener -> operations.watch(host, listener), changed -> load(), problem::show);
    }

    private void load() {
        background.call(this, () -> operations.list(host, app, MOST), this::render, problem::show);
    }

    private void render(List<Operation> found) {
        list.show(found);
        list.setVisible(!found.isEmpty());
        nothing.removeAll();
        if (found.isEmpty()) {
            nothing.add(new EmptyState(
                    "deploy", "Not deployed yet", "Each deployment appears here with its commit and its log."));
        }
    }

    @Override
    public void show(App now) {
        // the list follows the operations themselves
    }
}
