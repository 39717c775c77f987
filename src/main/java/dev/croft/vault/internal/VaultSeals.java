package dev.croft.vault.internal;

import dev.croft.kernel.Problem;
import dev.croft.kernel.ProblemCode;
import dev.croft.kernel.Seals;
import dev.croft.kernel.SecretText;
import dev.croft.vault.internal.Sealing.DoesNotOpen;
import java.nio.charset.StandardCharsets;
import javax.crypto.SecretKey;
import org.springframework.stereotype.Component;

/** Seals for modules below this one, with the data key that the secrets of apps are encrypted with. */
@Component
class VaultSeals implements Seals {

    /** No place of an app's secret begins so. */
    private static final String PREFIX = "croft-seal/1\n";

    private final KeptKeys keys;

    VaultSeals(KeptKeys keys) {
        this.keys = keys;
    }

    @Override
    public byte[] sign(SecretText key, byte[] message) {
        return Sealing.authenticate(key.reveal().getBytes(StandardCharsets.UTF_8), message);
    }

    @Override
    public byte[] seal(byte[] plain, String place) {
        return keys.use((key, id) -> seal(key, plain, place));
    }

    @Override
    public byte[] open(byte[] sealed, String place) {
        return keys.use((key, id) -> open(key, sealed, place));
    }

    static byte[] seal(SecretKey key, byte[] plain, String place) {
        return Sealing.seal(key, plain, PREFIX + place);
    }

    static byte[] open(SecretKey key, byte[] sealed, String place) {
        try {
            return Sealing.open(key, sealed, PREFIX + place);
        } catch (DoesNotOpen e) {
            throw Problem.of(
                            ProblemCode.VAULT_LOCKED,
                            "A value that this console keeps encrypted could not be opened.",
                            "It was encrypted with another key, or its row was changed: " + place + ".",
                            "Set it anew.")
                    .toException();
        }
    }
}
