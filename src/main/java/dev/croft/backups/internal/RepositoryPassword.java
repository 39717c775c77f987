package dev.croft.backups.internal;

import dev.croft.kernel.SecretBytes;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

/** The password of a new repository: 160 random bits in groups that can be typed from paper, without letters that look like digits. */
final class RepositoryPassword {

    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int DIGITS = 32;
    private static final int GROUP = 4;

    private RepositoryPassword() {}

    static SecretBytes fresh() {
        var random = new SecureRandom();
        var text = new StringBuilder();
        for (int i = 0; i < DIGITS; i++) {
            if (i > 0 && i % GROUP == 0) {
                text.append('-');
            }
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return SecretBytes.of(text.toString().getBytes(StandardCharsets.US_ASCII));
    }
}
