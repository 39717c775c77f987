package dev.croft.access;

/**
 * Whether whoever acts has proved lately who they are. Signing in is such a proof, and so is whatever else the sign-in takes for one;
 * each is good in its browser for a while (croft.access.password-again). An API token counts as proved: making one needs it.
 */
public interface StepUp {

    /** Refuses with PASSWORD_NEEDED unless there is a proof that still counts. */
    void require();
}
