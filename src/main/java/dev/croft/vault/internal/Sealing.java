package dev.croft.vault.internal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** AES-256-GCM with a fresh nonce each time, and the derivations of its keys: the platform's own cryptography, put together here only. */
final class Sealing {

    private static final String CIPHER = "AES/GCM/NoPadding";
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int ID_BYTES = 8;
    /** What OWASP asks of PBKDF2 with HMAC-SHA-512. */
    private static final int PASSPHRASE_ROUNDS = 210_000;

    private static final SecureRandom RANDOM = new SecureRandom();

    private Sealing() {}

    /** What was sealed was sealed with another key, for another place, or has been changed since. */
    static final class DoesNotOpen extends Exception {

        private static final long serialVersionUID = 1L;

        DoesNotOpen() {
            super("It was sealed with another key or for another place, or was changed");
        }
    }

    static byte[] random(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return random;
    }

    static SecretKey newKey() {
        return key(random(KEY_BYTES));
    }

    static SecretKey key(byte[] bytes) {
        if (bytes.length != KEY_BYTES) {
            throw new IllegalArgumentException("A key has " + KEY_BYTES + " bytes");
        }
        return new SecretKeySpec(bytes, "AES");
    }

    /** @param place what the sealed text is for; it opens nowhere else */
    static byte[] seal(SecretKey key, byte[] plain, String place) {
        byte[] nonce = random(NONCE_BYTES);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, place).doFinal(plain);
            return ByteBuffer.allocate(nonce.length + sealed.length)
                    .put(nonce)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw impossible(e);
        }
    }

    static byte[] open(SecretKey key, byte[] sealed, String place) throws DoesNotOpen {
        if (sealed.length < NONCE_BYTES + TAG_BITS / 8) {
            throw new DoesNotOpen();
        }
        byte[] nonce = Arrays.copyOf(sealed, NONCE_BYTES);
        try {
            return cipher(Cipher.DECRYPT_MODE, key, nonce, place)
                    .doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
        } catch (AEADBadTagException e) {
            throw new DoesNotOpen();
        } catch (GeneralSecurityException e) {
            throw impossible(e);
        }
    }

    /** A key from bytes that are random already. */
    static SecretKey derived(byte[] random, byte[] salt, String purpose) {
        try {
            return KDF.getInstance("HKDF-SHA256").deriveKey("AES", hkdf(random, salt, purpose, KEY_BYTES));
        } catch (GeneralSecurityException e) {
            throw impossible(e);
        }
    }

    /** HMAC-SHA256. */
    static byte[] authenticate(byte[] key, byte[] message) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(message);
        } catch (GeneralSecurityException e) {
            throw impossible(e);
        }
    }

    static SecretKey fromPassphrase(char[] passphrase, byte[] salt) {
        var spec = new PBEKeySpec(passphrase, salt, PASSPHRASE_ROUNDS, KEY_BYTES * 8);
        try {
            return key(SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512")
                    .generateSecret(spec)
                    .getEncoded());
        } catch (GeneralSecurityException e) {
            throw impossible(e);
        } finally {
            spec.clearPassword();
        }
    }

    /** A name for a key, by which a wrong one is told; it says nothing of the key. */
    static String id(SecretKey key) {
        try {
            return HexFormat.of()
                    .formatHex(KDF.getInstance("HKDF-SHA256")
                            .deriveData(hkdf(key.getEncoded(), new byte[0], "croft-vault/1 key id", ID_BYTES)));
        } catch (GeneralSecurityException e) {
            throw impossible(e);
        }
    }

    private static AlgorithmParameterSpec hkdf(byte[] random, byte[] salt, String purpose, int bytes) {
        var extract = HKDFParameterSpec.ofExtract().addIKM(random);
        if (salt.length > 0) {
            extract = extract.addSalt(salt);
        }
        return extract.thenExpand(purpose.getBytes(StandardCharsets.UTF_8), bytes);
    }

    private static Cipher cipher(int mode, SecretKey key, byte[] nonce, String place) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static IllegalStateException impossible(GeneralSecurityException e) {
        return new IllegalStateException("This Java platform lacks what every one has", e);
    }
}
