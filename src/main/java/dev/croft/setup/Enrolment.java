package dev.croft.setup;

import dev.croft.access.ReadsOnly;
import dev.croft.access.RequiresAdmin;

/** Use cases: how a NixOS box comes to know this console. What is run there is the console's own flake, pinned by its hash. */
public interface Enrolment {

    /**
     * The flake with which a box is enrolled: nothing in it is secret or of this installation, so anybody may have it.
     *
     * @param content a gzipped tar, the same bytes for the same version of Croft
     * @param narHash the hash that Nix has for what is in it
     */
    record Source(byte[] content, String narHash) {}

    Source source();

    /**
     * @param command what root types on the box: it shows what it will do, and asks
     * @param importing the same for people whose flake is in a git of their own: it changes nothing and shows what to write there
     * @param publicKey what the box lets in
     */
    record Instructions(String command, String importing, String publicKey) {}

    /**
     * @param console where the box reaches this console, such as https://croft.example.org. INVALID_INPUT when that is no address
     */
    @ReadsOnly
    @RequiresAdmin
    Instructions instructions(String console);
}
