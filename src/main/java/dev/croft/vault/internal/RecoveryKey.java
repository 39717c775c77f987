package dev.croft.vault.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.SecretText;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Locale;
import javax.crypto.SecretKey;

/**
 * What an administrator keeps on paper: 160 random bits in base 32 without letters that look like digits, in groups of four, the last
 * group being a checksum of the others.
 */
final class RecoveryKey {

    private static final int BYTES = 20;
    private static final int DIGITS = BYTES * 8 / 5;
    private static final int CHECK_DIGITS = 4;
    private static final int GROUP = 4;
    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private final byte[] bytes;

    private RecoveryKey(byte[] bytes) {
        this.bytes = bytes;
    }

    static RecoveryKey fresh() {
        return new RecoveryKey(Sealing.random(BYTES));
    }

    /** As it is typed from paper: case, blanks and dashes do not matter, O is read as 0, I and L as 1. */
    static RecoveryKey typed(SecretText text) {
        String digits = text.reveal()
                .toUpperCase(Locale.ROOT)
                .replaceAll("[\\s-]", "")
                .replace('O', '0')
                .replace('I', '1')
                .replace('L', '1');
        if (digits.length() != DIGITS + CHECK_DIGITS || !digits.chars().allMatch(each -> ALPHABET.indexOf(each) >= 0)) {
            throw refused("it has " + (DIGITS + CHECK_DIGITS) + " letters and digits, in groups of " + GROUP + ".");
        }
        RecoveryKey key = new RecoveryKey(decoded(digits.substring(0, DIGITS)));
        if (!key.checksum().equals(digits.substring(DIGITS))) {
            throw refused("one of its characters is mistyped: the last group does not fit the others.");
        }
        return key;
    }

    SecretText text() {
        String digits = encoded(bytes, DIGITS) + checksum();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < digits.length(); i += GROUP) {
            text.append(i == 0 ? "" : "-").append(digits, i, i + GROUP);
        }
        return SecretText.of(text.toString());
    }

    SecretKey wrappingKey(byte[] salt) {
        return Sealing.derived(bytes, salt, "croft-vault/1 recovery");
    }

    private String checksum() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return encoded(Arrays.copyOf(digest, 3), CHECK_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** The first digits of the bytes, five bits each. */
    private static String encoded(byte[] bytes, int digits) {
        StringBuilder text = new StringBuilder();
        for (int digit = 0; digit < digits; digit++) {
            int value = 0;
            for (int bit = digit * 5; bit < digit * 5 + 5; bit++) {
                value = value << 1 | (bytes[bit / 8] >> (7 - bit % 8) & 1);
            }
            text.append(ALPHABET.charAt(value));
        }
        return text.toString();
    }

    private static byte[] decoded(String digits) {
        byte[] bytes = new byte[digits.length() * 5 / 8];
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            int value = ALPHABET.indexOf(digits.charAt(bit / 5));
            bytes[bit / 8] |= (byte) ((value >> (4 - bit % 5) & 1) << (7 - bit % 8));
        }
        return bytes;
    }

    private static RuntimeException refused(String why) {
        return Problem.of(
                        ProblemCode.INVALID_INPUT,
                        "The recovery key was not accepted.",
                        "recoveryKey: " + why,
                        "Compare it with the paper, group by group.")
                .toException();
    }
}
