package dev.croft.ui.support;

import static dev.croft.ui.support.Texts.t;

import com.vaadin.flow.component.Composite;
import com.vaadin.flow.component.button.Button;
import com.vaadin.flow.component.html.Div;
import com.vaadin.flow.component.html.Span;
import com.vaadin.flow.component.textfield.TextArea;
import com.vaadin.flow.component.upload.Upload;
import com.vaadin.flow.component.upload.UploadFormat;
import com.vaadin.flow.component.upload.UploadI18N;
import com.vaadin.flow.server.streams.UploadEvent;
import dev.croft.kernel.SecretBytes;
import dev.croft.kernel.SecretText;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a secret's value is typed or pasted: masked, and known to no password manager and no spelling checker. What is no text is taken
 * from a file, which is held in memory alone.
 */
public final class SecretField extends Composite<Div> {

    /** Bytes, as a box takes them. */
    private static final int MOST = 64 * 1024;

    private final TextArea typed = new TextArea(t("Value"));
    private final Upload upload = new Upload();
    // Translated here: an upload is no part of a page's own request.
    private final String tooLarge = t("The file is too large: a value has at most 64 KiB.");
    private @Nullable SecretBytes file;

    public SecretField() {
        typed.setId("secret-value");
        typed.setMinRows(2);
        typed.setMaxRows(8);
        typed.setWidthFull();
        typed.addClassNames("croft-mono", "croft-masked");
        typed.setHelperText(t("At most 64 KiB. What is no text, such as a key store, comes from a file."));
        typed.getElement().setAttribute("autocomplete", "off");
        typed.getElement().setAttribute("spellcheck", "false");
        upload.setId("secret-file-upload");
        upload.setUploadHandler(this::take);
        // As several parts the server would put it on the disk.
        upload.setUploadFormat(UploadFormat.RAW);
        upload.setMaxFiles(1);
        upload.setMaxFileSize(MOST);
        upload.setUploadButton(new Button(t("Take it from a file"), Icons.of("up")));
        upload.setDropLabel(new Span(t("or drop the file here")));
        upload.setI18n(new UploadI18N()
                .setError(new UploadI18N.Error().setFileIsTooBig(tooLarge).setTooManyFiles(t("It is one file.")))
                .setFile(new UploadI18N.File()
                        .setRemove(t("Remove"))
                        .setRetry(t("Try again"))
                        .setStart(t("Start"))));
        upload.addFileRejectedListener(rejected -> refuse(rejected.getErrorMessage()));
        upload.addFileRemovedListener(removed -> forgetFile());
        getContent().addClassName("croft-fields");
        getContent().add(typed, upload);
    }

    /** What was typed, or the file; empty, and the field says why, when it cannot be sent as it is. */
    public Optional<SecretBytes> bytes() {
        if (file != null) {
            return Optional.of(file);
        }
        try {
            SecretBytes value = SecretBytes.of(SecretText.of(typed.getValue()));
            typed.setInvalid(false);
            return Optional.of(value);
        } catch (IllegalArgumentException halfACharacter) {
            refuse(t("It has half of a character. Take it from a file."));
            return Optional.empty();
        }
    }

    public void refuse(String why) {
        typed.setErrorMessage(why);
        typed.setInvalid(true);
    }

    /** Nothing of it stays on the page, or in the memory that belongs to it. */
    public void clear() {
        typed.clear();
        upload.clearFileList();
        forgetFile();
    }

    public void setAutofocus(boolean autofocus) {
        typed.setAutofocus(autofocus);
    }

    /** What the browser says of the size is not believed. */
    private void take(UploadEvent event) throws IOException {
        byte[] read = event.getInputStream().readNBytes(MOST + 1);
        if (read.length > MOST) {
            Arrays.fill(read, (byte) 0);
            event.reject(tooLarge);
            event.getUI().access(() -> {
                forgetFile();
                refuse(tooLarge);
            });
            return;
        }
        SecretBytes value = SecretBytes.of(read);
        String name = event.getFileName();
        event.getUI().access(() -> {
            file = value;
            typed.clear();
            typed.setInvalid(false);
            typed.setEnabled(false);
            typed.setPlaceholder(t("The file {0}, {1}", name, Words.bytes((long) value.size())));
        });
    }

    private void forgetFile() {
        file = null;
        typed.setEnabled(true);
        typed.setPlaceholder("");
    }
}
