package dev.croft.kernel;

/**
 * Keeps values encrypted for modules that lie below the vault and so cannot ask it themselves; the vault does the work. What is
 * sealed is kept by whoever asked, who also tells the vault of it ({@link SealedRows}): a change of keys must not leave it behind.
 */
public interface Seals {

    /**
     * VAULT_LOCKED when there is no key.
     *
     * @param place what the value is for; it opens nowhere else
     */
    byte[] seal(byte[] plain, String place);

    /** VAULT_LOCKED when there is no key, or when this was sealed with another one or for another place. */
    byte[] open(byte[] sealed, String place);

    /** HMAC-SHA256 of a message: who has the key can tell that it is from somebody who has it too. Needs no key of the vault. */
    byte[] sign(SecretText key, byte[] message);
}
