package dev.croft.ui.settings;

import com.vaadin.flow.component.Svg;
import io.nayuki.qrcodegen.QrCode.Ecc;

/** A QR code as a drawing in the page: nothing is fetched, and no address holds what it says. */
final class QrCode {

    private static final int BORDER = 4;

    private QrCode() {}

    static Svg of(String text, String label) {
        var code = io.nayuki.qrcodegen.QrCode.encodeText(text, Ecc.MEDIUM);
        int size = code.size + 2 * BORDER;
        StringBuilder path = new StringBuilder();
        for (int y = 0; y < code.size; y++) {
            for (int x = 0; x < code.size; x++) {
                if (code.getModule(x, y)) {
                    path.append('M')
                            .append(x + BORDER)
                            .append(',')
                            .append(y + BORDER)
                            .append("h1v1h-1z");
                }
            }
        }
        // Black on white in dark pages too: cameras want it so. The path has digits and letters of commands only.
        var drawing = new Svg("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " + size + " " + size
                + "' shape-rendering='crispEdges'><rect width='100%' height='100%' fill='#fff'/><path d='" + path
                + "' fill='#000'/></svg>");
        drawing.addClassName("croft-qr");
        drawing.getElement().setAttribute("role", "img");
        drawing.getElement().setAttribute("aria-label", label);
        return drawing;
    }
}
