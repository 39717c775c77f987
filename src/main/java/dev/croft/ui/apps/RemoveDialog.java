package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Key;
import com.vaadin.flow.component.html.Anchor;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.H3;
import com.vaadin.flow.component.html.ListItem;
import com.vaadin.flow.component.html.UnorderedList;
import com.vaadin.flow.component.textfield.TextField;
import com.vaadin.flow.data.value.ValueChangeMode;
import dev.croft.apps.App;
import dev.croft.operations.Operations;
import dev.croft.ui.shell.Links;
import dev.croft.ui.support.Background;
import dev.croft.ui.support.Dialogs;

/** Names what goes and what stays, and wants the app's name typed: a click alone does not take an app off the box. */
final class RemoveDialog extends Dialogs {

    private final TextField typed;

    RemoveDialog(App app, Operations operations, Background background, Runnable onStarted) {
        this(app, operations, background, onStarted, new TextField(t("Type {0} to confirm", app.name())));
    }

    private RemoveDialog(App app, Operations operations, Background background, Runnable onStarted, TextField typed) {
        super(
                t("Remove {0}?", app.name()),
                "remove-confirm",
                t("Remove"),
                dialog -> {
                    if (!typed.getValue().strip().equals(app.name().value())) {
                        typed.setErrorMessage(t("This is not the app's name."));
                        typed.setInvalid(true);
                        typed.focus();
                        dialog.again();
                        return;
                    }
                    background.call(
                            dialog,
                            () -> operations.remove(app.host(), app.name()),
                            operation -> {
                                dialog.close();
                                onStarted.run();
                            },
                            dialog::refuse);
                },
                goes(app),
                stays(app),
                typed);
        this.typed = typed;
        typed.setId("remove-name");
        typed.setWidthFull();
        typed.setAutocomplete(com.vaadin.flow.component.textfield.Autocomplete.OFF);
        typed.setValueChangeMode(ValueChangeMode.EAGER);
        typed.addValueChangeListener(changed -> typed.setInvalid(false));
        typed.addKeyPressListener(Key.ENTER, press -> confirm());
    }

    @Override
    public void open() {
        super.open();
        typed.focus();
    }

    private static Div goes(App app) {
        var list = new UnorderedList();
        list.setId("remove-goes");
        list.add(new ListItem(t("Its unit croft-app-{0}.service: the app stops.", app.name())));
        Integer port = app.spec().run().port();
        if (!app.spec().domains().isEmpty()) {
            list.add(new ListItem(t(
                    "The web server no longer answers to {0}.",
                    String.join(", ", app.spec().domains()))));
        }
        if (port != null) {
            list.add(new ListItem(
                    app.spec().domains().isEmpty()
                            ? t("Port {0}, which the firewall closes.", port)
                            : t("Port {0}, which another app may use then.", port)));
        }
        list.add(new ListItem(t("Its entry in state.json, with its settings and variables.")));
        return part(t("What goes"), list);
    }

    private static Div stays(App app) {
        var list = new UnorderedList();
        list.setId("remove-stays");
        list.add(
                new ListItem(t("Its data in /var/lib/croft/apps/{0}, on the box.", app.name())),
                new ListItem(t("Snapshots of its data in /var/lib/croft/snapshots/{0}.", app.name())),
                new ListItem(t("The generations that have it: rolling the box back brings it back.")),
                new ListItem(rich(
                        "Data and snapshots stay until somebody deletes them under {0}.",
                        new Anchor(Links.DISK, t("Disk & GC")))));
        return part(t("What stays"), list);
    }

    private static Div part(String title, UnorderedList list) {
        list.addClassName("croft-bullets");
        return new Div(new H3(title), list);
    }
}
