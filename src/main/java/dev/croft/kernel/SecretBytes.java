package dev.croft.kernel;

import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;

/** As {@link SecretText}, for what need not be text. */
public final class SecretBytes {

    private final byte[] value;

    private SecretBytes(byte[] value) {
        this.value = value;
    }

    public static SecretBytes of(byte[] value) {
        return new SecretBytes(value.clone());
    }

    /** The text in UTF-8; half of a surrogate pair, which has no form there, is an IllegalArgumentException. */
    public static SecretBytes of(SecretText text) {
        try {
            var bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text.reveal()));
            return new SecretBytes(Arrays.copyOf(bytes.array(), bytes.remaining()));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("Half of a surrogate pair is no character", e);
        }
    }

    /** What is no base64 (of one or more lines) is an IllegalArgumentException, whose text does not quote it. */
    public static SecretBytes ofBase64(SecretBytes base64) {
        String text = new String(base64.value, StandardCharsets.ISO_8859_1)
                .replaceAll("[\\r\\n]", "")
                .strip();
        try {
            return new SecretBytes(Base64.getDecoder().decode(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("It is no base64");
        }
    }

    public int size() {
        return value.length;
    }

    public byte[] reveal() {
        return value.clone();
    }

    public SecretText base64() {
        return SecretText.of(Base64.getEncoder().encodeToString(value));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SecretBytes that && MessageDigest.isEqual(value, that.value);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(value);
    }

    @Override
    @JsonValue
    public String toString() {
        return "••••••";
    }
}
