package dev.croft.hostlink.internal.scripted;

import dev.croft.hostlink.HostEndpoint;
import dev.croft.hostlink.HostLink;
import dev.croft.hostlink.HostLinkContract;

class ScriptedHostLinkTest extends HostLinkContract {

    @Override
    protected HostLink linkTo(Transcript transcript) {
        return ScriptedHostLink.playing(transcript);
    }

    @Override
    protected HostEndpoint endpoint() {
        return new HostEndpoint("attic.example", 22, "croft-host", "SHA256:x");
    }
}
