package dev.croft.access;

import java.time.Instant;

/**
 * The way on which a request reached the console, as far as the console can prove it. Made by {@link OperatorPaths} from the HTTP
 * request alone, never from what a page sends.
 *
 * @param session key of the browser or API token that asks; the same over restarts of the console; says nothing about the person;
 *     empty when the request proves none
 * @param connectedAt when this HTTP connection was accepted; the distant past when that is not known
 * @param fromOutside whether the connection came from another machine: neither from a loopback address nor from one of this machine's
 *     own
 */
public record OperatorPath(String session, Instant connectedAt, boolean fromOutside) {}
