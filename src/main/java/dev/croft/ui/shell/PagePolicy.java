package dev.croft.ui.shell;

import com.vaadin.flow.server.ServiceInitEvent;
import com.vaadin.flow.server.VaadinServiceInitListener;
import com.vaadin.flow.server.communication.IndexHtmlResponse;
import java.security.SecureRandom;
import java.util.Base64;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.springframework.stereotype.Component;

/**
 * What a page of the console may load and run. Its own scripts are known by a number that is new for each page, and what they load is
 * trusted with them; no other script runs, neither inline nor from an address. Vaadin's client makes functions of expressions that the
 * server sends it ({@code 'unsafe-eval'}), and its components put styles into the page ({@code style-src 'unsafe-inline'}):
 * docs/security.md says what that leaves open.
 */
@Component
class PagePolicy implements VaadinServiceInitListener {

    private static final int BYTES = 18;
    private static final String POLICY = String.join(
            "; ",
            "default-src 'none'",
            "script-src 'nonce-%s' 'strict-dynamic' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'");

    private final SecureRandom random = new SecureRandom();

    @Override
    public void serviceInit(ServiceInitEvent event) {
        event.addIndexHtmlRequestListener(this::protect);
    }

    private void protect(IndexHtmlResponse page) {
        byte[] bits = new byte[BYTES];
        random.nextBytes(bits);
        String nonce = Base64.getEncoder().encodeToString(bits);
        Document document = page.getDocument();
        document.select("script, link[rel=modulepreload]").attr("nonce", nonce);
        // What loads parts of the bundle later looks for it here.
        document.head()
                .appendChild(new Element("meta").attr("property", "csp-nonce").attr("nonce", nonce));
        page.getVaadinResponse().setHeader("Content-Security-Policy", POLICY.formatted(nonce));
    }
}
