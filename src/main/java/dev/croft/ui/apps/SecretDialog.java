package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.checkbox.Checkbox;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.desired.AppSpec.As;
import dev.croft.desired.AppSpec.Delivery;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretBytes;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.SecretField;
import dev.croft.ui.support.Words;
import dev.croft.vault.Secret;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks for a secret's value, and how the app is to get it. What is typed is masked, and gone when the dialog closes. */
final class SecretDialog extends Dialogs {

    /** What is done with it. */
    interface Use {
        void with(Dialogs dialog, String name, SecretBytes value, As delivery, boolean restart);
    }

    private final Fields fields;

    private record Fields(
            @Nullable Secret known, TextField name, SecretField value, Select<As> delivery, Checkbox restart) {}

    /** @param known null: a new one */
    SecretDialog(@Nullable Secret known, Use use) {
        this(fields(known), use);
    }

    private SecretDialog(Fields fields, Use use) {
        super(
                fields.known() == null
                        ? t("New secret")
                        : t("A new value for {0}", fields.known().name()),
                "secret-save",
                t("Store"),
                dialog -> use(fields, use, dialog),
                new Paragraph(
                        t(
                                "It is encrypted here and sealed on the box. Nobody sees it again but an administrator who shows once more that it is them.")),
                fields.name(),
                fields.value(),
                fields.delivery(),
                fields.restart());
        this.fields = fields;
        addOpenedChangeListener(change -> {
            if (!change.isOpened()) {
                fields.value().clear();
            }
        });
    }

    private static Fields fields(@Nullable Secret known) {
        var name = nameField();
        name.setVisible(known == null);
        name.setAutofocus(known == null);
        var value = new SecretField();
        value.setAutofocus(known != null);
        var delivery = deliveryField();
        delivery.setValue(
                known == null || known.drafted() == null
                        ? As.ENV
                        : known.drafted().as());
        var restart = new Checkbox(t("Restart what uses it, so that it sees the new value"));
        restart.setId("secret-restart");
        restart.setVisible(known != null && !known.usedBy().isEmpty());
        restart.setValue(known != null && !known.usedBy().isEmpty());
        return new Fields(known, name, value, delivery, restart);
    }

    static TextField nameField() {
        var name = new TextField(t("Name"));
        name.setId("secret-name");
        name.setPlaceholder("API_KEY");
        name.setHelperText(t("Letters, digits and underscores."));
        name.setMaxLength(64);
        name.setWidthFull();
        name.addClassName("croft-mono");
        return name;
    }

    static Select<As> deliveryField() {
        var delivery = new Select<As>();
        delivery.setId("secret-delivery");
        delivery.setLabel(t("The app gets it as"));
        delivery.setItems(As.values());
        delivery.setItemLabelGenerator(each -> switch (each) {
            case FILE -> t("A file below $CREDENTIALS_DIRECTORY (safest)");
            case ENV -> t("A variable of this name");
            case ENV_FILE -> t("Variables: its lines are NAME=VALUE");
        });
        delivery.setValue(As.ENV);
        delivery.setWidthFull();
        return delivery;
    }

    private static void use(Fields fields, Use use, Dialogs dialog) {
        Secret known = fields.known();
        String name = known == null ? fields.name().getValue().strip() : known.name();
        Optional<SecretBytes> value = fields.value().bytes();
        if (value.isEmpty()) {
            dialog.again();
            return;
        }
        fields.name().setInvalid(false);
        use.with(
                dialog,
                name,
                value.get(),
                fields.delivery().getValue(),
                fields.restart().getValue());
    }

    @Override
    public void refuse(Problem why) {
        if (why.code() == ProblemCode.INVALID_INPUT && why.why().startsWith("name: ")) {
            SpecFields.refuse(fields.name(), Words.capital(why.why().substring("name: ".length())));
            again();
        } else if (why.code() == ProblemCode.INVALID_INPUT && why.why().startsWith("value: ")) {
            fields.value().refuse(Words.capital(why.why().substring("value: ".length())));
            again();
        } else {
            super.refuse(why);
        }
    }

    static String words(Delivery delivery, String name) {
        String as = switch (delivery.as()) {
            case FILE -> t("as the file $CREDENTIALS_DIRECTORY/{0}", name);
            case ENV -> t("as the variable {0}", name);
            case ENV_FILE -> t("as variables, one from each line");
        };
        InGit place = delivery.inGit();
        if (place == null) {
            return as;
        }
        return place.key() == null
                ? t("{0}, from {1}", as, place.file())
                : t("{0}, from {1}, key {2}", as, place.file(), place.key());
    }
}
