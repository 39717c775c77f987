package dev.croft.journeys;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;

/** What keeps a person's passkeys, such as the finger reader of their laptop: always there, and always unlocked. */
final class Authenticator {

    private final Page page;

    Authenticator(Page page) {
        this.page = page;
        CDPSession tools = page.context().newCDPSession(page);
        tools.send("WebAuthn.enable");
        var kind = new JsonObject();
        kind.addProperty("protocol", "ctap2");
        kind.addProperty("transport", "internal");
        kind.addProperty("hasResidentKey", true);
        kind.addProperty("hasUserVerification", true);
        kind.addProperty("isUserVerified", true);
        kind.addProperty("automaticPresenceSimulation", true);
        var asked = new JsonObject();
        asked.add("options", kind);
        tools.send("WebAuthn.addVirtualAuthenticator", asked);
    }

    /** As the console's own script does, on a page that has none. */
    String create(String options) {
        return (String) page.evaluate("""
                async asked => {
                    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(asked));
                    return JSON.stringify(await navigator.credentials.create({ publicKey }));
                }
                """, options);
    }

    String show(String options) {
        return (String) page.evaluate("""
                async asked => {
                    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(asked));
                    return JSON.stringify(await navigator.credentials.get({ publicKey }));
                }
                """, options);
    }
}
