package dev.croft.ui.apps;

import static dev.croft.ui.support.Texts.rich;
import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Paragraph;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.select.Select;
import com.vaadin.flow.component.textfield.TextField;
import dev.croft.desired.AppSpec.As;
import dev.croft.desired.AppSpec.Delivery;
import dev.croft.desired.AppSpec.InGit;
import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.ui.support.CopyButton;
import dev.croft.ui.support.Dialogs;
import dev.croft.ui.support.Words;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks where in the box's flake sops keeps a secret, and says for whom the file has to be encrypted. */
public final class GitSecretDialog extends Dialogs {

    /** What is done with it. */
    public interface Use {
        void with(Dialogs dialog, String name, Delivery delivery);
    }

    private record Fields(TextField name, TextField file, TextField key, Select<As> delivery, Div recipients) {}

    private final Fields fields;

    GitSecretDialog(Use use) {
        this(fields(), t("A secret from git"), t("Give it to the app"), use);
    }

    /** For a service of the box, which gets it in its own way. */
    public static GitSecretDialog ofService(String name, @Nullable InGit before, Use use) {
        Fields fields = fields();
        fields.name().setValue(name);
        fields.name().setReadOnly(true);
        fields.delivery().setVisible(false);
        fields.file().setAutofocus(true);
        if (before != null) {
            fields.file().setValue(before.file());
            fields.key().setValue(before.key() == null ? "" : before.key());
        }
        return new GitSecretDialog(fields, t("{0} from git", name), t("Take it from there"), use);
    }

    private GitSecretDialog(Fields fields, String title, String confirm, Use use) {
        super(
                title,
                "secret-git-save",
                confirm,
                dialog -> use.with(dialog, fields.name().getValue().strip(), delivery(fields)),
                new Paragraph(
                        t(
                                "The file lies in the box's flake, encrypted by sops; the box opens it at each deployment. Its value is never here.")),
                fields.recipients(),
                fields.name(),
                fields.file(),
                fields.key(),
                fields.delivery());
        this.fields = fields;
    }

    private static Delivery delivery(Fields fields) {
        String key = fields.key().getValue().strip();
        return new Delivery(
                fields.delivery().getValue(), new InGit(fields.file().getValue().strip(), key.isEmpty() ? null : key));
    }

    private static Fields fields() {
        TextField name = SecretDialog.nameField();
        name.setAutofocus(true);
        var file = new TextField(t("File in the box's flake"));
        file.setId("secret-file");
        file.setPlaceholder("secrets/shop.yaml");
        file.setMaxLength(200);
        file.setWidthFull();
        file.addClassName("croft-mono");
        var key = new TextField(t("Key"));
        key.setId("secret-key");
        key.setPlaceholder("api/key");
        key.setHelperText(t("Of a YAML or JSON file. Empty: the whole file."));
        key.setMaxLength(256);
        key.setWidthFull();
        key.addClassName("croft-mono");
        var recipients = new Div();
        recipients.setId("secret-recipients");
        recipients.addClassName("croft-hint");
        return new Fields(name, file, key, SecretDialog.deliveryField(), recipients);
    }

    /** @param recipients those of the box; none: its flake has no sops-nix, or it has no key */
    public void tell(List<String> recipients) {
        fields.recipients().removeAll();
        if (recipients.isEmpty()) {
            fields.recipients()
                    .add(
                            t(
                                    "The box cannot open such files yet: its flake has no sops-nix, or the box no key. The README in its flake says how to add it."));
            return;
        }
        String first = recipients.getFirst();
        var recipient = new Span(first);
        recipient.addClassName("croft-mono");
        fields.recipients()
                .add(
                        rich("Encrypt it for this box, {0}", recipient),
                        new CopyButton(first, t("Copy the box's recipient")));
    }

    @Override
    public void refuse(Problem why) {
        TextField field = fieldOf(why.why());
        if (why.code() == ProblemCode.INVALID_INPUT && field != null) {
            SpecFields.refuse(field, Words.capital(why.why().substring(why.why().indexOf(": ") + 2)));
            again();
        } else {
            super.refuse(why);
        }
    }

    private @Nullable TextField fieldOf(String why) {
        if (!why.matches("(?s)(run\\.)?secrets\\..*: .*")) {
            return null;
        }
        String named = why.substring(0, why.indexOf(": "));
        return named.endsWith(".sops.file")
                ? fields.file()
                : named.endsWith(".sops.key") ? fields.key() : fields.name();
    }
}
