package dev.croft.ui.host;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A public key as people recognise it.
 *
 * @param type such as ssh-ed25519
 * @param fingerprint SHA256:…, as ssh-keygen -l shows it; null when the line is no key
 */
record AuthorizedKey(String type, @Nullable String fingerprint, String comment) {

    static AuthorizedKey of(String line) {
        String[] parts = line.strip().split("\\s+", 3);
        if (parts.length < 2) {
            return new AuthorizedKey(line.strip(), null, "");
        }
        return new AuthorizedKey(parts[0], fingerprint(parts[1]), parts.length == 3 ? parts[2] : "");
    }

    private static @Nullable String fingerprint(String blob) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(Base64.getDecoder().decode(blob));
            return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest);
        } catch (IllegalArgumentException noBase64) {
            return null;
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
