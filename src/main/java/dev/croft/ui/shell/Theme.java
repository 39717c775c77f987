package dev.croft.ui.shell;

import com.vaadin.flow.component.UI;

/** Light, dark, or as the operating system says. Remembered by the browser, because it is about this screen and not about the person. */
enum Theme {
    SYSTEM("Theme: as the system", "light dark"),
    LIGHT("Theme: light", "light"),
    DARK("Theme: dark", "dark");

    private static final String KEY = "croft-theme";

    private final String label;
    private final String scheme;

    Theme(String label, String scheme) {
        this.label = label;
        this.scheme = scheme;
    }

    String label() {
        return label;
    }

    void use(UI ui) {
        ui.getPage().executeJs("""
                        document.documentElement.style.colorScheme = $0;
                        try { localStorage.setItem($1, $0); } catch (full) { /* private mode: holds for this page */ }
                        """, scheme, KEY);
    }

    static String restoreScript() {
        return """
                (function () {
                  var scheme = 'light dark';
                  try { scheme = localStorage.getItem('%s') || scheme; } catch (denied) {}
                  document.documentElement.style.colorScheme = scheme;
                })();
                """.formatted(KEY);
    }
}
