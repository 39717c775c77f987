package dev.croft.kernel;

/** A table of values that were sealed by {@link Seals}. When the vault's keys are changed, it asks for each to be sealed again. */
public interface SealedRows {

    /** Within the vault's transaction: all or none. */
    void sealAgain(Again again);

    /** From the old key to the new one. */
    interface Again {
        byte[] from(byte[] before, String place);
    }
}
