package dev.croft.support;

import dev.croft.hostlink.HostCall;
import dev.croft.hostlink.HostCommand;
import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.HostReply;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Boxes in memory by address, so that tests that share a console each have a box of their own. */
public final class FakeFleet implements HostLink {

    private final Map<String, FakeBox> boxes = new ConcurrentHashMap<>();

    public void add(HostEndpoint endpoint, FakeBox box) {
        boxes.put(endpoint.address(), box);
    }

    private FakeBox box(String address) {
        FakeBox box = boxes.get(address);
        if (box == null) {
            throw FakeBox.nobodyAnswers().toException();
        }
        return box;
    }

    @Override
    public <R> R call(HostEndpoint endpoint, HostCommand<R> command, Consumer<HostReply> onReply) {
        return box(endpoint.address()).call(endpoint, command, onReply);
    }

    @Override
    public <R> R callAfresh(HostEndpoint endpoint, HostCommand<R> command) {
        return box(endpoint.address()).callAfresh(endpoint, command);
    }

    @Override
    public <R> HostCall<R> open(HostEndpoint endpoint, HostCommand<R> command, Consumer<HostReply> onReply) {
        return box(endpoint.address()).open(endpoint, command, onReply);
    }

    @Override
    public String fingerprintOf(String address, int port) {
        return box(address).fingerprintOf(address, port);
    }

    @Override
    public String nameOf(HostEndpoint endpoint) {
        return box(endpoint.address()).nameOf(endpoint);
    }

    @Override
    public void disconnect(HostEndpoint endpoint) {
        box(endpoint.address()).disconnect(endpoint);
    }

    @Override
    public String publicKey() {
        return "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZha2U= croft";
    }
}
